#include "passwords/breach_filter_builder.hpp"

#include "core/temporary_output.hpp"
#include "passwords/breach_filter.hpp"
#include "passwords/hash_dump.hpp"

#include <algorithm>
#include <bit>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

namespace secureauth::passwords {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kEntriesPerBucket = 32;

/// Writes one part of the file, front to back.
class Cursor {
 public:
  Cursor(const TemporaryOutput& file, std::uint64_t offset) : file_(file), offset_(offset) {}

  void append(std::span<const std::byte> bytes) {
    buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
    if (buffer_.size() >= kBuffer) flush();
  }
  void flush() {
    file_.write_at(offset_, buffer_);
    offset_ += buffer_.size();
    buffer_.clear();
  }

 private:
  static constexpr std::size_t kBuffer = std::size_t{1} << 20U;
  const TemporaryOutput& file_;
  std::uint64_t offset_;
  std::vector<std::byte> buffer_;
};

/// The lines of a dump, checked.
class DumpReader {
 public:
  explicit DumpReader(const fs::path& path) : path_(path), file_(path, std::ios::binary) {
    std::error_code error;
    size_ = fs::file_size(path, error);
    if (!file_ || error) throw std::runtime_error("cannot read " + path.string());
  }

  /// The next digest; nothing at the end.
  std::optional<crypto::Sha1> next() {
    if (!std::getline(file_, line_)) return std::nullopt;
    ++number_;
    read_ += line_.size() + 1;
    const auto digest = parse_dump_line(line_);
    if (!digest) fail("not a SHA-1 in hexadecimal, with or without :COUNT");
    if (last_ && *digest <= *last_) fail("out of order: take the dump that is ordered by hash");
    return last_ = digest;
  }
  [[nodiscard]] std::uint64_t read() const { return read_; }
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] std::uint64_t lines() const { return number_; }

 private:
  [[noreturn]] void fail(const std::string& why) const {
    throw std::runtime_error(path_.string() + ", line " + std::to_string(number_) + ": " + why);
  }

  fs::path path_;
  std::ifstream file_;
  std::string line_;
  std::optional<crypto::Sha1> last_;
  std::uint64_t size_ = 0;
  std::uint64_t read_ = 0;
  std::uint64_t number_ = 0;
};

/// As many buckets as leave 32 entries in each, by the length of the first lines: the index comes before the entries.
unsigned guess_bucket_bits(const fs::path& dump) {
  constexpr int kSample = 10'000;
  DumpReader reader(dump);
  for (int i = 0; i < kSample && reader.next();) ++i;
  if (reader.lines() == 0) throw std::runtime_error(dump.string() + ": no digest in it");
  const auto lines = reader.size() / (reader.read() / reader.lines());
  const auto buckets = std::max<std::uint64_t>(1, lines / kEntriesPerBucket);
  return static_cast<unsigned>(std::bit_width(buckets + buckets / 2) - 1);  // the nearest power of two, about
}

}  // namespace

BuiltFilter build_breach_filter(const fs::path& dump, const fs::path& output,
                                const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  constexpr std::uint64_t kProgressEvery = 100'000;  // lines
  BreachFilter::Header header{.bucket_bits = guess_bucket_bits(dump)};
  DumpReader reader(dump);
  TemporaryOutput file(output);
  Cursor index(file, header.index_at(0));
  Cursor entries(file, header.entry_at(0));

  std::uint64_t begun = 0;  // buckets whose beginning is written
  const auto begin_up_to = [&](std::uint64_t bucket) {
    for (; begun <= bucket; ++begun) index.append(little_endian(header.entries));
  };
  while (const auto digest = reader.next()) {
    const auto place = BreachFilter::place_of(*digest, header.bucket_bits);
    begin_up_to(place.bucket);
    entries.append(place.entry);
    ++header.entries;
    if (header.entries % kProgressEvery == 0) progress(reader.read(), reader.size());
  }
  begin_up_to(header.buckets());
  index.flush();
  entries.flush();
  file.write_at(0, header.encode());
  file.keep();
  progress(reader.size(), reader.size());
  return {.digests = header.entries,
          .bytes = header.file_size(),
          .false_positives = static_cast<double>(header.entries) / static_cast<double>(header.buckets()) / 0x1p24};
}

}  // namespace secureauth::passwords
