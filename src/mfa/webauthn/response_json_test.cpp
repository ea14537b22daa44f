#include "mfa/webauthn/response_json.hpp"

#include "crypto/encoding.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include <algorithm>

namespace secureauth::webauthn {
namespace {

namespace json = boost::json;
using Bytes = std::vector<std::byte>;

Bytes bytes(std::string_view text) {
  const auto view = std::as_bytes(std::span(text));
  return {view.begin(), view.end()};
}

// "client", "object", "id", "data", "sign", "owner"
const json::object kFlatRegistration = {
    {"client_data_json", "Y2xpZW50"}, {"attestation_object", "b2JqZWN0"}, {"transports", {"usb", "internal"}}};
const json::object kFlatAuthentication = {{"credential_id", "aWQ"},
                                          {"client_data_json", "Y2xpZW50"},
                                          {"authenticator_data", "ZGF0YQ"},
                                          {"signature", "c2lnbg"},
                                          {"user_handle", "b3duZXI"}};

/// As PublicKeyCredential.toJSON() gives it (§5.1), what is there for those who cannot read CBOR included.
json::object standard_registration() {
  return json::parse(R"({"id": "aWQ", "rawId": "aWQ", "type": "public-key", "authenticatorAttachment": "platform",
      "clientExtensionResults": {"credProps": {"rk": true}},
      "response": {"clientDataJSON": "Y2xpZW50", "attestationObject": "b2JqZWN0", "authenticatorData": "ZGF0YQ",
                   "transports": ["usb", "internal"], "publicKey": "AA", "publicKeyAlgorithm": -7}})")
      .as_object();
}
json::object standard_authentication() {
  return json::parse(R"({"id": "aWQ", "rawId": "aWQ", "type": "public-key", "authenticatorAttachment": null,
      "clientExtensionResults": {},
      "response": {"clientDataJSON": "Y2xpZW50", "authenticatorData": "ZGF0YQ", "signature": "c2lnbg",
                   "userHandle": "b3duZXI"}})")
      .as_object();
}

json::object with(json::object body, std::string_view name, json::value value) {
  body[name] = std::move(value);
  return body;
}
json::object without(json::object body, std::string_view name) {
  body.erase(name);
  return body;
}
/// The same of what is in a standard form's response.
json::object with_inner(json::object body, std::string_view name, json::value value) {
  body.at("response").as_object()[name] = std::move(value);
  return body;
}
json::object without_inner(json::object body, std::string_view name) {
  body.at("response").as_object().erase(name);
  return body;
}

int registration_fails(const json::object& body) {
  const auto response = read_registration(body);
  return response ? 0 : response.error().step;
}
int authentication_fails(const json::object& body) {
  const auto response = read_authentication(body);
  return response ? 0 : response.error().step;
}

TEST(RegistrationJson, IsReadInEachOfItsForms) {
  for (const auto& body : {kFlatRegistration, standard_registration(),
                           json::object{{"credential", standard_registration()}, {"challenge_id", "x"}}}) {
    const auto response = read_registration(body);
    ASSERT_TRUE(response) << body << response.error().detail;
    EXPECT_EQ(response->client_data_json, bytes("client"));
    EXPECT_EQ(response->attestation_object, bytes("object"));
    EXPECT_EQ(response->transports, (std::vector<std::string>{"internal", "usb"}));
  }
}

TEST(AuthenticationJson, IsReadInEachOfItsForms) {
  for (const auto& body : {kFlatAuthentication, standard_authentication(),
                           json::object{{"credential", standard_authentication()}, {"challenge_id", "x"}}}) {
    const auto response = read_authentication(body);
    ASSERT_TRUE(response) << body << response.error().detail;
    EXPECT_EQ(response->credential_id, bytes("id"));
    EXPECT_EQ(response->client_data_json, bytes("client"));
    EXPECT_EQ(response->authenticator_data, bytes("data"));
    EXPECT_EQ(response->signature, bytes("sign"));
    EXPECT_EQ(response->user_handle, bytes("owner"));
  }
}

