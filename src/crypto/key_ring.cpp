#include "crypto/key_ring.hpp"

#include "crypto/digest.hpp"
#include "crypto/encoding.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

namespace secureauth::crypto {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::byte kScheme{1};
constexpr std::size_t kKey = 32;
constexpr std::size_t kNonce = 12;
constexpr std::size_t kTag = 16;

const unsigned char* octets(Bytes bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

unsigned char* octets(std::span<std::byte> bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

/// The parts of what seal() makes.
template <class Byte>
struct Parts {
  std::span<Byte> head;  ///< scheme and key id
  std::span<Byte> key_id;
  std::span<Byte> nonce;
  std::span<Byte> ciphertext;
  std::span<Byte> tag;

  Parts(std::span<Byte> sealed, std::size_t id_bytes)
      : head(sealed.first(1 + id_bytes)),
        key_id(head.subspan(1)),
        nonce(sealed.subspan(head.size(), kNonce)),
        ciphertext(sealed.subspan(head.size() + kNonce, sealed.size() - head.size() - kNonce - kTag)),
        tag(sealed.last(kTag)) {}
};

bool has_form(Bytes sealed, std::size_t id_bytes) {
  return sealed.size() >= 1 + id_bytes + kNonce + kTag && sealed.front() == kScheme;
}

/// What is authenticated beside the ciphertext. The purpose's length keeps two pairs from running into one.
std::string associated(Bytes head, std::string_view purpose, std::string_view owner) {
  std::string data(as_text(head));
  data += std::to_string(purpose.size()) + ':';
  data += purpose;
  data += owner;
  return data;
}

enum class Direction { open = 0, seal = 1 };

/// One run of AES-256-GCM, in either direction. What goes wrong is a fault, save a tag that does not fit.
class Gcm {
 public:
  Gcm(Direction direction, const SecretBytes& key, Bytes nonce) : context_(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free) {
    static_assert(kNonce == 12, "the length that GCM takes without being told");
    require(context_ && EVP_CipherInit_ex2(context_.get(), EVP_aes_256_gcm(), octets(key.bytes()), octets(nonce),
                                           static_cast<int>(direction), nullptr) > 0);
  }

  void authenticate(std::string_view data) {
    int length = 0;
    require(EVP_CipherUpdate(context_.get(), nullptr, &length, octets(as_bytes(data)), static_cast<int>(data.size())) >
            0);
  }

  /// `to` has the same size.
  void run(Bytes from, std::span<std::byte> to) {
    int length = 0;
    require(EVP_CipherUpdate(context_.get(), octets(to), &length, octets(from), static_cast<int>(from.size())) > 0);
  }

  void finish(std::span<std::byte> tag) {
    int length = 0;
    require(EVP_CipherFinal_ex(context_.get(), nullptr, &length) > 0 &&
            EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_GET_TAG, static_cast<int>(kTag), octets(tag)) > 0);
  }

  [[nodiscard]] bool finish_with(Bytes tag) {
    std::array<std::byte, kTag> wanted{};
    std::ranges::copy(tag, wanted.begin());
    require(EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_SET_TAG, static_cast<int>(kTag), wanted.data()) > 0);
    int length = 0;
    return EVP_CipherFinal_ex(context_.get(), nullptr, &length) > 0;
  }

 private:
  static void require(bool done) {
    if (!done) throw std::runtime_error("AES-256-GCM failed");
  }

  std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context_;
};

KeyGenerations generations_of(const SecretBytes& current, const std::vector<SecretBytes>& old) {
  KeyGenerations generations;
  generations.current = current.clone();
  for (const auto& key : old) generations.old.push_back(key.clone());
  return generations;
}

}  // namespace

KeyRing::KeyRing(const SecretBytes& current, const std::vector<SecretBytes>& old)
    : KeyRing(RotatingKey(generations_of(current, old))) {}

KeyRing::KeyRing(const RotatingKey& key) : keys_(key, &keys_of) {}

KeyRing::Keys KeyRing::keys_of(const KeyGenerations& generations) {
  if (generations.current.empty()) throw std::invalid_argument("a key ring needs a key");
  Keys keys;
  for (const auto* key : generations.all()) keys.push_back(derived_from(*key));
  return keys;
}

KeyRing::Key KeyRing::derived_from(const SecretBytes& master) {
  if (master.size() != kKey) throw std::invalid_argument("a key of a key ring has 32 bytes");
  Key key{.id = {}, .secret = derive_key(master, "secureauth/key-ring/v1/seal")};
  const auto id = derive_key(master, "secureauth/key-ring/v1/id");
  std::ranges::copy(id.bytes().first(kIdBytes), key.id.begin());
  return key;
}

const KeyRing::Key* KeyRing::find(const Keys& keys, std::span<const std::byte> id) {
  const auto found = std::ranges::find_if(keys, [&](const Key& key) { return std::ranges::equal(key.id, id); });
  return found == keys.end() ? nullptr : &*found;
}

std::vector<std::byte> KeyRing::seal(const SecretBytes& plain, std::string_view purpose, std::string_view owner,
                                     Random& random) const {
  const auto keys = keys_.get();
  const auto& key = keys->front();
  std::vector<std::byte> sealed(1 + kIdBytes + kNonce + plain.size() + kTag);
  const Parts<std::byte> parts(sealed, kIdBytes);
  parts.head.front() = kScheme;
  std::ranges::copy(key.id, parts.key_id.begin());
  random.fill(parts.nonce);
  Gcm gcm(Direction::seal, key.secret, parts.nonce);
  gcm.authenticate(associated(parts.head, purpose, owner));
  gcm.run(plain.bytes(), parts.ciphertext);
  gcm.finish(parts.tag);
  return sealed;
}

std::optional<SecretBytes> KeyRing::open(std::span<const std::byte> sealed, std::string_view purpose,
                                         std::string_view owner) const {
  if (!has_form(sealed, kIdBytes)) return std::nullopt;
  const Parts<const std::byte> parts(sealed, kIdBytes);
  const auto keys = keys_.get();
  const auto* key = find(*keys, parts.key_id);
  if (key == nullptr) return std::nullopt;
  SecretBytes plain(parts.ciphertext.size());
  Gcm gcm(Direction::open, key->secret, parts.nonce);
  gcm.authenticate(associated(parts.head, purpose, owner));
  gcm.run(parts.ciphertext, plain.bytes());
  if (!gcm.finish_with(parts.tag)) return std::nullopt;
  return plain;
}

std::string KeyRing::key_id_of(std::span<const std::byte> sealed) {
  return has_form(sealed, kIdBytes) ? hex_encode(Parts<const std::byte>(sealed, kIdBytes).key_id) : "";
}

bool KeyRing::is_under_current_key(std::span<const std::byte> sealed) const {
  return has_form(sealed, kIdBytes) &&
         std::ranges::equal(Parts<const std::byte>(sealed, kIdBytes).key_id, keys_.get()->front().id);
}

std::vector<std::string> KeyRing::key_ids() const {
  std::vector<std::string> ids;
  const auto keys = keys_.get();
  for (const auto& key : *keys) ids.push_back(hex_encode(key.id));
  return ids;
}

}  // namespace secureauth::crypto
