#include "passwords/random_access_file.hpp"

#include "core/error.hpp"

#include <cerrno>
#include <fcntl.h>
#include <stdexcept>
#include <string>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace secureauth::passwords {
namespace {

std::string why(int number) {
  return std::generic_category().message(number);
}

}  // namespace

RandomAccessFile::RandomAccessFile(const std::filesystem::path& path)
    : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
  if (descriptor_ < 0) throw std::runtime_error("cannot read " + path.string() + ": " + why(errno));
  struct stat status{};
  const bool known = ::fstat(descriptor_, &status) == 0;
  if (!known || !S_ISREG(status.st_mode)) {
    ::close(descriptor_);
    throw std::runtime_error("cannot read " + path.string() + ": not a regular file");
  }
  size_ = static_cast<std::uint64_t>(status.st_size);
}

RandomAccessFile::RandomAccessFile(RandomAccessFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), size_(other.size_) {}

RandomAccessFile::~RandomAccessFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::size_t RandomAccessFile::read_at(std::uint64_t offset, std::span<std::byte> into) const {
  std::size_t filled = 0;
  while (filled < into.size()) {
    const auto got =
        ::pread(descriptor_, into.data() + filled, into.size() - filled, static_cast<off_t>(offset + filled));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw Unavailable("the breach file cannot be read: " + why(errno));
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  return filled;
}

void RandomAccessFile::read_exactly_at(std::uint64_t offset, std::span<std::byte> into) const {
  if (read_at(offset, into) != into.size()) throw Unavailable("the breach file has been cut short");
}

}  // namespace secureauth::passwords
