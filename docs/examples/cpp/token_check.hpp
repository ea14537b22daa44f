#pragma once

#include <boost/json.hpp>
#include <openssl/evp.h>

#include <ctime>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

/// Base64url without padding (RFC 4648 §5).
inline std::string decoded(std::string_view text) {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string bytes;
  unsigned held = 0;
  int bits = 0;
  for (const char letter : text) {
    const auto value = kLetters.find(letter);
    if (value == std::string_view::npos) throw std::runtime_error("not base64url");
    held = (held << 6 | static_cast<unsigned>(value)) & 0xffffU;
    bits += 6;
    if (bits >= 8) bytes += static_cast<char>(held >> (bits -= 8) & 0xffU);
  }
  return bytes;
}

inline bool is_signed(std::string_view message, const std::string& signature, const std::string& public_key) {
  const auto bytes = [](std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); };
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes(public_key), public_key.size()), &EVP_PKEY_free);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  return key && context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), bytes(signature), signature.size(), bytes(message), message.size()) == 1;
}

/// The claims of a token of POST /auth/token, checked without asking the service; throws. `key_set` is that of
/// /.well-known/jwks.json: keep it for five minutes, and fetch it again when a token names a key that is not in it.
inline boost::json::object check_token(std::string_view token, const boost::json::object& key_set,
                                       std::string_view issuer, std::string_view audience) {
  const auto second = token.rfind('.');
  const auto first = token.find('.');
  if (first == std::string_view::npos || first == second) throw std::runtime_error("not a token");
  const auto header = boost::json::parse(decoded(token.substr(0, first))).as_object();
  if (header.at("alg").as_string() != "EdDSA" ||
      header.at("typ").as_string() != "session+jwt") {  // never the token's own choice (RFC 8725 §3.1)
    throw std::runtime_error("not a token of this service");
  }
  for (const auto& one : key_set.at("keys").as_array()) {
    const auto& key = one.as_object();
    if (key.at("kid") != header.at("kid") || key.at("crv").as_string() != "Ed25519") continue;
    if (!is_signed(token.substr(0, second), decoded(token.substr(second + 1)), decoded(key.at("x").as_string()))) {
      throw std::runtime_error("forged");
    }
    auto claims = boost::json::parse(decoded(token.substr(first + 1, second - first - 1))).as_object();
    if (claims.at("iss").as_string() != issuer || claims.at("aud").as_string() != audience ||
        claims.at("exp").as_int64() <= std::time(nullptr)) {
      throw std::runtime_error("of another service, for another service, or over");
    }
    return claims;
  }
  throw std::runtime_error("signed with an unknown key");
}