// WA §7.1 step 3
TEST(RegistrationJson, HasTheFieldsOfARegistrationAndNoneOfALogin) {
  for (const auto* name : {"client_data_json", "attestation_object"}) {
    EXPECT_EQ(registration_fails(without(kFlatRegistration, name)), 3) << name;
    EXPECT_EQ(registration_fails(with(kFlatRegistration, name, 7)), 3) << name;
    EXPECT_EQ(registration_fails(with(kFlatRegistration, name, nullptr)), 3) << name;
  }
  for (const auto* name : {"signature", "user_handle", "authenticator_data"}) {
    EXPECT_EQ(registration_fails(with(kFlatRegistration, name, "AA")), 3) << name;
  }
  for (const auto* name : {"clientDataJSON", "attestationObject"}) {
    EXPECT_EQ(registration_fails(without_inner(standard_registration(), name)), 3) << name;
    EXPECT_EQ(registration_fails(with_inner(standard_registration(), name, json::array{})), 3) << name;
  }
  for (const auto* name : {"signature", "userHandle"}) {
    EXPECT_EQ(registration_fails(with_inner(standard_registration(), name, "AA")), 3) << name;
  }
  EXPECT_EQ(registration_fails(kFlatAuthentication), 3);
  EXPECT_EQ(registration_fails(standard_authentication()), 3);
  EXPECT_EQ(registration_fails({}), 3);
}

// WA §7.2 step 3
TEST(AuthenticationJson, HasTheFieldsOfALoginAndNoneOfARegistration) {
  for (const auto* name : {"credential_id", "client_data_json", "authenticator_data", "signature"}) {
    EXPECT_EQ(authentication_fails(without(kFlatAuthentication, name)), 3) << name;
    EXPECT_EQ(authentication_fails(with(kFlatAuthentication, name, true)), 3) << name;
  }
  EXPECT_EQ(authentication_fails(with(kFlatAuthentication, "attestation_object", "AA")), 3);
  for (const auto* name : {"clientDataJSON", "authenticatorData", "signature"}) {
    EXPECT_EQ(authentication_fails(without_inner(standard_authentication(), name)), 3) << name;
  }
  EXPECT_EQ(authentication_fails(with_inner(standard_authentication(), "attestationObject", "AA")), 3);
  EXPECT_EQ(authentication_fails(kFlatRegistration), 3);
  EXPECT_EQ(authentication_fails(standard_registration()), 3);
  EXPECT_EQ(authentication_fails({}), 3);
  EXPECT_EQ(authentication_fails(with(kFlatAuthentication, "credential_id", "aWQ=")), 3);
  EXPECT_EQ(authentication_fails(with(kFlatAuthentication, "user_handle", 5)), 3);
}

// WA §5.1: one credential of the type that there is
TEST(ResponseJson, IsAPublicKeyCredentialInOneForm) {
  for (const auto& body : {standard_registration(), standard_authentication()}) {
    const bool registers = body.at("response").as_object().contains("attestationObject");
    const auto fails = registers ? registration_fails : authentication_fails;
    const auto& flat = registers ? kFlatRegistration : kFlatAuthentication;
    ASSERT_EQ(fails(body), 0);
    for (const auto* type : {"", "Public-Key", "public-key "}) EXPECT_EQ(fails(with(body, "type", type)), 3) << type;
    EXPECT_EQ(fails(without(body, "type")), 3);
    EXPECT_EQ(fails(with(body, "id", "aWR")), 3) << "id and rawId differ";
    EXPECT_EQ(fails(with(with(body, "id", 7), "rawId", 7)), 3);
    EXPECT_EQ(fails(without(body, "rawId")), 3);
    EXPECT_EQ(fails(with(body, "response", json::array{})), 3);
    EXPECT_EQ(fails(without(body, "response")), 3);
    EXPECT_EQ(fails({{"credential", json::array{body}}}), 3);
    EXPECT_EQ(fails({{"credential", {{"credential", body}}}}), 3);
    EXPECT_EQ(fails(with(flat, "credential", body)), 3) << "two forms at once";
    auto both = flat;
    for (const auto& [name, value] : body) both[name] = value;
    EXPECT_EQ(fails(both), 3) << "two forms at once";
  }
}

