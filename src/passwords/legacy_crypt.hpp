#pragma once

#include "passwords/legacy_hash.hpp"

#include <string_view>

/// Hashes of crypt(3), verified by libxcrypt once their parameters are known to be within the caps; and what wraps
/// bcrypt. Each reader fails as read_legacy_hash does.
namespace secureauth::passwords {

/// `$2a$`, `$2b$`, `$2y$`, two digits of cost, 22 of salt and 31 of digest; Django writes `bcrypt$` in front.
[[nodiscard]] Result<LegacyVerifier> read_bcrypt(std::string_view stored);

/// `bcrypt_sha256$$2b$…`: bcrypt over SHA-256 in hexadecimal (Django 5.2).
[[nodiscard]] Result<LegacyVerifier> read_django_bcrypt_sha256(std::string_view stored);

/// `$bcrypt-sha256$v=2,t=2b,r=COST$SALT$DIGEST`: bcrypt over HMAC-SHA-256 keyed with the salt's text, in base64;
/// without `v=2`, `$bcrypt-sha256$2a,COST$…`: over plain SHA-256 (passlib 1.7).
[[nodiscard]] Result<LegacyVerifier> read_passlib_bcrypt_sha256(std::string_view stored);

/// `$5$` and `$6$`, with `rounds=N$` from 1000 on or 5000 by default, a salt of up to 16 characters.
[[nodiscard]] Result<LegacyVerifier> read_sha_crypt(std::string_view stored);

/// `$y$jNR$SALT$DIGEST`: the flavour of libxcrypt's own settings, without extra parameters.
[[nodiscard]] Result<LegacyVerifier> read_yescrypt(std::string_view stored);

/// `$7$NRRRRRPPPPPSALT$DIGEST`: scrypt as crypt(3) writes it.
[[nodiscard]] Result<LegacyVerifier> read_scrypt_crypt(std::string_view stored);

}  // namespace secureauth::passwords
