// COSE keys: what is read as one must be usable, and must verify nothing that its owner did not sign.
#include "vectors.hpp"

#include <algorithm>
#include <array>

namespace secureauth::fuzz {
namespace {

using webauthn::CoseKey;

/// Signatures that a careless verifier takes: nothing, zero, one, r = s = 0 and r = s = 1 in DER, and for Ed25519 the
/// identity as R with S = 0, which holds for keys of small order.
const std::vector<Bytes>& careless_signatures() {
  static const auto all = [] {
    std::vector<Bytes> made;
    for (const std::size_t size : {0U, 64U, 114U, 256U, 384U, 512U}) {
      made.emplace_back(size);
      if (size == 0) continue;
      made.emplace_back(size).back() = std::byte{1};
      made.emplace_back(size).front() = std::byte{1};
    }
    for (const auto number : {std::byte{0}, std::byte{1}}) {
      made.push_back(
          {std::byte{0x30}, std::byte{6}, std::byte{2}, std::byte{1}, number, std::byte{2}, std::byte{1}, number});
    }
    return made;
  }();
  return all;
}

void check_signatures(const CoseKey& key, std::span<const std::byte> cbor) {
  static const Bytes message(69, std::byte{0x42});  // as long as authenticator data and a hash
  for (const auto& signature : careless_signatures()) {
    require(!key.verifies(signature, message), "a key verifies nothing that was not signed");
  }
  for (const auto& vector : authentications()) {
    auto known = vector.known;
    known.public_key = copy(cbor);
    const auto verdict = webauthn::verify_authentication(vector.response, known, expecting(vector));
    require(verdict.has_value() == (known.public_key == vector.known.public_key),
            "an assertion holds under the key that made it and under no other");
  }
}

void check_key(const CoseKey& key, std::span<const std::byte> cbor) {
  require(key.key() != nullptr && EVP_PKEY_get_bits(key.key()) <= 4096, "a key that was read is of bounded size");
  require(webauthn::cose_algorithm_from(static_cast<std::int64_t>(key.algorithm())) == key.algorithm(),
          "its algorithm is a known one");
  const bool has_coordinates = !key.x().empty();
  require(has_coordinates == (EVP_PKEY_get_base_id(key.key()) == EVP_PKEY_EC) && key.x().size() == key.y().size(),
          "keys on a curve with two coordinates have both");
  const auto again = CoseKey::parse(cbor);
  require(again && EVP_PKEY_eq(again->key(), key.key()) == 1, "reading gives the same key each time");
  check_signatures(key, cbor);
}

}  // namespace
}  // namespace secureauth::fuzz

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace secureauth::fuzz;
  const auto input = std::as_bytes(std::span(data, size));
  if (const auto key = secureauth::webauthn::CoseKey::parse(input)) check_key(*key, input);
  return 0;
}
