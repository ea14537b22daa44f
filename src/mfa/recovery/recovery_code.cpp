#include "mfa/recovery/recovery_code.hpp"

#include <utility>

namespace secureauth::mfa {
namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t kCharacters = RecoveryCode::kSelectorCharacters + RecoveryCode::kSecretCharacters;
constexpr std::size_t kGroup = 4;
constexpr std::size_t kLongestTyped = 64;  // every character spaced apart, and then some
constexpr std::byte kFiveBits{31};

/// The character of the alphabet that a typed one stands for, or 0.
char read(char typed) {
  const char upper = typed >= 'a' && typed <= 'z' ? static_cast<char>(typed - ('a' - 'A')) : typed;
  switch (upper) {
    case 'O':
      return '0';
    case 'I':
    case 'L':
      return '1';
    case 'U':
      return 'V';
    default:
      return kAlphabet.find(upper) == std::string_view::npos ? '\0' : upper;
  }
}

}  // namespace

RecoveryCode RecoveryCode::generate(crypto::Random& random) {
  // A byte a character, of which five bits are used: 32 divides 256, so each is as likely as any other.
  crypto::SecretBytes characters(kCharacters);
  random.fill(characters.bytes());
  for (auto& byte : characters.bytes()) {
    byte = static_cast<std::byte>(kAlphabet[std::to_integer<std::size_t>(byte & kFiveBits)]);
  }
  return RecoveryCode(characters);
}

std::optional<RecoveryCode> RecoveryCode::parse(std::string_view typed) {
  if (typed.size() > kLongestTyped) return std::nullopt;
  crypto::SecretBytes characters(kCharacters);
  std::size_t count = 0;
  for (const char c : typed) {
    if (c == ' ' || c == '-') continue;
    const char meant = read(c);
    if (meant == '\0' || count == kCharacters) return std::nullopt;
    characters.bytes()[count++] = static_cast<std::byte>(meant);
  }
  if (count != kCharacters) return std::nullopt;
  return RecoveryCode(characters);
}

RecoveryCode::RecoveryCode(const crypto::SecretBytes& characters)
    : RecoveryCode(std::string(characters.reveal().substr(0, kSelectorCharacters)),
                   crypto::SecretBytes(characters.reveal().substr(kSelectorCharacters))) {}

std::string RecoveryCode::text() const {
  std::string text = selector_ + std::string(secret_.reveal());
  for (std::size_t at = kCharacters - kGroup; at > 0; at -= kGroup) text.insert(at, 1, '-');
  return text;
}

}  // namespace secureauth::mfa
