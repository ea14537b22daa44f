#include "passwords/password.hpp"

#include "core/unicode.hpp"

#include <sodium.h>

#include <stdexcept>
#include <string>

namespace secureauth::passwords {
namespace {

constexpr std::size_t kMostBytes = 1024;
constexpr std::size_t kMostTypedBytes = 4096;  // NFC shrinks to a third at most (three Hangul jamo to a syllable)

Error refusal(std::string_view code, std::string message) {
  return Error(std::vector<FieldError>{{"password", std::string(code), std::move(message)}});
}

}  // namespace

Password::Password(const crypto::SecretBytes& typed) {
  if (typed.size() > kMostTypedBytes) {
    bytes_ = typed.clone();
    return;
  }
  auto normalised = unicode::nfc(typed.reveal());
  if (!normalised) throw std::invalid_argument("a password that is not UTF-8");
  bytes_ = crypto::SecretBytes(std::string_view(*normalised));
  sodium_memzero(normalised->data(), normalised->size());
}

Result<void> PasswordPolicy::check(const Password& password) const {
  const auto text = password.bytes().reveal();
  if (text.size() > kMostBytes) return refusal("too_long", "The password must be at most 1024 bytes long.");
  if (unicode::code_points(text) < min_code_points_) {
    return refusal("too_short",
                   "The password must be at least " + std::to_string(min_code_points_) + " characters long.");
  }
  return {};
}

}  // namespace secureauth::passwords
