#include "passwords/password.hpp"

#include "core/unicode.hpp"

#include <sodium.h>

#include <stdexcept>
#include <string>

namespace secureauth::passwords {
namespace {

constexpr std::size_t kMostTypedBytes = 4096;  // NFC shrinks to a third at most (three Hangul jamo to a syllable)

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

}  // namespace secureauth::passwords
