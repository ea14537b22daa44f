#pragma once

#include "crypto/p256_signing_key.hpp"
#include "crypto/rotating_key.hpp"
#include "crypto/signing_key.hpp"

#include <boost/json.hpp>

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace secureauth::tokens {

enum class Algorithm { eddsa, es256 };  ///< RFC 8037 with Ed25519; RFC 7518 §3.4

/// The keys that tokens are signed with: one signs; the one after it and those before it are published only, so that
/// services that keep the set for a while know every key that they meet. What is made from a master key depends on the
/// algorithm: no key is used with two (RFC 8725 §3.1, §3.2). Thread-safe.
class TokenKeys {
 public:
  /// Master keys of 32 bytes. An empty `current` one signs nothing; an empty `next` one is none.
  struct Masters {
    const crypto::SecretBytes& current;
    const crypto::SecretBytes& next;
    const std::vector<crypto::SecretBytes>& old;
  };
  TokenKeys(Algorithm algorithm, const Masters& masters);
  /// The same of a key that may be replaced.
  TokenKeys(Algorithm algorithm, const crypto::RotatingKey& key);

  [[nodiscard]] bool can_sign() const { return state_.get()->signer.has_value(); }

  /// The claims as a JWS in compact form (RFC 7515 §3.1), of type `session+jwt`, so that it is nothing in the place of
  /// another kind of token (RFC 8725 §3.11). Throws std::logic_error unless can_sign().
  [[nodiscard]] std::string sign(const boost::json::object& claims) const;

  /// `{"keys": […]}`: the public halves, each once, the one that signs first (RFC 7517 §5).
  [[nodiscard]] std::string key_set() const { return state_.get()->key_set; }

 private:
  using Key = std::variant<crypto::SigningKey, crypto::P256SigningKey>;
  struct Signer {
    Key key;
    std::string header;  ///< base64url
  };
  struct State {
    std::optional<Signer> signer;
    std::string key_set;
  };
  static Key make_key(Algorithm algorithm, const crypto::SecretBytes& master);
  static State state_of(Algorithm algorithm, const crypto::KeyGenerations& masters);

  crypto::Derived<State> state_;
};

}  // namespace secureauth::tokens
