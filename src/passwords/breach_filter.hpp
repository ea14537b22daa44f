#pragma once

#include "passwords/breach_file.hpp"
#include "passwords/random_access_file.hpp"

#include <array>
#include <cstdint>
#include <span>

namespace secureauth::passwords {

/// The dump made small: of each digest 24 bits, in the bucket that its first bits name. 3.25 bytes a digest and two
/// reads a look-up. A password that is not in the dump passes for one that is with a chance of a bucket's entries
/// in 2^24: about 2 in a million.
///
///     64 bytes        header, below
///     (2^b + 1) × 8   where each bucket begins, counted in entries, and the number of entries
///     entries × 3     bits b to b + 24 of each digest, ascending in a bucket
///
/// Numbers are little-endian but for the entries, which are as in the digest.
class BreachFilter : public BreachFile {
 public:
  /// 64 bytes: magic, version u32, b u32, entries u64, 8 zero bytes, SHA-256 of these 32.
  struct Header {
    static constexpr std::size_t kSize = 64;
    static constexpr unsigned kMostBits = 40;
    unsigned bucket_bits = 0;
    std::uint64_t entries = 0;

    [[nodiscard]] std::array<std::byte, kSize> encode() const;
    /// Throws std::runtime_error: of another version, or damaged.
    [[nodiscard]] static Header decode(std::span<const std::byte, kSize> bytes);

    [[nodiscard]] std::uint64_t buckets() const { return std::uint64_t{1} << bucket_bits; }
    [[nodiscard]] std::uint64_t index_at(std::uint64_t bucket) const { return kSize + 8 * bucket; }
    [[nodiscard]] std::uint64_t entry_at(std::uint64_t entry) const { return index_at(buckets() + 1) + 3 * entry; }
    [[nodiscard]] std::uint64_t file_size() const { return entry_at(entries); }
  };

  using Entry = std::array<std::byte, 3>;
  /// Where a digest is kept.
  struct Place {
    std::uint64_t bucket = 0;
    Entry entry{};
  };
  [[nodiscard]] static Place place_of(const crypto::Sha1& digest, unsigned bucket_bits);

  /// Whether the file begins with the magic.
  [[nodiscard]] static bool recognises(const RandomAccessFile& file);
  /// Throws std::runtime_error: damaged, or not of the length that the header tells.
  explicit BreachFilter(RandomAccessFile file);

  [[nodiscard]] bool contains(const crypto::Sha1& digest) const override;

 private:
  RandomAccessFile file_;
  Header header_;
};

[[nodiscard]] std::array<std::byte, 8> little_endian(std::uint64_t value);

}  // namespace secureauth::passwords
