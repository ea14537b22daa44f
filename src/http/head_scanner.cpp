#include "http/head_scanner.hpp"

namespace secureauth::http {

HeadScanner::Verdict HeadScanner::scan(std::string_view buffer) {
  for (; seen_ < buffer.size(); ++seen_) {
    const char c = buffer[seen_];
    if (c != '\n') {
      if (c == '\0') return Verdict::malformed;
      const bool after_cr = seen_ > line_start_ && buffer[seen_ - 1] == '\r';
      const bool folded = seen_ == line_start_ && (c == ' ' || c == '\t');
      if (after_cr || folded) return Verdict::malformed;
      continue;
    }
    if (seen_ == line_start_ || buffer[seen_ - 1] != '\r') return Verdict::malformed;
    const bool empty_line = seen_ == line_start_ + 1;
    line_start_ = seen_ + 1;
    if (empty_line) {
      ++seen_;
      return lines_ == 0 ? Verdict::malformed : Verdict::complete;
    }
    ++lines_;
  }
  return Verdict::incomplete;
}

}  // namespace secureauth::http
