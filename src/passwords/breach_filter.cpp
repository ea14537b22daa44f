#include "passwords/breach_filter.hpp"

#include "core/error.hpp"
#include "crypto/digest.hpp"

#include <algorithm>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace secureauth::passwords {
namespace {

constexpr std::string_view kMagic = "SAbreach";
constexpr std::uint64_t kVersion = 1;
constexpr std::size_t kSigned = 32;                  // bytes of the header that its checksum covers
constexpr std::uint64_t kFullestBucket = 1U << 20U;  // entries: 3 MiB; an honest one has about 32

std::uint64_t number_at(std::span<const std::byte> bytes, std::size_t offset, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = size; i-- > 0;) value = value << 8U | std::to_integer<std::uint64_t>(bytes[offset + i]);
  return value;
}

Unavailable damaged() {
  return Unavailable("the breach filter has been damaged");
}

}  // namespace

std::array<std::byte, 8> little_endian(std::uint64_t value) {
  std::array<std::byte, 8> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(value >> (8 * i));
  return bytes;
}

std::array<std::byte, BreachFilter::Header::kSize> BreachFilter::Header::encode() const {
  std::array<std::byte, kSize> bytes{};
  std::ranges::copy(crypto::as_bytes(kMagic), bytes.begin());
  std::ranges::copy(little_endian(kVersion | std::uint64_t{bucket_bits} << 32U), bytes.begin() + 8);
  std::ranges::copy(little_endian(entries), bytes.begin() + 16);
  std::ranges::copy(crypto::sha256(std::span(bytes).first(kSigned)), bytes.begin() + kSigned);
  return bytes;
}

BreachFilter::Header BreachFilter::Header::decode(std::span<const std::byte, kSize> bytes) {
  if (!std::ranges::equal(crypto::sha256(bytes.first(kSigned)), bytes.subspan(kSigned))) {
    throw std::runtime_error("the breach filter's header is damaged");
  }
  if (number_at(bytes, 8, 4) != kVersion) throw std::runtime_error("the breach filter is of another version");
  const Header header{static_cast<unsigned>(number_at(bytes, 12, 4)), number_at(bytes, 16, 8)};
  if (header.bucket_bits > kMostBits || header.entries > std::uint64_t{1} << kMostBits) {
    throw std::runtime_error("the breach filter's header makes no sense");
  }
  return header;
}

BreachFilter::Place BreachFilter::place_of(const crypto::Sha1& digest, unsigned bucket_bits) {
  std::uint64_t first = 0;  // the first 64 bits: b and 24 fit
  for (std::size_t i = 0; i < 8; ++i) first = first << 8U | std::to_integer<std::uint64_t>(digest[i]);
  const auto entry = first << bucket_bits >> 40U;
  return {.bucket = bucket_bits == 0 ? 0 : first >> (64U - bucket_bits),
          .entry = {static_cast<std::byte>(entry >> 16U), static_cast<std::byte>(entry >> 8U),
                    static_cast<std::byte>(entry)}};
}

bool BreachFilter::recognises(const RandomAccessFile& file) {
  std::array<std::byte, kMagic.size()> begin{};
  return file.read_at(0, begin) == begin.size() && crypto::as_text(begin) == kMagic;
}

BreachFilter::BreachFilter(RandomAccessFile file) : file_(std::move(file)) {
  std::array<std::byte, Header::kSize> bytes{};
  file_.read_exactly_at(0, bytes);
  header_ = Header::decode(bytes);
  if (file_.size() != header_.file_size()) throw std::runtime_error("the breach filter is not whole");
  std::array<std::byte, 8> total{};
  file_.read_exactly_at(header_.index_at(header_.buckets()), total);
  if (number_at(total, 0, 8) != header_.entries) throw std::runtime_error("the breach filter's index is damaged");
}

bool BreachFilter::contains(const crypto::Sha1& digest) const {
  const auto place = place_of(digest, header_.bucket_bits);
  std::array<std::byte, 16> bounds{};
  file_.read_exactly_at(header_.index_at(place.bucket), bounds);
  const auto begin = number_at(bounds, 0, 8);
  const auto end = number_at(bounds, 8, 8);
  if (begin > end || end > header_.entries || end - begin > kFullestBucket) throw damaged();

  std::vector<Entry> bucket(end - begin);
  file_.read_exactly_at(header_.entry_at(begin), std::as_writable_bytes(std::span(bucket)));
  return std::ranges::binary_search(bucket, place.entry);
}

}  // namespace secureauth::passwords
