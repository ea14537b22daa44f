#include "passwords/hash_dump.hpp"

#include "core/ascii.hpp"
#include "core/error.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace secureauth::passwords {
namespace {

constexpr std::size_t kHexDigits = 40;
constexpr std::size_t kLongestLine = 64;  // 40 digits, a colon, a count, CR, LF

int value_of(char digit) {
  if (ascii::is_digit(digit)) return digit - '0';
  const char lower = ascii::lower(digit);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// The line that holds the byte at `offset`.
struct Line {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;  ///< behind its LF
  crypto::Sha1 digest{};
};

Line line_at(const RandomAccessFile& file, std::uint64_t offset) {
  std::array<std::byte, 2 * kLongestLine> buffer{};
  const auto start = offset - std::min<std::uint64_t>(offset, kLongestLine);
  const auto size = file.read_at(start, buffer);
  const std::string_view text(reinterpret_cast<const char*>(buffer.data()), size);
  const auto at = static_cast<std::size_t>(offset - start);
  const auto before = at == 0 ? std::string_view::npos : text.rfind('\n', at - 1);
  const auto first = before == std::string_view::npos ? 0 : before + 1;
  const auto last = std::min(text.find('\n', at), text.size());
  const auto digest = at < size ? parse_dump_line(text.substr(first, last - first)) : std::nullopt;
  if (!digest) throw Unavailable("the breach file has been damaged near byte " + std::to_string(offset));
  return {start + first, start + last + 1, *digest};
}

}  // namespace

std::optional<crypto::Sha1> parse_dump_line(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.size() < kHexDigits || line.size() >= kLongestLine) return std::nullopt;
  crypto::Sha1 digest;
  for (std::size_t i = 0; i < digest.size(); ++i) {
    const int high = value_of(line[2 * i]);
    const int low = value_of(line[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    digest[i] = static_cast<std::byte>(16 * high + low);
  }
  line.remove_prefix(kHexDigits);
  if (line.empty()) return digest;
  const bool is_count = line.size() > 1 && line[0] == ':' && std::ranges::all_of(line.substr(1), &ascii::is_digit);
  return is_count ? std::optional(digest) : std::nullopt;
}

bool HashDump::recognises(const RandomAccessFile& file) {
  std::array<std::byte, kLongestLine> buffer{};
  const auto size = file.read_at(0, buffer);
  const std::string_view text(reinterpret_cast<const char*>(buffer.data()), size);
  return parse_dump_line(text.substr(0, text.find('\n'))).has_value();
}

bool HashDump::contains(const crypto::Sha1& digest) const {
  std::uint64_t begin = 0;
  std::uint64_t end = file_.size();
  while (begin < end) {
    const auto line = line_at(file_, begin + (end - begin) / 2);
    const auto order = line.digest <=> digest;
    if (order == 0) return true;
    if (order < 0) {
      begin = line.end;
    } else {
      end = line.begin;
    }
  }
  return false;
}

}  // namespace secureauth::passwords
