#include "app/development_secrets.hpp"

#include "crypto/encoding.hpp"
#include "crypto/random.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace secureauth::app {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const char* what, const fs::path& path) {
  throw fs::filesystem_error(what, path, std::error_code(errno, std::generic_category()));
}

std::string random_key() {
  crypto::SystemRandom random;
  std::array<std::byte, 32> key{};
  random.fill(key);
  return crypto::hex_encode(key);
}

/// Writes a file beside the wanted name and links it there: it appears whole or not at all, and only once.
void make(const fs::path& path) {
  const auto draft = path.string() + '.' + std::to_string(getpid());
  const int file = open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file < 0) fail("cannot make a secret", draft);
  const auto text = random_key() + '\n';
  const bool written = write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && fsync(file) == 0;
  close(file);
  const bool kept = written && (link(draft.c_str(), path.c_str()) == 0 || errno == EEXIST);
  const int error = errno;
  unlink(draft.c_str());
  errno = error;
  if (!kept) fail("cannot keep a secret", path);
}

}  // namespace

std::string development_secret(const fs::path& folder, std::string_view name, std::vector<std::string>& warnings) {
  const auto path = folder / name;
  if (!fs::exists(path)) {
    if (fs::create_directories(folder)) fs::permissions(folder, fs::perms::owner_all);
    make(path);
  }
  const auto others = fs::perms::group_all | fs::perms::others_all;
  if ((fs::status(path).permissions() & others) != fs::perms::none) {
    warnings.push_back(path.string() + " can be read by others; run chmod 600 on it");
  }
  std::ifstream file(path);
  std::string secret;
  if (!std::getline(file, secret)) fail("cannot read a secret", path);
  return secret;
}

}  // namespace secureauth::app
