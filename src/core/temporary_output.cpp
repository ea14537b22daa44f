#include "core/temporary_output.hpp"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <stdexcept>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace secureauth {

TemporaryOutput::TemporaryOutput(std::filesystem::path target)
    : target_(std::move(target)), path_(target_.string() + ".XXXXXX") {
  descriptor_ = ::mkostemp(path_.data(), O_CLOEXEC);
  if (descriptor_ < 0) fail("cannot write beside");
}

TemporaryOutput::~TemporaryOutput() {
  ::close(descriptor_);
  if (!kept_) ::unlink(path_.c_str());
}

void TemporaryOutput::write_at(std::uint64_t offset, std::span<const std::byte> bytes) const {
  while (!bytes.empty()) {
    const auto done = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) fail("cannot write");
    offset += static_cast<std::uint64_t>(done);
    bytes = bytes.subspan(static_cast<std::size_t>(done));
  }
}

void TemporaryOutput::keep(Readers readers) {
  const mode_t mode = readers == Readers::all ? 0644 : 0600;
  if (::fchmod(descriptor_, mode) != 0 || ::fsync(descriptor_) != 0 || ::rename(path_.c_str(), target_.c_str()) != 0) {
    fail("cannot write");
  }
  kept_ = true;
}

void TemporaryOutput::fail(const std::string& what) const {
  throw std::runtime_error(what + " " + target_.string() + ": " + std::generic_category().message(errno));
}

}  // namespace secureauth
