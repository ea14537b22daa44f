#pragma once

#include "passwords/breach_file.hpp"
#include "passwords/random_access_file.hpp"

#include <optional>
#include <string_view>

namespace secureauth::passwords {

/// The public dump as text: a line a digest, `40 HEX` or `40 HEX:COUNT`, LF or CRLF, ordered by digest. Looked up by
/// binary search in the file: about 35 reads in a file of 40 GB, nothing loaded.
class HashDump : public BreachFile {
 public:
  /// Whether the file begins with such a line.
  [[nodiscard]] static bool recognises(const RandomAccessFile& file);
  explicit HashDump(RandomAccessFile file) : file_(std::move(file)) {}

  [[nodiscard]] bool contains(const crypto::Sha1& digest) const override;

 private:
  RandomAccessFile file_;
};

/// The digest of one line of the dump without its LF; nothing where it is no such line.
[[nodiscard]] std::optional<crypto::Sha1> parse_dump_line(std::string_view line);

}  // namespace secureauth::passwords
