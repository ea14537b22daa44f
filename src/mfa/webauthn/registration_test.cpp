#include "mfa/webauthn/registration.hpp"

#include "mfa/webauthn/cbor.hpp"
#include "mfa/webauthn/vectors_fixture.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace secureauth::webauthn {
namespace {

constexpr std::string_view kPlain = "none-es256";

std::size_t place_of_data(const Bytes& object) {
  const auto rp_id_hash = crypto::sha256(crypto::as_bytes("example.org"));
  return place_of(rp_id_hash, object);
}

/// A registration whose authenticator data has these flags set and those cleared.
RegistrationCase with_flags(unsigned set, unsigned clear, std::string_view name = kPlain) {
  RegistrationCase one(name);
  auto& flags = one.response.attestation_object.at(place_of_data(one.response.attestation_object) + 32);
  flags = (flags | std::byte(set)) & ~std::byte(clear);
  return one;
}

Bytes data_of(const RegistrationCase& one) {
  const auto object = cbor::read(one.response.attestation_object);
  const auto data = object->find_bytes("authData").value();
  return {data.begin(), data.end()};
}

// WA §16
TEST(Registration, TheSpecificationsOwnAreValid) {
  const auto root = root_of_vectors();
  ASSERT_EQ(names_of("registration").size(), 15U);
  for (const auto& name : names_of("registration")) {
    const auto& vector = vector_named(name + "/registration");
    RegistrationCase one(name);
    one.relying_party.cross_origin = vector.at("cross_origin").as_bool();
    if (vector.at("top_origin").is_string()) one.relying_party.top_origins = {"https://example.com"};
    const auto lax = one.verdict();
    ASSERT_TRUE(lax) << name << ": step " << lax.error().step << ", " << lax.error().detail;
    EXPECT_EQ(lax->id, decoded(vector.at("credential_id"))) << name;
    EXPECT_EQ(lax->public_key, decoded(vector.at("credential_public_key"))) << name;
    EXPECT_EQ(static_cast<int>(lax->algorithm), vector.at("cose_alg").as_int64()) << name;
    EXPECT_EQ(lax->attestation_format, vector.at("format").as_string()) << name;
    EXPECT_EQ(lax->user_verified, vector.at("flags").at("UV").as_bool()) << name;
    EXPECT_EQ(lax->backup_eligible, vector.at("flags").at("BE").as_bool()) << name;
    EXPECT_EQ(lax->backed_up, vector.at("flags").at("BS").as_bool()) << name;
    const bool has_aaguid = vector.at("format").as_string() != "fido-u2f";  // §8.6: nobody signs that it is this one
    EXPECT_EQ(is_zero(lax->aaguid), !has_aaguid) << name;
    EXPECT_TRUE(!has_aaguid || crypto::hex_encode(lax->aaguid) == vector.at("aaguid").as_string()) << name;
    EXPECT_FALSE(lax->attested) << name << ": nobody is trusted";

    one.policy = {.conveyance = AttestationConveyance::direct, .trust = &root};
    const auto strict = one.verdict();
    EXPECT_EQ(strict.has_value(), vector.at("needs_trust_root").as_bool()) << name;
    EXPECT_EQ(strict ? 0 : strict.error().step, vector.at("needs_trust_root").as_bool() ? 0 : 24) << name;
    EXPECT_TRUE(!strict || strict->attested) << name;
    const TrustRoots nobody({});
    one.policy.trust = &nobody;
    EXPECT_FALSE(one.verdict()) << name << ": a chain that leads nowhere";
  }
}

// WA §8.6: flags that nobody signs verify no user
TEST(Registration, Step16FlagsOfU2fDoNotCount) {
  const auto claimed = with_flags(4, 0, "fido-u2f-es256");
  ASSERT_TRUE(claimed.verdict());
  EXPECT_FALSE(claimed.verdict()->user_verified);
  auto required = claimed;
  required.user_verification = UserVerification::required;
  EXPECT_EQ(required.failed(), 16);
}

// WA §7.1 step 5
TEST(Registration, Step5ClientDataIsUtf8WithOneByteOrderMarkAtMost) {
  const std::string mark = "\xEF\xBB\xBF";
  RegistrationCase marked(kPlain);
  change(marked.response.client_data_json, "{", mark + "{");
  EXPECT_EQ(marked.failed(), 0) << "there is no signature over it";
  change(marked.response.client_data_json, mark, mark + mark);
  EXPECT_EQ(marked.failed(), 5);
  RegistrationCase broken(kPlain);
  change(broken.response.client_data_json, "}", "\xff}");
  EXPECT_EQ(broken.failed(), 5);
  RegistrationCase huge(kPlain);
  const auto size = huge.response.client_data_json.size();
  change(huge.response.client_data_json, "{", "{" + std::string(8192 - size, ' '));
  EXPECT_EQ(huge.failed(), 0);
  change(huge.response.client_data_json, "{", "{ ");
  EXPECT_EQ(huge.failed(), 5);
}

// WA §7.1 step 6
TEST(Registration, Step6ClientDataIsOneJsonObject) {
  const auto failed = [](std::string_view piece, const std::string& other) {
    RegistrationCase one(kPlain);
    change(one.response.client_data_json, piece, other);
    return one.failed();
  };
  EXPECT_EQ(failed("{\"type\"", "[{\"type\""), 6);
  EXPECT_EQ(failed("}", "}x"), 6);
  EXPECT_EQ(failed("}", ",\"challenge\":\"\"}"), 6) << "a member twice";
  EXPECT_EQ(failed("}", ",\"x\":" + std::string(3000, '[') + std::string(3000, ']') + "}"), 6);
  RegistrationCase array(kPlain);
  const auto bytes = crypto::as_bytes("[]");
  array.response.client_data_json.assign(bytes.begin(), bytes.end());
  EXPECT_EQ(array.failed(), 6);
}

// WA §7.1 step 7
TEST(Registration, Step7TheTypeIsCreateToTheLetter) {
  for (const auto* other : {"webauthn.get", "webauthn.Create", "WEBAUTHN.CREATE", "webauthn.create ", ""}) {
    RegistrationCase one(kPlain);
    change(one.response.client_data_json, "webauthn.create", other);
    EXPECT_EQ(one.failed(), 7) << other;
  }
  RegistrationCase missing(kPlain);
  change(missing.response.client_data_json, "\"type\"", "\"tYpe\"");
  EXPECT_EQ(missing.failed(), 7);
}

// WA §7.1 step 8
TEST(Registration, Step8TheChallengeIsTheOneThatWasAsked) {
  RegistrationCase other(kPlain);
  other.challenge.back() ^= std::byte{1};
  EXPECT_EQ(other.failed(), 8);
  const std::string challenge = crypto::base64url_encode(RegistrationCase(kPlain).challenge);
  for (const auto& form : {challenge + "=", std::string(), challenge.substr(1), challenge + "A"}) {
    RegistrationCase one(kPlain);
    change(one.response.client_data_json, challenge, form);
    EXPECT_EQ(one.failed(), 8) << form;
  }
  RegistrationCase number(kPlain);
  change(number.response.client_data_json, '"' + challenge + '"', "7");
  EXPECT_EQ(number.failed(), 8);
}

// WA §7.1 step 9
TEST(Registration, Step9TheOriginIsListedByteForByte) {
  for (const auto* other :
       {"http://example.org", "https://example.org:444", "https://example.org.evil.example", "https://evil-example.org",
        "https://example.org.", "HTTPS://EXAMPLE.ORG", "https://example.org/", "null", ""}) {
    RegistrationCase one(kPlain);
    change(one.response.client_data_json, "https://example.org", other);
    EXPECT_EQ(one.failed(), 9) << other;
  }
  RegistrationCase listed(kPlain);
  change(listed.response.client_data_json, "https://example.org", "https://example.org:8443");
  listed.relying_party.origins.emplace_back("https://example.org:8443");
  EXPECT_EQ(listed.failed(), 0);
}

// WA §7.1 steps 10 and 11
TEST(Registration, Steps10And11FramesOfOtherSitesAreRefusedUnlessTheyAreListed) {
  RegistrationCase framed("none-es256-crossOrigin");
  EXPECT_EQ(framed.failed(), 10);
  framed.relying_party.cross_origin = true;
  EXPECT_EQ(framed.failed(), 0);

  RegistrationCase text(kPlain);
  change(text.response.client_data_json, "\"crossOrigin\":false", "\"crossOrigin\":\"true\"");
  EXPECT_EQ(text.failed(), 10);

  RegistrationCase top("none-es256-topOrigin");
  EXPECT_EQ(top.failed(), 10) << "it is in a frame, too";
  top.relying_party.cross_origin = true;
  EXPECT_EQ(top.failed(), 11);
  top.relying_party.top_origins = {"https://example.com"};
  EXPECT_EQ(top.failed(), 0);
  change(top.response.client_data_json, "\"crossOrigin\":true", "\"crossOrigin\":false");
  EXPECT_EQ(top.failed(), 11) << "a top origin of what is in no frame";
}

// WA §7.1 step 12
TEST(Registration, Step12TheHashIsOfTheBytesAsTheyCame) {
  RegistrationCase spaced("packed-self-es256");
  EXPECT_EQ(spaced.failed(), 0);
  change(spaced.response.client_data_json, "{", "{ ");
  EXPECT_EQ(spaced.failed(), 22) << "it means the same, and is not what was signed";
}

// WA §7.1 step 13
TEST(Registration, Step13TheAttestationObjectIsWholeAndCanonical) {
  const RegistrationCase valid(kPlain);
  const auto& object = valid.response.attestation_object;
  for (std::size_t size = 0; size < object.size(); ++size) {
    RegistrationCase cut(kPlain);
    cut.response.attestation_object.resize(size);
    ASSERT_EQ(cut.failed(), 13) << size;
  }
  RegistrationCase longer(kPlain);
  longer.response.attestation_object.push_back(std::byte{0});
  EXPECT_EQ(longer.failed(), 13);
  RegistrationCase nested(kPlain);
  nested.response.attestation_object.assign(60 * 1024, std::byte{0x81});
  EXPECT_EQ(nested.failed(), 13);
  RegistrationCase indefinite(kPlain);
  indefinite.response.attestation_object.front() = std::byte{0xbf};
  indefinite.response.attestation_object.push_back(std::byte{0xff});
  EXPECT_EQ(indefinite.failed(), 13);
  EXPECT_EQ(with_flags(0, 0x40).failed(), 13) << "AT clear";
  EXPECT_EQ(with_flags(0x80, 0).failed(), 13) << "ED without extensions";

  auto data = data_of(valid);
  const auto failed_with = [](Bytes made) {
    RegistrationCase one(kPlain);
    one.response.attestation_object = std::move(made);
    return one.failed();
  };
  EXPECT_EQ(failed_with(attestation_object("none", data)), 0);
  data.push_back(std::byte{0});
  EXPECT_EQ(failed_with(attestation_object("none", data)), 13) << "a byte behind the key";
  data.back() = std::byte{0xa0};
  data.at(32) |= std::byte{0x80};
  EXPECT_EQ(failed_with(attestation_object("none", data)), 0) << "a map of extensions with ED";
  data.back() = std::byte{0x80};
  EXPECT_EQ(failed_with(attestation_object("none", data)), 13) << "extensions that are no map";
}

// WA §7.1 step 14
TEST(Registration, Step14TheAuthenticatorWasAskedByThisRelyingParty) {
  for (const auto* other : {"org", "login.example.org", "example.com", ""}) {
    RegistrationCase one(kPlain);
    one.relying_party.id = other;
    EXPECT_EQ(one.failed(), 14) << other;
  }
}

// WA §7.1 steps 15 to 18
TEST(Registration, Steps15To18TheFlagsAreWhatTheOptionsAndThePolicyAskFor) {
  EXPECT_EQ(with_flags(0, 0x01).failed(), 15) << "UP clear";
  auto unverified = with_flags(0, 0x04);
  unverified.user_verification = UserVerification::preferred;
  EXPECT_EQ(unverified.failed(), 0);
  unverified.user_verification = UserVerification::required;
  EXPECT_EQ(unverified.failed(), 16) << "UV clear";
  EXPECT_EQ(with_flags(0x10, 0x08).failed(), 17) << "BS without BE";
  auto eligible = with_flags(0x08, 0x10);
  EXPECT_EQ(eligible.failed(), 0);
  EXPECT_FALSE(eligible.verdict()->backed_up);
  eligible.device_bound_only = true;
  EXPECT_EQ(eligible.failed(), 18);
  auto bound = with_flags(0, 0x18);
  bound.device_bound_only = true;
  EXPECT_EQ(bound.failed(), 0);
}

// WA §7.1 step 20, §5.8.5
TEST(Registration, Step20TheKeyIsOfAnAlgorithmThatWasOffered) {
  RegistrationCase one(kPlain);
  std::erase(one.algorithms, CoseAlgorithm::es256);
  EXPECT_EQ(one.failed(), 20);
  RegistrationCase off_curve(kPlain);
  const auto key = off_curve.verdict()->public_key;
  const auto at = place_of(key, off_curve.response.attestation_object);
  off_curve.response.attestation_object.at(at + key.size() - 1) ^= std::byte{1};
  EXPECT_EQ(off_curve.failed(), 20);
}

// WA §7.1 step 21
TEST(Registration, Step21TheFormatIsKnownToTheLetter) {
  const auto data = data_of(RegistrationCase(kPlain));
  for (const auto* format : {"None", "Packed", "android-safetynet", "x", ""}) {
    RegistrationCase one(kPlain);
    one.response.attestation_object = attestation_object(format, data);
    EXPECT_EQ(one.failed(), 21) << format;
  }
}

// WA §7.1 step 22, §8.7
TEST(Registration, Step22NoneStatesNothingAndASelfAttestationSignsEveryByte) {
  RegistrationCase stated(kPlain);
  const Bytes statement{std::byte{0xa1}, std::byte{0x61}, std::byte{'x'}, std::byte{0}};
  stated.response.attestation_object = attestation_object("none", data_of(stated), statement);
  EXPECT_EQ(stated.failed(), 22);
  RegistrationCase self("packed-self-es256");
  const auto at = place_of_data(self.response.attestation_object);
  self.response.attestation_object.at(at + 36) ^= std::byte{1};  // the sign count
  EXPECT_EQ(self.failed(), 22);
}

// WA §7.1 step 24
TEST(Registration, Step24CertificatesAreValidNowAndLeadToATrustedRoot) {
  const auto root = root_of_vectors();
  RegistrationCase one("packed-es256");
  one.policy = {.conveyance = AttestationConveyance::direct, .trust = &root};
  EXPECT_EQ(one.failed(), 0);
  one.now = from_rfc3339("3026-01-01T00:00:00Z");
  EXPECT_EQ(one.failed(), 24) << "expired";
  one.now = from_rfc3339("2023-01-01T00:00:00Z");
  EXPECT_EQ(one.failed(), 24) << "not valid yet";
  one.now = time_of_vectors();
  one.policy.denied = {one.verdict()->aaguid};
  EXPECT_EQ(one.failed(), 24);
  one.policy.denied.clear();
  one.policy.allowed = {Aaguid{std::byte{1}}};
  EXPECT_EQ(one.failed(), 24);
}

// WA §7.1 step 25
TEST(Registration, Step25ACredentialIdHas1To1023Bytes) {
  RegistrationCase longest("none-es256-long-credential-id");
  EXPECT_EQ(longest.verdict()->id.size(), 1023U);
  constexpr std::size_t kLength = 32 + 1 + 4 + 16;  // where its length stands in authenticator data
  auto data = data_of(longest);
  data.at(kLength) = std::byte{4};
  data.at(kLength + 1) = std::byte{0};
  data.insert(data.begin() + kLength + 2, std::byte{7});
  longest.response.attestation_object = attestation_object("none", data);
  EXPECT_EQ(longest.failed(), 25) << "1024";
  RegistrationCase empty(kPlain);
  data = data_of(empty);
  data.erase(data.begin() + kLength + 2, data.begin() + kLength + 2 + std::to_integer<int>(data.at(kLength + 1)));
  data.at(kLength + 1) = std::byte{0};
  empty.response.attestation_object = attestation_object("none", data);
  EXPECT_EQ(empty.failed(), 25) << "0";
}

}  // namespace
}  // namespace secureauth::webauthn
