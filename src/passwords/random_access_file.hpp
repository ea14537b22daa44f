#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

namespace secureauth::passwords {

/// A file read at any place. By pread and not mapped, because a mapped file that somebody cuts short kills the process
/// (SIGBUS). Thread-safe.
class RandomAccessFile {
 public:
  /// Throws std::runtime_error: "cannot read PATH: why".
  explicit RandomAccessFile(const std::filesystem::path& path);
  RandomAccessFile(RandomAccessFile&& other) noexcept;
  RandomAccessFile& operator=(RandomAccessFile&&) = delete;
  RandomAccessFile(const RandomAccessFile&) = delete;
  RandomAccessFile& operator=(const RandomAccessFile&) = delete;
  ~RandomAccessFile();

  /// As it was when it was opened.
  [[nodiscard]] std::uint64_t size() const { return size_; }

  /// Reads up to `into.size()` bytes; fewer only at the end. Throws Unavailable.
  std::size_t read_at(std::uint64_t offset, std::span<std::byte> into) const;

  /// Fills `into`. Throws Unavailable, also when the file ends before.
  void read_exactly_at(std::uint64_t offset, std::span<std::byte> into) const;

 private:
  int descriptor_;
  std::uint64_t size_ = 0;
};

}  // namespace secureauth::passwords
