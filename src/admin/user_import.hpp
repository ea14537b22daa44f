#pragma once

#include "admin/user_record.hpp"
#include "audit/audit_log.hpp"
#include "core/net.hpp"
#include "passwords/password_hasher.hpp"

#include <cstdint>
#include <functional>
#include <istream>
#include <string>
#include <string_view>
#include <vector>

namespace secureauth::admin {

/// Takes accounts over from another system, a JSON line each (user_record.hpp), with hashes that it made. Reads the
/// next lines when the ones before are kept: memory does not grow with the file. An address that has an account is
/// skipped and its account left alone, so that the same file can be read again after an interruption, and a
/// registration that waits for its link stays as harmless as it was: it cannot take an account over.
class UserImport {
 public:
  struct Parts {
    db::Database& database;
    const passwords::PasswordHasher& hasher;
    const audit::AuditLog& audit;
    const Clock& clock;
    crypto::Random& random;
  };
  explicit UserImport(Parts parts) : parts_(parts) {}

  struct Counts {
    std::uint64_t line = 0;   ///< the last one whose fate is settled
    std::uint64_t bytes = 0;  ///< of the file, as far as that
    std::uint64_t imported = 0;
    std::uint64_t skipped = 0;  ///< the address has an account
    std::uint64_t refused = 0;
  };

  struct Run {
    std::istream& lines;
    std::uint64_t from_line = 1;                                                  ///< those before it are passed over
    std::function<void(std::uint64_t line, std::string_view reason)> on_refused;  ///< never says hash, name, address
    std::function<bool(const Counts&)> go_on;  ///< after every transaction; false ends the run there
  };

  /// To the end of the lines, or as far as `go_on` allowed. A line that is refused stops nothing. Throws
  /// db::DatabaseError: what `go_on` was told is kept.
  net::awaitable<Counts> operator()(Run run);

 private:
  struct Batch;
  void add(Batch& batch, std::string_view text, const Run& run, Counts& counts) const;
  net::awaitable<void> keep(Batch& batch, const Run& run, Counts& counts);

  Parts parts_;
};

}  // namespace secureauth::admin
