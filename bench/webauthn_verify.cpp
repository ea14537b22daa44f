// Passkey assertions verified a second of processor time, one thread: the service's verify_authentication (§7.2, all
// steps) beside OpenSSL's bare EVP_DigestVerify of the same signature, with its key read once and with its key read
// each time. The three take turns of a few milliseconds, so that whatever else the machine does falls to all.
// Usage: webauthn_verify SECONDS ROUNDS; a round gives the bare side SECONDS. Prints a line of JSON an algorithm.

#include "crypto/digest.hpp"
#include "crypto/encoding.hpp"
#include "mfa/webauthn/authentication.hpp"
#include "mfa/webauthn/cose_key.hpp"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <iostream>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace secureauth;
using webauthn::CoseAlgorithm;
using webauthn::KeyHandle;
using Bytes = std::vector<std::byte>;

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

void demand(bool holds, const char* what) {
  if (holds) return;
  std::cerr << "webauthn_verify: " << what << '\n';
  std::exit(1);
}

unsigned char* raw(Bytes& bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}
const unsigned char* raw(std::span<const std::byte> bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

struct Kind {
  CoseAlgorithm algorithm;
  std::function<EVP_PKEY*()> generate;
  const EVP_MD* (*digest)();  ///< nothing for EdDSA, which hashes by itself
  bool pss = false;
  int curve = 0;  ///< COSE's number
};

EVP_PKEY* generate_ec(const char* curve) {
  return EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve);
}
EVP_PKEY* generate_rsa() {
  return EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048});
}

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all{
      {CoseAlgorithm::es256, [] { return generate_ec("P-256"); }, &EVP_sha256, false, 1},
      {CoseAlgorithm::es384, [] { return generate_ec("P-384"); }, &EVP_sha384, false, 2},
      {CoseAlgorithm::es512, [] { return generate_ec("P-521"); }, &EVP_sha512, false, 3},
      {CoseAlgorithm::eddsa, [] { return EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"); }, nullptr, false, 6},
      {CoseAlgorithm::ed448, [] { return EVP_PKEY_Q_keygen(nullptr, nullptr, "ED448"); }, nullptr, false, 7},
      {CoseAlgorithm::rs256, &generate_rsa, &EVP_sha256},
      {CoseAlgorithm::ps256, &generate_rsa, &EVP_sha256, true}};
  return all;
}

/// CTAP2's canonical CBOR, as much of it as a COSE_Key needs.
class Cbor {
 public:
  Cbor& map(std::size_t members) { return head(5, members); }
  Cbor& number(std::int64_t value) {
    return value < 0 ? head(1, static_cast<std::size_t>(-1 - value)) : head(0, static_cast<std::size_t>(value));
  }
  Cbor& bytes(std::span<const std::byte> value) {
    head(2, value.size());
    written_.insert(written_.end(), value.begin(), value.end());
    return *this;
  }
  [[nodiscard]] Bytes take() { return std::move(written_); }

 private:
  Cbor& head(unsigned major, std::size_t value) {
    const auto put = [this](std::size_t byte) { written_.push_back(static_cast<std::byte>(byte)); };
    const std::size_t type = std::size_t{major} << 5U;
    if (value < 24) {
      put(type | value);
    } else if (value < 256) {
      put(type | 24U), put(value);
    } else {
      put(type | 25U), put(value >> 8U), put(value & 0xFFU);
    }
    return *this;
  }
  Bytes written_;
};

Bytes point_of(EVP_PKEY* key) {
  std::size_t size = 0;
  EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, nullptr, 0, &size);
  Bytes point(size);
  demand(EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, raw(point), size, &size) == 1, "no point");
  point.resize(size);
  return point;
}

Bytes number_of(EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  demand(EVP_PKEY_get_bn_param(key, name, &number) == 1, "no number");
  Bytes bytes(static_cast<std::size_t>(BN_num_bytes(number)));
  BN_bn2bin(number, raw(bytes));
  BN_free(number);
  return bytes;
}

