#include "mfa/webauthn/authenticator_data.hpp"

#include "crypto/encoding.hpp"
#include "mfa/webauthn/key_fixture.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

namespace secureauth::webauthn {
namespace {

constexpr unsigned kUp = 0x01;
constexpr unsigned kUv = 0x04;
constexpr unsigned kBe = 0x08;
constexpr unsigned kBs = 0x10;
constexpr unsigned kAt = 0x40;
constexpr unsigned kEd = 0x80;

/// rpIdHash, flags and a count of 0x01020304.
Bytes start(unsigned flags) {
  Bytes bytes(32, std::byte{0xee});
  bytes.push_back(std::byte(flags));
  append(bytes, crypto::hex_decode("01020304").value());
  return bytes;
}

Bytes credential(std::size_t id_bytes, const Bytes& key) {
  Bytes bytes(16, std::byte{0xaa});
  bytes.push_back(std::byte(id_bytes >> 8U));
  bytes.push_back(std::byte(id_bytes & 0xffU));
  bytes.insert(bytes.end(), id_bytes, std::byte{0x1d});
  append(bytes, key);
  return bytes;
}

Bytes joined(Bytes first, const Bytes& second) {
  append(first, second);
  return first;
}

const Bytes kKey = written::map({{written::integer(1), written::integer(2)}});
const Bytes kExtensions = written::map({{written::text("credProtect"), written::integer(2)}});

bool reads(const Bytes& bytes) {
  return parse_authenticator_data(bytes).has_value();
}

AuthenticatorData parsed(const Bytes& bytes) {
  auto data = parse_authenticator_data(bytes);
  return data ? *std::move(data) : throw std::invalid_argument(data.error());
}

TEST(AuthenticatorData, ReadsEachFlagByItself) {
  struct Case {
    unsigned flag;
    bool AuthenticatorData::* member;
  };
  for (const auto& [flag, member] :
       {Case{kUp, &AuthenticatorData::user_present}, Case{kUv, &AuthenticatorData::user_verified},
        Case{kBe, &AuthenticatorData::backup_eligible}, Case{kBs, &AuthenticatorData::backed_up}}) {
    const auto data = parsed(start(flag));
    const auto others = parsed(start((kUp | kUv | kBe | kBs) & ~flag));
    EXPECT_TRUE(data.*member) << flag;
    EXPECT_FALSE(others.*member) << flag;
  }
  EXPECT_TRUE(reads(start(0x02 | 0x20))) << "bits that are reserved for later";
}

TEST(AuthenticatorData, ReadsWhatStandsBehindTheFlags) {
  const auto plain = parsed(start(kUp));
  EXPECT_TRUE(std::ranges::equal(plain.rp_id_hash, Bytes(32, std::byte{0xee})));
  EXPECT_EQ(plain.sign_count, 0x01020304U);
  EXPECT_FALSE(plain.has_credential || plain.has_extensions);

  const auto whole = joined(joined(start(kUp | kAt | kEd), credential(300, kKey)), kExtensions);
  const auto data = parsed(whole);
  EXPECT_TRUE(data.has_credential && data.has_extensions);
  EXPECT_TRUE(std::ranges::equal(data.aaguid, Bytes(16, std::byte{0xaa})));
  EXPECT_EQ(data.credential_id, Bytes(300, std::byte{0x1d}));
  EXPECT_EQ(data.public_key, kKey);
}

// WA §7.1 step 13, §7.2 step 7
TEST(AuthenticatorData, IsWholeToItsLastByte) {
  for (const auto& whole : {start(kUp), joined(start(kAt), credential(20, kKey)), joined(start(kEd), kExtensions),
                            joined(joined(start(kAt | kEd), credential(20, kKey)), kExtensions)}) {
    ASSERT_TRUE(reads(whole));
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      EXPECT_FALSE(reads(part)) << size << " of " << whole.size();
    }
    for (const auto more : {std::byte{0}, std::byte{0xa0}, std::byte{0xff}}) {
      auto longer = whole;
      longer.push_back(more);
      EXPECT_FALSE(reads(longer));
    }
  }
}

// WA §7.1 step 13
TEST(AuthenticatorData, HasWhatItsFlagsSayAndNothingElse) {
  EXPECT_FALSE(reads(start(kAt)));
  EXPECT_FALSE(reads(start(kEd)));
  EXPECT_FALSE(reads(joined(start(0), credential(20, kKey))));
  EXPECT_FALSE(reads(joined(start(0), kExtensions)));
  EXPECT_FALSE(reads(joined(joined(start(kAt), credential(20, kKey)), kExtensions)));
  EXPECT_FALSE(reads(joined(start(kEd), credential(20, kKey))));
  for (const auto& other : {Bytes{std::byte{0x80}}, Bytes{std::byte{0xf6}}, Bytes{std::byte{0xbf}, std::byte{0xff}}}) {
    EXPECT_FALSE(reads(joined(start(kEd), other))) << "extensions that are no map";
  }
  EXPECT_TRUE(reads(joined(start(kEd), Bytes{std::byte{0xa0}})));
}

// WA §7.1 step 13: a length beyond the end, up to the greatest there is
TEST(AuthenticatorData, HasItsWholeCredentialId) {
  for (const std::size_t claimed : {21U, 100U, 0x7fffU, 0xffffU}) {
    auto bytes = joined(start(kAt), credential(20, kKey));
    bytes.at(32 + 1 + 4 + 16) = std::byte(claimed >> 8U);
    bytes.at(32 + 1 + 4 + 17) = std::byte(claimed & 0xffU);
    EXPECT_FALSE(reads(bytes)) << claimed;
  }
  EXPECT_TRUE(reads(joined(start(kAt), credential(0xffff, kKey)))) << "step 25 says how long it may be";
  EXPECT_TRUE(reads(joined(start(kAt), credential(0, kKey))));
}

TEST(AuthenticatorData, NestsNothingDeeply) {
  for (const unsigned head : {0x81U, 0xa1U, 0x9fU}) {
    const Bytes nested(60UL * 1024, static_cast<std::byte>(head));
    EXPECT_FALSE(reads(joined(start(kEd), nested)));
    EXPECT_FALSE(reads(joined(start(kAt), credential(20, nested))));
  }
}

TEST(Aaguid, IsWrittenAsAUuid) {
  constexpr std::string_view kText = "fbfc3007-154e-4ecc-8c0b-6e020557d7bd";
  const auto aaguid = aaguid_from(kText);
  ASSERT_TRUE(aaguid);
  EXPECT_EQ(crypto::hex_encode(*aaguid), "fbfc3007154e4ecc8c0b6e020557d7bd");
  EXPECT_EQ(to_text(*aaguid), kText);
  EXPECT_FALSE(is_zero(*aaguid));
  EXPECT_TRUE(is_zero(aaguid_from("00000000-0000-0000-0000-000000000000").value()));
  for (const auto* text : {"", "-", "fbfc3007154e4ecc8c0b6e020557d7bd", "fbfc3007-154e-4ecc-8c0b-6e020557d7b",
                           "fbfc3007-154e-4ecc-8c0b-6e020557d7bd0", "fbfc3007-154e-4ecc-8c0b6e02-0557d7bd",
                           "{fbfc3007-154e-4ecc-8c0b-6e020557d7bd}", "gbfc3007-154e-4ecc-8c0b-6e020557d7bd",
                           "fbfc3007-154e-4ecc-8c0b-6e020557d7bd\n", "----", "fbfc3007--54e-4ecc-8c0b-6e020557d7bd"}) {
    EXPECT_FALSE(aaguid_from(text)) << text;
  }
}

}  // namespace
}  // namespace secureauth::webauthn
