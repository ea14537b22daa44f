#include "app/key_files.hpp"

#include "app/setting_values.hpp"
#include "crypto/encoding.hpp"
#include "crypto/random.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <stdexcept>
#include <string>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace secureauth::app {
namespace {

namespace fs = std::filesystem;

fs::path beside(const fs::path& key, std::string_view ending) {
  return key.string() + std::string(ending);
}

[[noreturn]] void fail(const std::string& what, const fs::path& path) {
  throw std::runtime_error(what + ' ' + path.string() + ": " + std::generic_category().message(errno));
}

std::string line_of(const crypto::SecretBytes& key) {
  return crypto::hex_encode(key.bytes()) + '\n';
}

/// Whose files are to be like this one's. Throws for what is no file of its own.
struct stat standing_of(const fs::path& key) {
  struct stat standing{};
  if (lstat(key.c_str(), &standing) != 0) fail("cannot look at", key);
  if (!S_ISREG(standing.st_mode)) {
    throw std::runtime_error(key.string() + " is no plain file: change the keys where it is mounted from");
  }
  return standing;
}

void sync_folder(const fs::path& folder) {
  const int opened = open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (opened < 0) return;
  fsync(opened);
  close(opened);
}

/// Puts a whole file in the place of what is there.
void write_whole(const fs::path& path, const std::string& text, const struct stat& like) {
  crypto::SystemRandom random;
  std::array<std::byte, 8> tail{};
  random.fill(tail);
  const auto draft = path.string() + '.' + crypto::hex_encode(tail);
  const int file = open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file < 0) fail("cannot write beside", path);
  const bool foreign = like.st_uid != geteuid() || like.st_gid != getegid();
  const auto mode = static_cast<mode_t>(S_IRUSR | S_IWUSR | (like.st_mode & S_IRGRP));
  const bool done = write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                    (!foreign || fchown(file, like.st_uid, like.st_gid) == 0) && fchmod(file, mode) == 0 &&
                    fsync(file) == 0;
  const int error = errno;
  close(file);
  if (done && rename(draft.c_str(), path.c_str()) == 0) {
    sync_folder(path.parent_path());
    return;
  }
  if (!done) errno = error;
  const int cause = errno;
  unlink(draft.c_str());
  errno = cause;
  fail("cannot write", path);
}

}  // namespace

std::optional<std::string> read_beside(const fs::path& key, std::string_view ending) {
  const auto path = beside(key, ending);
  std::error_code unknown;
  if (!fs::exists(path, unknown) && !unknown) return std::nullopt;
  std::ifstream file(path);
  std::string keys;
  for (std::string line; std::getline(file, line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty()) continue;
    if (!keys.empty()) keys += ',';
    keys += line;
  }
  if (!file.eof()) throw BadValue("cannot be read from " + path.string());
  if (keys.empty()) throw BadValue("is empty in " + path.string());
  return keys;
}

void write_next_key(const fs::path& key, const crypto::SecretBytes& next) {
  const auto path = beside(key, kNextKey);
  if (fs::exists(path)) throw std::runtime_error(path.string() + " is there already: it is the next key");
  write_whole(path, line_of(next), standing_of(key));
}

void move_key_on(const fs::path& key, const crypto::KeyGenerations& now) {
  if (now.next.empty()) throw std::runtime_error(beside(key, kNextKey).string() + " is not there: no key is to come");
  const auto like = standing_of(key);
  std::string old = line_of(now.current);
  for (const auto& former : now.old) old += line_of(former);
  write_whole(beside(key, kOldKeys), old, like);
  write_whole(key, line_of(now.next), like);
  if (unlink(beside(key, kNextKey).c_str()) != 0) fail("cannot remove", beside(key, kNextKey));
  sync_folder(key.parent_path());
}

void write_old_keys(const fs::path& key, const std::vector<const crypto::SecretBytes*>& remaining) {
  const auto like = standing_of(key);
  const auto path = beside(key, kOldKeys);
  std::string lines;
  for (const auto* former : remaining) lines += line_of(*former);
  if (!lines.empty()) {
    write_whole(path, lines, like);
    return;
  }
  if (unlink(path.c_str()) != 0) fail("cannot remove", path);
  sync_folder(path.parent_path());
}

}  // namespace secureauth::app
