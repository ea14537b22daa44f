#include "crypto/sealer.hpp"

#include <sodium.h>

#include <algorithm>
#include <tuple>

namespace secureauth::crypto {
namespace {

constexpr std::size_t kNonce = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTag = crypto_aead_xchacha20poly1305_ietf_ABYTES;

const unsigned char* octets(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* octets(std::string& text, std::size_t offset) {
  return reinterpret_cast<unsigned char*>(text.data() + offset);
}

const unsigned char* octets(const SecretBytes& key) {
  return reinterpret_cast<const unsigned char*>(key.bytes().data());
}

}  // namespace

std::string Sealer::seal(std::string_view plain, std::string_view place, Random& random) const {
  std::string sealed(kNonce + plain.size() + kTag, '\0');
  random.fill(std::as_writable_bytes(std::span(sealed.data(), kNonce)));
  crypto_aead_xchacha20poly1305_ietf_encrypt(octets(sealed, kNonce), nullptr, octets(plain), plain.size(),
                                             octets(place), place.size(), nullptr, octets(sealed, 0),
                                             octets(keys_.all()->front()));
  return sealed;
}

std::optional<Sealer::Opened> Sealer::try_all(std::string_view sealed, std::string_view place) const {
  if (sealed.size() < kNonce + kTag) return std::nullopt;
  const auto body = sealed.substr(kNonce);
  std::optional<Opened> opened;
  std::string plain(body.size() - kTag, '\0');
  const auto keys = keys_.all();
  for (std::size_t i = 0; i < keys->size(); ++i) {
    const int refused =
        crypto_aead_xchacha20poly1305_ietf_decrypt(octets(plain, 0), nullptr, nullptr, octets(body), body.size(),
                                                   octets(place), place.size(), octets(sealed), octets(keys->at(i)));
    if (refused == 0 && !opened) opened = Opened{plain, i};
  }
  return opened;
}

std::optional<std::string> Sealer::open(std::string_view sealed, std::string_view place) const {
  auto opened = try_all(sealed, place);
  if (!opened) return std::nullopt;
  return std::move(opened->plain);
}

std::optional<std::size_t> Sealer::key_of(std::string_view sealed, std::string_view place) const {
  const auto opened = try_all(sealed, place);
  if (!opened) return std::nullopt;
  return opened->key;
}

Sealer::Id Sealer::id_of(std::string_view sealed) {
  static_assert(std::tuple_size_v<Id> == kNonce + kTag);
  Id id{};
  if (sealed.size() < id.size()) return id;
  const auto tag = std::copy_n(sealed.begin(), kNonce, id.begin());
  std::copy_n(sealed.end() - kTag, kTag, tag);
  return id;
}

}  // namespace secureauth::crypto
