#include "tokens/token_keys.hpp"

#include "crypto/digest.hpp"
#include "crypto/encoding.hpp"

#include <stdexcept>
#include <string_view>
#include <utility>

namespace secureauth::tokens {
namespace {

using boost::json::object;

std::string_view name_of(Algorithm algorithm) {
  return algorithm == Algorithm::eddsa ? "EdDSA" : "ES256";
}

/// The members that a key is made of, in the order of their names: what its thumbprint is taken over (RFC 7638 §3.2).
object members_of(const crypto::SigningKey& key) {
  return {{"crv", "Ed25519"}, {"kty", "OKP"}, {"x", crypto::base64url_encode(key.verify_key().bytes())}};
}

object members_of(const crypto::P256SigningKey& key) {
  return {{"crv", "P-256"},
          {"kty", "EC"},
          {"x", crypto::base64url_encode(key.x())},
          {"y", crypto::base64url_encode(key.y())}};
}

std::string thumbprint(const object& members) {
  return crypto::base64url_encode(crypto::sha256(crypto::as_bytes(boost::json::serialize(members))));
}

std::string encoded(const object& json) {
  return crypto::base64url_encode(crypto::as_bytes(boost::json::serialize(json)));
}

crypto::KeyGenerations generations_of(const TokenKeys::Masters& masters) {
  crypto::KeyGenerations generations;
  generations.current = masters.current.clone();
  generations.next = masters.next.clone();
  for (const auto& key : masters.old) generations.old.push_back(key.clone());
  return generations;
}

}  // namespace

TokenKeys::Key TokenKeys::make_key(Algorithm algorithm, const crypto::SecretBytes& master) {
  if (algorithm == Algorithm::eddsa) return crypto::SigningKey(crypto::derive_key(master, "secureauth/token/v1/eddsa"));
  return crypto::P256SigningKey(crypto::derive_key(master, "secureauth/token/v1/es256"));
}

TokenKeys::TokenKeys(Algorithm algorithm, const Masters& masters)
    : TokenKeys(algorithm, crypto::RotatingKey(generations_of(masters))) {}

TokenKeys::TokenKeys(Algorithm algorithm, const crypto::RotatingKey& key)
    : state_(key, [algorithm](const crypto::KeyGenerations& masters) { return state_of(algorithm, masters); }) {}

TokenKeys::State TokenKeys::state_of(Algorithm algorithm, const crypto::KeyGenerations& masters) {
  State state;
  boost::json::array keys;
  const auto publish = [&](const Key& key) {
    auto members = std::visit([](const auto& kind) { return members_of(kind); }, key);
    auto id = thumbprint(members);
    members["kid"] = id;
    members["alg"] = name_of(algorithm);
    members["use"] = "sig";
    keys.push_back(std::move(members));
    return id;
  };
  if (!masters.current.empty()) {
    auto key = make_key(algorithm, masters.current);
    const auto id = publish(key);
    state.signer.emplace(std::move(key), encoded({{"alg", name_of(algorithm)}, {"kid", id}, {"typ", "session+jwt"}}));
  }
  if (!masters.next.empty()) publish(make_key(algorithm, masters.next));
  for (const auto& old : masters.old) publish(make_key(algorithm, old));
  state.key_set = boost::json::serialize(object{{"keys", std::move(keys)}});
  return state;
}

std::string TokenKeys::sign(const object& claims) const {
  const auto state = state_.get();
  if (!state->signer) throw std::logic_error("there is no key to sign tokens with");
  auto token = state->signer->header + '.' + encoded(claims);
  const auto message = crypto::as_bytes(token);
  const auto signature = std::visit([message](const auto& key) { return key.sign(message); }, state->signer->key);
  token += '.';
  token += crypto::base64url_encode(signature);
  return token;
}

}  // namespace secureauth::tokens