// WA §7.1 step 4, §7.2 step 4
TEST(ResponseJson, TakesAnyExtensionResultsThatAreAnObject) {
  json::object many;
  for (int i = 0; i < 10'000; ++i) many[std::to_string(i)] = true;
  const json::object unknown{{"unheard-of", {{"of", {1, 2, 3}}}}};
  for (const auto& wrong : {json::value(json::array{}), json::value("x"), json::value(nullptr), json::value(many)}) {
    EXPECT_EQ(registration_fails(with(standard_registration(), "clientExtensionResults", wrong)), 4);
    EXPECT_EQ(registration_fails(with(kFlatRegistration, "client_extension_results", wrong)), 4);
    EXPECT_EQ(authentication_fails(with(standard_authentication(), "clientExtensionResults", wrong)), 4);
    EXPECT_EQ(authentication_fails(with(kFlatAuthentication, "client_extension_results", wrong)), 4);
  }
  EXPECT_EQ(registration_fails(with(standard_registration(), "clientExtensionResults", unknown)), 0);
  EXPECT_EQ(registration_fails(without(standard_registration(), "clientExtensionResults")), 0);
  EXPECT_EQ(authentication_fails(with(kFlatAuthentication, "client_extension_results", unknown)), 0);
}

// WA §7.1 step 5
TEST(ResponseJson, IsBase64urlWithoutPadding) {
  for (const auto* text : {"Y2xpZW50Cg==", "Y2xpZW5=", "+/+/", "Y2xp ZW50", "Y2xpZW50\n", "Y2xpZW5", "Y", "\xc3\xa9"}) {
    EXPECT_EQ(registration_fails(with(kFlatRegistration, "client_data_json", text)), 5) << text;
    EXPECT_EQ(registration_fails(with_inner(standard_registration(), "clientDataJSON", text)), 5) << text;
    EXPECT_EQ(registration_fails(with(kFlatRegistration, "attestation_object", text)), 13) << text;
    for (const auto* name : {"client_data_json", "authenticator_data", "signature"}) {
      EXPECT_EQ(authentication_fails(with(kFlatAuthentication, name, text)), 7) << name << ' ' << text;
    }
    EXPECT_EQ(authentication_fails(with(kFlatAuthentication, "user_handle", text)), 6) << text;
  }
}

TEST(ResponseJson, IsNoLongerThanAnyAuthenticatorMakesIt) {
  const auto text = [](std::size_t size) { return json::value(crypto::base64url_encode(Bytes(size))); };
  EXPECT_EQ(registration_fails(with(kFlatRegistration, "client_data_json", text(8192))), 0);
  EXPECT_EQ(registration_fails(with(kFlatRegistration, "client_data_json", text(8193))), 5);
  EXPECT_EQ(registration_fails(with(kFlatRegistration, "attestation_object", text(32768))), 0);
  EXPECT_EQ(registration_fails(with(kFlatRegistration, "attestation_object", text(32769))), 13);
  EXPECT_EQ(authentication_fails(with(kFlatAuthentication, "client_data_json", text(8193))), 7);
  for (const auto* name : {"authenticator_data", "signature"}) {
    EXPECT_EQ(authentication_fails(with(kFlatAuthentication, name, text(4096))), 0) << name;
    EXPECT_EQ(authentication_fails(with(kFlatAuthentication, name, text(4097))), 7) << name;
  }
}

// WA §7.1 step 27, §5.8.4
TEST(RegistrationJson, KeepsTheTransportsThatItKnowsOnce) {
  const auto kept = [](json::value transports) {
    return read_registration(with(kFlatRegistration, "transports", std::move(transports))).value().transports;
  };
  EXPECT_EQ(kept({"usb", "carrier-pigeon", "nfc", "usb", "USB", ""}), (std::vector<std::string>{"nfc", "usb"}));
  EXPECT_EQ(kept({"usb", "smart-card", "nfc", "internal", "hybrid", "ble"}),
            (std::vector<std::string>{"ble", "hybrid", "internal", "nfc", "smart-card", "usb"}));
  EXPECT_TRUE(kept(json::array{}).empty());
  EXPECT_TRUE(kept(nullptr).empty());
  EXPECT_TRUE(read_registration(without(kFlatRegistration, "transports"))->transports.empty());
  EXPECT_EQ(registration_fails(with(kFlatRegistration, "transports", "usb")), 3);
  EXPECT_EQ(registration_fails(with(kFlatRegistration, "transports", {"usb", 7})), 3);
  EXPECT_EQ(registration_fails(with_inner(standard_registration(), "transports", json::object{})), 3);
}

// WA §7.2 step 6
TEST(AuthenticationJson, MayNameNoUser) {
  for (const json::value& none : {json::value(nullptr), json::value("")}) {
    EXPECT_EQ(read_authentication(with(kFlatAuthentication, "user_handle", none))->user_handle, std::nullopt);
    EXPECT_EQ(read_authentication(with_inner(standard_authentication(), "userHandle", none))->user_handle,
              std::nullopt);
  }
  EXPECT_EQ(read_authentication(without(kFlatAuthentication, "user_handle"))->user_handle, std::nullopt);
}

}  // namespace
}  // namespace secureauth::webauthn
