#include "db/sqlite/file.hpp"

#include "db/database.hpp"

#include <cerrno>
#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace secureauth::db::sqlite {
namespace {

constexpr mode_t kPrivateFolder = 0700;
constexpr mode_t kPrivateFile = 0600;
constexpr mode_t kOthers = 0077;

[[noreturn]] void refuse(const std::string& what, const std::filesystem::path& path, int error) {
  throw DatabaseError(what + " " + path.string() + ": " + std::generic_category().message(error));
}

void make_folder(const std::filesystem::path& folder) {
  if (folder.empty()) return;
  std::error_code ignored;
  if (std::filesystem::is_directory(folder, ignored)) return;
  make_folder(folder.parent_path());
  if (::mkdir(folder.c_str(), kPrivateFolder) != 0 && errno != EEXIST) {
    refuse("could not make the database's folder", folder, errno);
  }
}

// Only a new file is opened here: closing an existing one would drop the locks that SQLite holds on it in this process.
bool make_file(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, kPrivateFile);
  if (descriptor < 0) {
    if (errno == EEXIST) return false;
    refuse("could not make the database", file, errno);
  }
  ::fchmod(descriptor, kPrivateFile);
  ::close(descriptor);
  return true;
}

// In full, for it may be the working directory that is not the right one.
[[noreturn]] void refuse_missing(const std::filesystem::path& file) {
  throw DatabaseError("there is no database at " + std::filesystem::absolute(file).lexically_normal().string() +
                      ": look at DATABASE_URL and the working directory; `secureauth migrate upgrade` makes a new one");
}

}  // namespace

bool prepare_file(const std::filesystem::path& file, Missing missing) {
  bool made = false;
  if (missing == Missing::made) {
    make_folder(file.parent_path());
    made = make_file(file);
  }
  struct stat found{};
  if (::stat(file.c_str(), &found) != 0) {
    if (errno == ENOENT && missing == Missing::refused) refuse_missing(file);
    refuse("could not look at the database", file, errno);
  }
  if (S_ISDIR(found.st_mode)) throw DatabaseError("the database " + file.string() + " is a directory, not a file");
  if (!S_ISREG(found.st_mode)) throw DatabaseError("the database " + file.string() + " is not a regular file");
  // Somebody else's file stays as it is: whether it can be used is told by opening it.
  if ((found.st_mode & kOthers) != 0) (void)::chmod(file.c_str(), kPrivateFile);
  return made;
}

FileIdentity identity_of(const std::filesystem::path& file) {
  struct stat found{};
  if (::stat(file.c_str(), &found) != 0) return {};
  return {found.st_dev, found.st_ino};
}

}  // namespace secureauth::db::sqlite
