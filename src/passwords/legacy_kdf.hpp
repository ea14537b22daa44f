#pragma once

#include "passwords/legacy_hash.hpp"

#include <string_view>

/// Hashes that are a key derivation function's output beside its parameters. Each reader fails as read_legacy_hash
/// does.
namespace secureauth::passwords {

/// `pbkdf2_sha256$ITERATIONS$SALT$BASE64` and `pbkdf2_sha1$…`, the salt being text (Django 5.2).
[[nodiscard]] Result<LegacyVerifier> read_django_pbkdf2(std::string_view stored);

/// `$pbkdf2$ROUNDS$SALT$DIGEST` (SHA-1), `$pbkdf2-sha256$…`, `$pbkdf2-sha512$…`, in base64 with `.` for `+` and without
/// padding (passlib 1.7).
[[nodiscard]] Result<LegacyVerifier> read_passlib_pbkdf2(std::string_view stored);

/// `scrypt$N$SALT$R$P$BASE64`, the salt being text (Django 5.2).
[[nodiscard]] Result<LegacyVerifier> read_django_scrypt(std::string_view stored);

/// `$scrypt$ln=LOG2_N,r=R,p=P$SALT$DIGEST`, in base64 without padding (passlib 1.7).
[[nodiscard]] Result<LegacyVerifier> read_passlib_scrypt(std::string_view stored);

}  // namespace secureauth::passwords
