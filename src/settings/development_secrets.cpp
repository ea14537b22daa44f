#include "settings/development_secrets.hpp"

#include "crypto/encoding.hpp"
#include "crypto/random.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace secureauth::settings {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kKeyBytes = 32;

[[noreturn]] void fail(const char* what, const fs::path& path) {
  throw fs::filesystem_error(what, path, std::error_code(errno, std::generic_category()));
}

std::string random_key() {
  crypto::SystemRandom random;
  std::array<std::byte, kKeyBytes> key{};
  random.fill(key);
  return crypto::hex_encode(key);
}

/// Writes a file beside the wanted name and links it there: it appears whole or not at all, and only once. The draft's
/// name is random because two containers that share a volume may share a process id as well.
void make(const fs::path& path) {
  const auto draft = path.string() + '.' + random_key().substr(0, 16);
  const int file = open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
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
  std::getline(file, secret);
  if (!crypto::hex_decode(secret) || secret.size() != 2 * kKeyBytes) {
    throw fs::filesystem_error("no key of 64 hexadecimal digits; remove the file to have another made", path,
                               std::make_error_code(std::errc::invalid_argument));
  }
  return secret;
}

}  // namespace secureauth::settings
