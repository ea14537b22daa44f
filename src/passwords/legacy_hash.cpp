#include "passwords/legacy_hash.hpp"

#include "passwords/legacy_crypt.hpp"
#include "passwords/legacy_kdf.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace secureauth::passwords {
namespace {

struct Scheme {
  std::string_view prefix;
  std::string_view name;
  Result<LegacyVerifier> (*read)(std::string_view stored);
};

constexpr std::array kSchemes = {
    Scheme{"$2a$", "bcrypt", &read_bcrypt},
    Scheme{"$2b$", "bcrypt", &read_bcrypt},
    Scheme{"$2y$", "bcrypt", &read_bcrypt},
    Scheme{"bcrypt$", "bcrypt", &read_bcrypt},
    Scheme{"bcrypt_sha256$", "bcrypt-sha256", &read_django_bcrypt_sha256},
    Scheme{"$bcrypt-sha256$", "bcrypt-sha256", &read_passlib_bcrypt_sha256},
    Scheme{"$5$", "sha256crypt", &read_sha_crypt},
    Scheme{"$6$", "sha512crypt", &read_sha_crypt},
    Scheme{"$y$", "yescrypt", &read_yescrypt},
    Scheme{"$7$", "scrypt", &read_scrypt_crypt},
    Scheme{"scrypt$", "scrypt", &read_django_scrypt},
    Scheme{"$scrypt$", "scrypt", &read_passlib_scrypt},
    Scheme{"pbkdf2_sha1$", "pbkdf2-sha1", &read_django_pbkdf2},
    Scheme{"pbkdf2_sha256$", "pbkdf2-sha256", &read_django_pbkdf2},
    Scheme{"$pbkdf2$", "pbkdf2-sha1", &read_passlib_pbkdf2},
    Scheme{"$pbkdf2-sha256$", "pbkdf2-sha256", &read_passlib_pbkdf2},
    Scheme{"$pbkdf2-sha512$", "pbkdf2-sha512", &read_passlib_pbkdf2},
};

/// Forms of hashes that are guessed by the billion: MD5, SHA-1, single SHA-2, DES, NT.
bool is_fast(std::string_view stored) {
  constexpr std::array<std::string_view, 17> kPrefixes = {"$1$",  "$apr1$", "$md5", "$sha1$", "$3$",    "$P$",
                                                          "$H$",  "_",      "md5$", "sha1$",  "crypt$", "unsalted_",
                                                          "{SHA", "{SSHA",  "{MD5", "{SMD5",  "{CRYPT"};
  if (std::ranges::any_of(kPrefixes, [&](auto prefix) { return stored.starts_with(prefix); })) return true;
  constexpr std::array<std::size_t, 5> kPlain = {13, 32, 40, 64, 128};  // DES crypt, then digests in hexadecimal
  const auto is_sign = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '/';
  };
  return std::ranges::find(kPlain, stored.size()) != kPlain.end() && std::ranges::all_of(stored, is_sign);
}

Error refusal(std::string code, std::string message) {
  return Error(std::vector<FieldError>{{"password_hash", std::move(code), std::move(message)}});
}

}  // namespace

Error malformed_hash(std::string_view scheme) {
  return refusal("malformed_hash", "The hash is not a well-formed " + std::string(scheme) + " hash.");
}

Error costly_hash(std::string_view scheme) {
  return refusal("costly_hash",
                 "The hash costs more to verify than this service allows a " + std::string(scheme) + " hash.");
}

bool LegacyHash::matches(const crypto::SecretBytes& password) const {
  const auto text = password.reveal();
  const bool right = raw(text);  // first, so that a NUL is not told by the time
  return right && text.find('\0') == std::string_view::npos;
}

Result<LegacyHash> read_legacy_hash(std::string_view stored) {
  if (stored.size() > legacy_caps::kStoredBytes) return malformed_hash("password");
  const auto scheme =
      std::ranges::find_if(kSchemes, [&](const Scheme& known) { return stored.starts_with(known.prefix); });
  if (scheme != kSchemes.end()) {
    auto verifier = scheme->read(stored);
    if (!verifier) return verifier.error();
    return LegacyHash{scheme->name, *std::move(verifier)};
  }
  if (is_fast(stored)) {
    return refusal("fast_hash", "The hash is of a kind that is guessed too fast to be kept: reset the password.");
  }
  return refusal("unknown_hash", "The hash is of no known kind.");
}

}  // namespace secureauth::passwords
