#pragma once

#include "passwords/breach_file.hpp"
#include "passwords/fingerprint_table.hpp"
#include "passwords/password.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

namespace secureauth::passwords {

/// Passwords that attackers try first or already have: the built-in list, the site's own list, and a breach corpus.
/// Thread-safe. May read a file: never call on an io thread.
/// Source: NIST SP 800-63B-4 §3.1.1.2; OWASP ASVS 5.0 6.2.4, 6.2.12.
class CompromisedPasswords {
 public:
  /// Empty paths: none.
  struct Files {
    std::filesystem::path blacklist;  ///< a password a line, UTF-8; up to 24 bytes of memory each
    std::filesystem::path breach;     ///< see open_breach_file()
  };
  /// Throws std::runtime_error with one line that begins with the setting's name when a file cannot be used.
  explicit CompromisedPasswords(const Files& files);

  enum class Why { common, breached };
  /// Compared case-folded; with the lists also by stems (stems.hpp). Throws Unavailable when the breach file is gone.
  [[nodiscard]] std::optional<Why> find(const Password& password) const;
  [[nodiscard]] bool contains(const Password& password) const { return find(password).has_value(); }

 private:
  std::vector<std::uint64_t> local_slots_;
  FingerprintTable local_;  // over local_slots_
  std::unique_ptr<BreachFile> breach_;
};

}  // namespace secureauth::passwords
