#include "settings/key_files.hpp"

#include "crypto/digest.hpp"
#include "crypto/encoding.hpp"
#include "settings/key_unwrap.hpp"
#include "settings/setting_values.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <stdexcept>
#include <string>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace secureauth::settings {
namespace {

namespace fs = std::filesystem;

fs::path beside(const fs::path& key, std::string_view ending) {
  return key.string() + std::string(ending);
}

[[noreturn]] void fail(const std::string& what, const fs::path& path) {
  throw std::runtime_error(what + ' ' + path.string() + ": " + std::generic_category().message(errno));
}

/// A key as a line of these files: one that is wrapped stays as it is, whatever else becomes hexadecimal.
std::string line_of(std::string_view text) {
  if (wrapped_text(text)) return std::string(text);
  return crypto::hex_encode(read_key(text).bytes());
}

bool is_line_of(const std::string& line, const crypto::SecretBytes& key) {
  return !wrapped_text(line) && !key.empty() && crypto::equal(line, crypto::hex_encode(key.bytes()));
}

/// The folder in which a key's files lie, opened once and locked: whoever writes there waits for who came before, and
/// what the path leads to meanwhile does not matter.
class Folder {
 public:
  explicit Folder(const fs::path& key)
      : path_(key.has_parent_path() ? key.parent_path() : fs::path(".")),
        folder_(open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    if (folder_ < 0) fail("cannot open", path_);
    try {
      check();
    } catch (...) {
      close(folder_);
      throw;
    }
  }
  ~Folder() { close(folder_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  /// Whose files are to be like this one's. Throws for what is no file of its own.
  [[nodiscard]] struct stat standing_of(const fs::path& key) const {
    struct stat standing{};
    if (fstatat(folder_, name_of(key).c_str(), &standing, AT_SYMLINK_NOFOLLOW) != 0) fail("cannot look at", key);
    if (!S_ISREG(standing.st_mode)) {
      throw std::runtime_error(key.string() + " is no plain file: change the keys where it is mounted from");
    }
    return standing;
  }

  /// What a file holds, without line breaks at its end; nothing where there is no such file.
  [[nodiscard]] std::string text(const fs::path& path) const {
    const int file = openat(folder_, name_of(path).c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (file < 0 && errno == ENOENT) return {};
    if (file < 0) fail("cannot read", path);
    std::string text;
    std::array<char, 4096> some{};
    ssize_t size = 0;
    while ((size = read(file, some.data(), some.size())) > 0) text.append(some.data(), static_cast<std::size_t>(size));
    close(file);
    if (size < 0) fail("cannot read", path);
    while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
    return text;
  }

  /// The keys in a file, as line_of() writes them; none where there is no such file.
  [[nodiscard]] std::vector<std::string> lines(const fs::path& path) const {
    auto all = text(path);
    std::ranges::replace(all, '\n', ',');
    std::vector<std::string> lines;
    for (const auto& line : read_list(all)) lines.push_back(line_of(line));
    return lines;
  }

  /// Puts a whole file in the place of what is there.
  void write_whole(const fs::path& path, const std::vector<std::string>& lines, const struct stat& like) const {
    std::string text;
    for (const auto& line : lines) text += line + '\n';
    const auto draft = name_of(path) + ".draft";
    unlinkat(folder_, draft.c_str(), 0);  // of one that was cut short
    const int file =
        openat(folder_, draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (file < 0) fail("cannot write beside", path);
    const bool foreign = like.st_uid != geteuid() || like.st_gid != getegid();
    const auto mode = static_cast<mode_t>(S_IRUSR | S_IWUSR | (like.st_mode & S_IRGRP));
    const bool done = write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                      (!foreign || fchown(file, like.st_uid, like.st_gid) == 0) && fchmod(file, mode) == 0 &&
                      fsync(file) == 0;
    const int error = errno;
    close(file);
    if (done && renameat(folder_, draft.c_str(), folder_, name_of(path).c_str()) == 0) {
      fsync(folder_);
      return;
    }
    const int cause = done ? errno : error;
    unlinkat(folder_, draft.c_str(), 0);
    errno = cause;
    fail("cannot write", path);
  }

  void remove(const fs::path& path) const {
    if (unlinkat(folder_, name_of(path).c_str(), 0) != 0) fail("cannot remove", path);
    fsync(folder_);
  }

 private:
  static std::string name_of(const fs::path& path) { return path.filename().string(); }

  void check() const {
    struct stat standing{};
    if (fstat(folder_, &standing) != 0) fail("cannot look at", path_);
    if (geteuid() == 0 && (standing.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
      throw std::runtime_error("others than its owner can write in " + path_.string() +
                               ": root changes no keys there; run this as the user who owns them");
    }
    if (flock(folder_, LOCK_EX) != 0) fail("cannot lock", path_);
  }

  fs::path path_;
  int folder_;
};

}  // namespace

std::optional<std::string> read_beside(const fs::path& key, std::string_view ending) {
  const auto path = beside(key, ending);
  std::ifstream file(path);
  // Asked once: it may go at any moment. Where its folder is none it is not there either.
  if (!file.is_open() && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
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

bool has_next_key(const fs::path& key) {
  return fs::exists(beside(key, kNextKey));
}

void write_next_key(const fs::path& key, const crypto::SecretBytes& next) {
  const Folder folder(key);
  const auto like = folder.standing_of(key);
  const auto path = beside(key, kNextKey);
  const auto there = folder.lines(path);
  const bool left_behind = there.size() == 1 && there.front() == line_of(folder.text(key));
  if (!there.empty() && !left_behind) {
    throw std::runtime_error(path.string() + " is there already: it is the next key");
  }
  folder.write_whole(path, {crypto::hex_encode(next.bytes())}, like);
}

void move_key_on(const fs::path& key, const crypto::KeyGenerations& now) {
  const Folder folder(key);
  const auto like = folder.standing_of(key);
  const auto next_path = beside(key, kNextKey);
  const auto there = folder.lines(next_path);
  if (there.empty()) throw std::runtime_error(next_path.string() + " is not there: no key is to come");
  const auto next = line_of(folder.text(next_path));
  const auto current = line_of(folder.text(key));
  if (next != current) {
    if (!wrapped_text(next) && !is_line_of(next, now.next)) {
      throw std::runtime_error(next_path.string() + " is not the next key of the settings");
    }
    std::vector<std::string> old{current};
    for (const auto& former : folder.lines(beside(key, kOldKeys))) {
      if (former != current && former != next) old.push_back(former);
    }
    folder.write_whole(beside(key, kOldKeys), old, like);
    folder.write_whole(key, {next}, like);
  }
  folder.remove(next_path);
}

void drop_old_key(const fs::path& key, const crypto::SecretBytes& gone) {
  const Folder folder(key);
  const auto like = folder.standing_of(key);
  const auto path = beside(key, kOldKeys);
  auto lines = folder.lines(path);
  if (std::erase_if(lines, [&gone](const auto& line) { return is_line_of(line, gone); }) == 0) {
    throw std::runtime_error(path.string() + " has no line that is this key: take out by hand what is wrapped there");
  }
  if (lines.empty()) {
    folder.remove(path);
  } else {
    folder.write_whole(path, lines, like);
  }
}

}  // namespace secureauth::settings
