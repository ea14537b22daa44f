#pragma once

#include <filesystem>

namespace secureauth::db::sqlite {

/// What becomes of a database that is not there.
enum class Missing { made, refused };

/// Makes sure that a private database file is there before SQLite opens it: missing folders are made with mode 0700,
/// a missing file with 0600 whatever the umask, and one that others can read is narrowed to 0600. SQLite gives `-wal`
/// and `-shm` the mode of the file. True: it was made now. Throws DatabaseError with one sentence when that cannot be,
/// or when it is missing and to be refused.
bool prepare_file(const std::filesystem::path& file, Missing missing = Missing::made);

/// Which file a path names now. Two that differ are different files, even under one name.
struct FileIdentity {
  unsigned long long device = 0;
  unsigned long long inode = 0;  ///< 0: there is no such file
  bool operator==(const FileIdentity&) const = default;
};
[[nodiscard]] FileIdentity identity_of(const std::filesystem::path& file);

}  // namespace secureauth::db::sqlite
