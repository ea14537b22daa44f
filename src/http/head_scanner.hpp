#pragma once

#include <cstddef>
#include <string_view>

namespace secureauth::http {

/// Finds the end of a request head in bytes as they arrive, and refuses early what RFC 9112 lets a recipient refuse
/// and what parsers disagree about, the ground of request smuggling: bare CR or LF (§2.2), NUL, obs-fold (§5.2).
class HeadScanner {
 public:
  enum class Verdict { incomplete, complete, malformed };

  /// `buffer` holds all bytes since the head began; only those not yet seen are looked at.
  Verdict scan(std::string_view buffer);

  /// Bytes of the head with its empty line; field lines in it. Valid after `complete`.
  [[nodiscard]] std::size_t size() const { return seen_; }
  [[nodiscard]] std::size_t fields() const { return lines_ - 1; }

 private:
  std::size_t seen_ = 0;
  std::size_t line_start_ = 0;
  std::size_t lines_ = 0;
};

}  // namespace secureauth::http
