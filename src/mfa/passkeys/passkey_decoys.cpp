#include "mfa/passkeys/passkey_decoys.hpp"

#include "crypto/digest.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string>

namespace secureauth::mfa {
namespace {

struct Model {
  std::size_t id_bytes = 0;
  std::array<std::string_view, 2> transports;
};

// What phones' and computers' passkeys look like, and security keys', about as often.
constexpr std::array<Model, 8> kModels{{{20, {"hybrid", "internal"}},
                                        {20, {"hybrid", "internal"}},
                                        {16, {"hybrid", "internal"}},
                                        {16, {"hybrid", "internal"}},
                                        {32, {"hybrid", "internal"}},
                                        {32, {"internal", ""}},
                                        {48, {"nfc", "usb"}},
                                        {64, {"nfc", "usb"}}}};

constexpr unsigned kOneInFour = 64;    // of a byte's values
constexpr std::size_t kMarkBytes = 8;  // at the end of an id: by them the service knows its own

}  // namespace

PasskeyDecoys::PasskeyDecoys(const crypto::RotatingKey& names_key, std::string_view site)
    : names_(names_key, "secureauth/passkey-decoys/v2/" + std::string(site)) {}

std::vector<PasskeyDescriptor> PasskeyDecoys::of(std::string_view email_key) const {
  const auto shape = names_.sign({"shape", email_key});
  const std::size_t count = std::to_integer<unsigned>(shape.at(0)) < kOneInFour ? 2 : 1;
  std::vector<PasskeyDescriptor> decoys;
  for (std::size_t i = 0; i < count; ++i) {
    const auto& model = kModels.at(std::to_integer<unsigned>(shape.at(1 + i)) % kModels.size());
    PasskeyDescriptor decoy;
    for (const std::string_view half : {"first", "second"}) {
      const auto bytes = names_.sign({half, std::to_string(i), email_key});
      decoy.id.insert(decoy.id.end(), bytes.begin(), bytes.end());
    }
    decoy.id.resize(model.id_bytes - kMarkBytes);
    const auto mark = mark_of(decoy.id);
    decoy.id.insert(decoy.id.end(), mark.begin(), mark.begin() + kMarkBytes);
    for (const auto transport : model.transports) {
      if (!transport.empty()) decoy.transports.emplace_back(transport);
    }
    decoys.push_back(std::move(decoy));
  }
  return decoys;
}

bool PasskeyDecoys::made(std::span<const std::byte> credential_id) const {
  if (credential_id.size() <= kMarkBytes) return false;
  const auto mark = mark_of(credential_id.first(credential_id.size() - kMarkBytes));
  return crypto::equal(credential_id.last(kMarkBytes), std::span(mark).first(kMarkBytes));
}

crypto::Sha256 PasskeyDecoys::mark_of(std::span<const std::byte> beginning) const {
  const std::string_view text(reinterpret_cast<const char*>(beginning.data()), beginning.size());
  return names_.sign({"mark", text});
}

}  // namespace secureauth::mfa
