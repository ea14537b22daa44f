#include "settings/key_unwrap.hpp"

#include "core/ascii.hpp"
#include "crypto/encoding.hpp"
#include "settings/setting_values.hpp"
#include "settings/unwrap_command.hpp"

#include <sodium.h>

#include <algorithm>
#include <new>
#include <ranges>

namespace secureauth::settings {
namespace {

constexpr std::string_view kTransit = "vault:v";
constexpr std::string_view kAnyOther = "wrapped:";
constexpr std::size_t kKeyBytes = 32;

/// A data key as a setting's text has it: 32 bytes as hexadecimal digits, anything else as the text that it must be.
std::string text_of(const crypto::SecretBytes& plaintext, std::string_view by) {
  if (plaintext.size() == kKeyBytes) return crypto::hex_encode(plaintext.bytes());
  auto text = plaintext.reveal();
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  const bool printable = std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
  if (text.empty() || !printable) {
    throw BadValue("is unwrapped by " + std::string(by) + " to what is neither 32 bytes nor printable ASCII");
  }
  return std::string(text);
}

}  // namespace

std::optional<std::string_view> wrapped_text(std::string_view value) {
  if (value.starts_with(kAnyOther)) return value.substr(kAnyOther.size());
  if (!value.starts_with(kTransit)) return std::nullopt;
  const auto version = value.substr(kTransit.size());
  const auto colon = version.find(':');
  const bool numbered =
      colon != std::string_view::npos && colon > 0 && std::ranges::all_of(version.substr(0, colon), &ascii::is_digit);
  return numbered ? std::optional(value) : std::nullopt;
}

bool holds_wrapped(std::string_view list) {
  const auto is_wrapped = [](const auto& part) {
    return wrapped_text(ascii::trimmed(std::string_view(part.begin(), part.end()))).has_value();
  };
  return std::ranges::any_of(std::views::split(list, ','), is_wrapped);
}

UnwrappedKeys::UnwrappedKeys() {
  if (sodium_init() < 0) throw std::runtime_error("libsodium cannot be used");
}

UnwrappedKeys::~UnwrappedKeys() = default;

void UnwrappedKeys::Free::operator()(unsigned char* pages) const {
  sodium_free(pages);  // which wipes them
}

std::optional<crypto::SecretBytes> UnwrappedKeys::find(const std::string& ciphertext) const {
  const std::lock_guard lock(mutex_);
  const auto found = kept_.find(ciphertext);
  if (found == kept_.end()) return std::nullopt;
  return crypto::SecretBytes(std::as_bytes(std::span(found->second.bytes.get(), found->second.size)));
}

void UnwrappedKeys::keep(const std::string& ciphertext, const crypto::SecretBytes& plaintext) {
  auto* pages = static_cast<unsigned char*>(sodium_malloc(plaintext.size()));
  if (pages == nullptr) throw std::bad_alloc();
  Kept kept{std::unique_ptr<unsigned char, Free>(pages), plaintext.size()};
  std::ranges::copy(plaintext.reveal(), pages);
  sodium_mprotect_readonly(pages);
  const std::lock_guard lock(mutex_);
  kept_.insert_or_assign(ciphertext, std::move(kept));
}

void UnwrappedKeys::keep_only(const std::set<std::string>& ciphertexts) {
  const std::lock_guard lock(mutex_);
  std::erase_if(kept_, [&ciphertexts](const auto& one) { return !ciphertexts.contains(one.first); });
}

std::string KeyUnwrapper::unwrap(const KeyUnwrapSettings& settings, std::string_view value) {
  if (!settings.is_set()) {
    throw BadValue("is wrapped, but neither KEY_UNWRAP_URL nor KEY_UNWRAP_COMMAND says who unwraps it");
  }
  std::string all;
  for (const auto& part : std::views::split(value, ',')) {
    const auto item = ascii::trimmed(std::string_view(part.begin(), part.end()));
    const auto wrapped = wrapped_text(item);
    if (!all.empty()) all += ',';
    auto text = wrapped ? text_of(ask(settings, std::string(*wrapped)), settings.by()) : std::string(item);
    all += text;
    sodium_memzero(text.data(), text.size());
  }
  return all;
}

crypto::SecretBytes KeyUnwrapper::ask(const KeyUnwrapSettings& settings, const std::string& ciphertext) {
  asked_.insert(ciphertext);
  if (auto known = kept_->find(ciphertext)) return *std::move(known);
  if (!deadline_) deadline_ = std::chrono::steady_clock::now() + settings.timeout;
  try {
    auto plaintext = settings.transit.url.empty()
                         ? unwrap_by_command(settings.command, ciphertext, *deadline_)
                         : outgoing::unwrap_by_transit(settings.transit, ciphertext, *deadline_);
    kept_->keep(ciphertext, plaintext);
    return plaintext;
  } catch (const outgoing::UnwrapError& error) {
    throw Unobtainable("cannot be unwrapped by " + std::string(settings.by()) + ": " + error.what());
  }
}

}  // namespace secureauth::settings
