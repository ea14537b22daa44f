#include "mfa/webauthn/metadata.hpp"

#include "crypto/sha1.hpp"
#include "mfa/webauthn/metadata_fixture.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>

namespace secureauth::webauthn {
namespace {

namespace bj = boost::json;

constexpr const char* kAaguid = "0a1b2c3d-0000-4000-8000-00000000000f";

Metadata with(const bj::object& entry) {
  return valid(Metadata::read(metadata_payload(7, {entry})));
}

std::optional<AuthenticatorModel> find(const Metadata& metadata, std::string_view aaguid = kAaguid) {
  return metadata.find(aaguid_from(aaguid).value(), {});
}

std::string fault_with(bj::array reports) {
  const auto model = find(with({{"aaguid", kAaguid}, {"statusReports", std::move(reports)}}));
  return model.value().fault.value_or("");
}

std::string key_name(const Certificate& certificate) {
  const auto* const bits = X509_get0_pubkey_bitstr(certificate.get());
  const std::span key(ASN1_STRING_get0_data(bits), static_cast<std::size_t>(ASN1_STRING_length(bits)));
  return crypto::hex_encode(crypto::sha1(std::as_bytes(key)));
}

TEST(Metadata, TellAboutThemselves) {
  const auto metadata = valid(Metadata::read(metadata_payload(
      7, {{{"aaguid", kAaguid}}, {{"aaid", "4e4e#4005"}}, {{"statusReports", {{{"status", "REVOKED"}}}}}})));
  EXPECT_EQ(metadata.number(), 7);
  EXPECT_EQ(metadata.next_update(), std::chrono::sys_days(std::chrono::year(2026) / 7 / 1));
  EXPECT_EQ(metadata.entries(), 3U);
  EXPECT_EQ(metadata.faulty(), 1U);
}

TEST(Metadata, FindAModelByItsAaguid) {
  const auto root = issue(authority("Root")).certificate;
  auto text = crypto::base64_encode(root.der());
  text.insert(64, "\r\n");
  const auto metadata = with(
      {{"aaguid", kAaguid},
       {"metadataStatement", {{"description", "Model"}, {"attestationRootCertificates", {text, "!", "AAAA", 7}}}}});
  const auto model = find(metadata);
  ASSERT_TRUE(model);
  EXPECT_EQ(model->description, "Model");
  EXPECT_EQ(model->fault, std::nullopt);
  ASSERT_EQ(model->roots.size(), 1U);
  EXPECT_EQ(model->roots[0].der(), root.der());
  EXPECT_FALSE(find(metadata, "0a1b2c3d-0000-4000-8000-000000000010"));
  EXPECT_FALSE(find(metadata, "00000000-0000-0000-0000-000000000000"));
}

// FIDO Metadata Statement §3.4: SHA-1 of the key's bits, RFC 5280 §4.2.1.2 method 1
TEST(Metadata, FindAU2fModelByTheKeysOfItsPath) {
  const auto root = issue(authority("Root"));
  const auto leaf = issue({}, &root).certificate;
  const auto name = key_name(leaf);
  const auto metadata =
      with({{"attestationCertificateKeyIdentifiers", {name}}, {"metadataStatement", {{"description", "Key"}}}});
  const std::vector<Certificate> path{leaf, root.certificate};
  const std::vector<Certificate> issued_by{root.certificate, leaf};
  EXPECT_EQ(metadata.find({}, path).value().description, "Key");
  EXPECT_EQ(metadata.find({}, issued_by).value().description, "Key");
  auto upper = name;
  std::ranges::transform(upper, upper.begin(), [](unsigned char c) { return std::toupper(c); });
  const auto shouted = with({{"attestationCertificateKeyIdentifiers", {upper}}});
  EXPECT_TRUE(shouted.find({}, path));
  EXPECT_FALSE(metadata.find({}, std::vector{root.certificate}));
  EXPECT_FALSE(metadata.find({}, {}));
  EXPECT_FALSE(metadata.find(aaguid_from(kAaguid).value(), path));  // who has an AAGUID is known by it
}

// WA §7.1 step 24: the order in which certificates are sent, or models listed, hides no fault
TEST(Metadata, FindTheFaultOfAnyThatIsMeant) {
  const auto clean = issue(authority("Clean")).certificate;
  const auto revoked = issue(authority("Revoked")).certificate;
  const bj::object good{{"aaguid", kAaguid}, {"attestationCertificateKeyIdentifiers", {key_name(clean)}}};
  bj::object bad{{"aaguid", kAaguid},
                 {"attestationCertificateKeyIdentifiers", {key_name(revoked)}},
                 {"statusReports", {{{"status", "REVOKED"}}}}};
  for (const auto& entries : {bj::array{good, bad}, bj::array{bad, good}}) {
    const auto metadata = valid(Metadata::read(metadata_payload(7, entries)));
    EXPECT_EQ(metadata.find({}, std::vector{clean, revoked}).value().fault, "REVOKED");
    EXPECT_EQ(metadata.find({}, std::vector{revoked, clean}).value().fault, "REVOKED");
    EXPECT_EQ(metadata.find({}, std::vector{clean}).value().fault, std::nullopt);
    EXPECT_EQ(find(metadata).value().fault, "REVOKED") << "two entries with one AAGUID";
  }
  bad["attestationCertificateKeyIdentifiers"] = {key_name(clean)};
  const auto metadata = valid(Metadata::read(metadata_payload(7, {good, bad})));
  EXPECT_EQ(metadata.find({}, std::vector{clean}).value().fault, "REVOKED") << "two entries with one key";
}

// WA §7.1 step 24; FIDO Metadata Service §3.1.4
TEST(Metadata, ReportTheFaultsForWhichNobodyMayRegister) {
  for (const auto* status : {"REVOKED", "ATTESTATION_KEY_COMPROMISE", "USER_VERIFICATION_BYPASS",
                             "USER_KEY_REMOTE_COMPROMISE", "USER_KEY_PHYSICAL_COMPROMISE"}) {
    EXPECT_EQ(fault_with({{{"status", status}}}), status);
    EXPECT_EQ(fault_with({{{"status", status}}, {{"status", "FIDO_CERTIFIED"}}}), status);
  }
  EXPECT_EQ(fault_with({{{"status", "FIDO_CERTIFIED_L2"}}, {{"status", "UPDATE_AVAILABLE"}}}), "");
  EXPECT_EQ(fault_with({}), "");
  EXPECT_EQ(fault_with({7, {{"status", 7}}}), "");
}

TEST(Metadata, HaveANumberADateAndEntries) {
  const auto refused_without = [](const char* name, const bj::value& instead) {
    auto payload = metadata_payload(7);
    payload[name] = instead;
    return !Metadata::read(payload);
  };
  EXPECT_TRUE(Metadata::read(metadata_payload(7)));
  for (const bj::value& number : std::vector<bj::value>{nullptr, "7", -1, 7.5})
    EXPECT_TRUE(refused_without("no", number));
  for (const bj::value& date : std::vector<bj::value>{nullptr, "", "soon", "2026-13-01", "2026-7-1"}) {
    EXPECT_TRUE(refused_without("nextUpdate", date));
  }
  for (const bj::value& entries : std::vector<bj::value>{nullptr, bj::array{}, bj::object{}, bj::array{7}}) {
    EXPECT_TRUE(refused_without("entries", entries));
  }
}

}  // namespace
}  // namespace secureauth::webauthn