Bytes cose_key(const Kind& kind, EVP_PKEY* key) {
  const auto algorithm = static_cast<std::int64_t>(kind.algorithm);
  Cbor cbor;
  if (kind.curve == 0) {
    const auto modulus = number_of(key, OSSL_PKEY_PARAM_RSA_N);
    const auto exponent = number_of(key, OSSL_PKEY_PARAM_RSA_E);
    cbor.map(4).number(1).number(3).number(3).number(algorithm).number(-1).bytes(modulus).number(-2).bytes(exponent);
    return cbor.take();
  }
  const auto point = point_of(key);
  if (kind.digest == nullptr) {
    cbor.map(4).number(1).number(1).number(3).number(algorithm).number(-1).number(kind.curve).number(-2).bytes(point);
    return cbor.take();
  }
  const auto coordinates = std::span(point).subspan(1);  // behind the mark of an uncompressed point
  const auto half = coordinates.size() / 2;
  cbor.map(5).number(1).number(2).number(3).number(algorithm).number(-1).number(kind.curve);
  cbor.number(-2).bytes(coordinates.first(half)).number(-3).bytes(coordinates.subspan(half));
  return cbor.take();
}

void use_padding(const Kind& kind, EVP_PKEY_CTX* context) {
  if (!kind.pss) return;
  demand(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
             EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1,
         "no PSS");
}

const EVP_MD* digest_of(const Kind& kind) {
  return kind.digest == nullptr ? nullptr : kind.digest();
}

/// One assertion and everything that is needed to judge it.
struct Subject {
  KeyHandle key;
  Bytes public_key_der;  ///< SubjectPublicKeyInfo
  Bytes message;         ///< authenticator data ‖ SHA-256 of client data
  webauthn::RelyingParty relying_party;
  webauthn::AuthenticationResponse response;
  webauthn::KnownCredential known;
  Bytes challenge;
};

Bytes signature_over(const Kind& kind, EVP_PKEY* key, const Bytes& message) {
  const Context context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* parameters = nullptr;
  demand(EVP_DigestSignInit(context.get(), &parameters, digest_of(kind), nullptr, key) == 1, "cannot sign");
  use_padding(kind, parameters);
  std::size_t size = 0;
  EVP_DigestSign(context.get(), nullptr, &size, raw(message), message.size());
  Bytes signature(size);
  demand(EVP_DigestSign(context.get(), raw(signature), &size, raw(message), message.size()) == 1, "cannot sign");
  signature.resize(size);
  return signature;
}

/// As a browser writes it.
std::string client_data(const Bytes& challenge) {
  return R"({"type":"webauthn.get","challenge":")" + crypto::base64url_encode(challenge) +
         R"(","origin":"https://auth.example.org","crossOrigin":false})";
}

Bytes authenticator_data(const std::string& rp_id) {
  const auto hash = crypto::sha256(crypto::as_bytes(rp_id));
  Bytes data(hash.begin(), hash.end());
  data.push_back(std::byte{0x05});  // user present and verified
  for (const int byte : {0, 0, 0, 9}) data.push_back(static_cast<std::byte>(byte));
  return data;
}

Subject make_subject(const Kind& kind) {
  Subject made{.key = KeyHandle(kind.generate()),
               .public_key_der = {},
               .message = {},
               .relying_party = {.id = "auth.example.org", .origins = {"https://auth.example.org"}, .top_origins = {}},
               .response = {},
               .known = {},
               .challenge = Bytes(32, std::byte{0x5A})};
  demand(made.key != nullptr, "no key");
  unsigned char* der = nullptr;
  const int der_size = i2d_PUBKEY(made.key.get(), &der);
  demand(der_size > 0, "no public key");
  const auto der_bytes = std::as_bytes(std::span(der, static_cast<std::size_t>(der_size)));
  made.public_key_der.assign(der_bytes.begin(), der_bytes.end());
  OPENSSL_free(der);

  const auto text = client_data(made.challenge);
  const auto hash = crypto::sha256(crypto::as_bytes(text));
  const auto text_bytes = crypto::as_bytes(text);
  made.response.client_data_json.assign(text_bytes.begin(), text_bytes.end());
  made.response.authenticator_data = authenticator_data(made.relying_party.id);
  made.message = made.response.authenticator_data;
  made.message.insert(made.message.end(), hash.begin(), hash.end());
  made.response.signature = signature_over(kind, made.key.get(), made.message);
  made.response.credential_id = Bytes(32, std::byte{1});
  made.response.user_handle = Bytes(32, std::byte{2});
  made.known = {.id = made.response.credential_id,
                .user_handle = *made.response.user_handle,
                .public_key = cose_key(kind, made.key.get()),
                .backup_eligible = false,
                .sign_count = 8};
  return made;
}

bool verify_by_service(const Subject& subject) {
  const webauthn::AuthenticationExpectation expected{.relying_party = subject.relying_party,
                                                     .challenge = subject.challenge,
                                                     .user_verification = webauthn::UserVerification::required};
  return webauthn::verify_authentication(subject.response, subject.known, expected).has_value();
}

bool verify_bare(const Kind& kind, const Subject& subject, EVP_PKEY* key) {
  const Context context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* parameters = nullptr;
  if (EVP_DigestVerifyInit(context.get(), &parameters, digest_of(kind), nullptr, key) != 1) return false;
  use_padding(kind, parameters);
  return EVP_DigestVerify(context.get(), raw(subject.response.signature), subject.response.signature.size(),
                          raw(subject.message), subject.message.size()) == 1;
}

bool verify_bare_reading_the_key(const Kind& kind, const Subject& subject) {
  const auto* der = raw(subject.public_key_der);
  const KeyHandle key(d2i_PUBKEY(nullptr, &der, static_cast<long>(subject.public_key_der.size())));
  return verify_bare(kind, subject, key.get());
}

double processor_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

/// One of those that are compared: what it does, and what it has done in this round.
class Side {
 public:
  Side(const char* name, std::function<bool()> verify) : name_(name), verify_(std::move(verify)) {}

  void take_turn() {
    constexpr int kTurn = 32;  // verifications between two looks at the clock, which is a system call
    const double began = processor_seconds();
    for (int i = 0; i < kTurn; ++i) demand(verify_(), "a right assertion was refused");
    seconds_ += processor_seconds() - began;
    verified_ += kTurn;
  }
  void end_round() {
    rates_.push_back(verified_ / std::exchange(seconds_, 0));
    verified_ = 0;
  }
  [[nodiscard]] double seconds() const { return seconds_; }
  [[nodiscard]] const char* name() const { return name_; }
  [[nodiscard]] const std::vector<double>& rates() const { return rates_; }

 private:
  const char* name_;
  std::function<bool()> verify_;
  double verified_ = 0;
  double seconds_ = 0;
  std::vector<double> rates_;  ///< verifications a second of this thread's processor time, a round each
};

std::string list(const std::vector<double>& rates) {
  std::string text;
  for (const double one : rates) text += (text.empty() ? "" : ", ") + std::to_string(one);
  return "[" + text + "]";
}

void measure(const Kind& kind, double seconds, unsigned rounds) {
  const auto subject = make_subject(kind);
  std::array sides{Side("bare", [&] { return verify_bare(kind, subject, subject.key.get()); }),
                   Side("service", [&] { return verify_by_service(subject); }),
                   Side("bare_reading_the_key", [&] { return verify_bare_reading_the_key(kind, subject); })};
  for (unsigned i = 0; i < rounds; ++i) {
    while (sides.front().seconds() < seconds) {
      for (auto& side : sides) side.take_turn();
    }
    for (auto& side : sides) side.end_round();
  }
  std::cout << R"({"algorithm": ")" << webauthn::to_text(kind.algorithm) << '"';
  for (const auto& side : sides) std::cout << ", \"" << side.name() << "\": " << list(side.rates());
  std::cout << "}" << std::endl;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() != 2 || sodium_init() < 0) {
    std::cerr << "usage: webauthn_verify SECONDS ROUNDS\n";
    return 2;
  }
  try {
    const double seconds = std::stod(arguments[0]);
    const auto rounds = static_cast<unsigned>(std::stoul(arguments[1]));
    for (const auto& kind : kinds()) measure(kind, seconds, rounds);
  } catch (const std::logic_error&) {
    std::cerr << "webauthn_verify: the arguments must be numbers\n";
    return 2;
  }
}
