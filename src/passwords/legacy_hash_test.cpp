#include "passwords/legacy_hash.hpp"

#include <gtest/gtest.h>

#include <ostream>
#include <string>

namespace secureauth::passwords {
namespace {

constexpr std::string_view kPassword = "p\xc3\xa4ss w\xc3\xb6rd";

struct Vector {
  const char* scheme;
  const char* stored;
};
std::ostream& operator<<(std::ostream& out, const Vector& vector) {
  return out << vector.stored;
}

// Made by bcrypt 4.3.0 and passlib 1.7.4 of PyPI, Python 3.11's hashlib after Django 5.2's hashers.py, and mkpasswd
// 5.5.17 (libxcrypt 4.4.33).
constexpr Vector kVectors[] = {
    {"bcrypt", "$2a$04$JVcMPnpUorCa4IEjy9k5SuRf2NTnEu725fUTKyIIBSTUsyrYndyOG"},
    {"bcrypt", "$2b$04$joBGCTKPrntN55rIZ7j/a.nXPBrwCv0xfV2y.wpC4UlVj5kLyM0Ki"},
    {"bcrypt", "$2y$04$WXlVuUc2y3T8Gtd2p0r7jeQ6UueCF382bMxfdFnHEN2atI2eavly2"},
    {"bcrypt", "bcrypt$$2b$04$Nga0jJXvVFpBlDNdk16chubKlzz4W8a389Fd6zwr6LCJiJbcHjuVy"},
    {"bcrypt-sha256", "bcrypt_sha256$$2b$04$ghltiBj6XkZquZxZMchrL.3R48lOhEy.yWLqXNCXi4zJMVppQEq2m"},
    {"bcrypt-sha256", "$bcrypt-sha256$v=2,t=2b,r=4$FJSLZC46BnoLn39c8zd3Ue$tGNsgDfzMJfZZi1B.ItnyS89V4j/lcG"},
    {"bcrypt-sha256", "$bcrypt-sha256$2b,4$zUPsF/GUnq6rcz5BdAi9YO$IhXk.pLuQC7VWGf6nc5OwoZ6YJEgV5e"},
    {"sha512crypt",
     "$6$z80bJHtNBy/cYY7B$pri.FRlJdaK.vBhHqFNHGy4Jm7CKyD421kxBa7X7fxyeKWYYcguG/qz2M2dWSdU7zZUSgK2jWvKgbSAksTcNQ."},
    {"sha512crypt",
     "$6$rounds=1001$KkQZqr6fEv0WFhYq$uatOSL1.q78xOTCdU.IWCRCnq8l.6ALz."
     "5fZ44asbFGAd0PPh6zVZClH3lLOO8TbhKIf1Tcd0CaQ5DUZZV/nd."},
    {"sha256crypt", "$5$rounds=1234$6Ds82Bl8d5L2Xb0D$/ZAVdMEzO6ZjDQdZEtAKM/vahUPhz9StrrdswwbeHe2"},
    {"yescrypt", "$y$j75$YXoWI719aNmt2JMHh8I1H1$c5dHt.rA2ejVyl9YZWeq/EvcTTO5rh.3gfpflUjwN1A"},
    {"yescrypt", "$y$j9T$6goDTkbIAUu8nbC7dLDM41$LxUdy.zYx.BwShBD8lOkVJ6ksmUCzWHx5kvUHGwxcj2"},
    {"scrypt", "$7$BU..../....32XjvxIG7lLsuv/7Y90ZJ0$eDH7zK66T0Gb2QHZFQik/uZVC7Q.9jWTzZWnyr2vzW."},
    {"scrypt",
     "scrypt$1024$seasalt$8$5$o3xq+FM8xCl/"
     "h1VxvccqQViTouu21Cs4ZR8kgxgUw292JmogyJg7QxgkCA0qs+eweZXyHgWAduZtRlsax3mwEw=="},
    {"scrypt", "$scrypt$ln=10,r=8,p=1$BsC41zonBKA0BuCcsxaidA$nRYnt1shXGuwBSkbQNSSh3C/zqhdrqOnro+9NZOOtJs"},
    {"pbkdf2-sha256", "pbkdf2_sha256$1000$seasalt$J5e5kMbZF3dvbqLLmkNBuVbmARCykNzcM2TY6CXi9So="},
    {"pbkdf2-sha1", "pbkdf2_sha1$1000$seasalt$tAQVFdMai43RGPpTjksscjlrvbo="},
    {"pbkdf2-sha1", "$pbkdf2$1000$W6t1bk0pZUzpXSsFYMz5nw$pnMTPriI6381BRLCMKBzKu75hBo"},
    {"pbkdf2-sha256", "$pbkdf2-sha256$1000$BkBIyVnrHaO01hpDKOV8Lw$TC15FCnD8Cv.i.KPjE8PocIzqi42eHxMIIA6V7vSeZM"},
    {"pbkdf2-sha512",
     "$pbkdf2-sha512$1000$AGBMKcXYGyMEYOy9FwIgpA$qKteOCWKwwJTpCFy9hs3rb2iFQAuQuZPnwgSQv5b4QIRmWeI.Gq5D1KR/"
     "wdnJgSOUy1Kly.DKFePlzA5DrXekA"},
};

bool matches(std::string_view stored, std::string_view password) {
  const auto hash = read_legacy_hash(stored);
  return hash && hash->matches(crypto::SecretBytes(password));
}

std::string refusal(std::string_view stored) {
  const auto hash = read_legacy_hash(stored);
  return hash ? std::string(hash->scheme) : hash.error().fields.at(0).code;
}

class LegacyHashOfOthers : public testing::TestWithParam<Vector> {};

TEST_P(LegacyHashOfOthers, IsOfItsSchemeAndMatchesItsPasswordAlone) {  // ASVS 11.4.2, CS Password Storage
  const auto [scheme, stored] = GetParam();
  EXPECT_EQ(refusal(stored), scheme);
  EXPECT_TRUE(matches(stored, kPassword));
  EXPECT_FALSE(matches(stored, ""));
  EXPECT_FALSE(matches(stored, kPassword.substr(0, kPassword.size() - 1)));
  EXPECT_FALSE(matches(stored, std::string(kPassword) + " "));
  EXPECT_FALSE(matches(stored, "P" + std::string(kPassword.substr(1))));
}

TEST_P(LegacyHashOfOthers, NoPasswordWithANulMatches) {
  EXPECT_FALSE(matches(GetParam().stored, std::string(kPassword) + '\0'));
  EXPECT_FALSE(matches(GetParam().stored, std::string(kPassword) + '\0' + "x"));
}

TEST_P(LegacyHashOfOthers, IsMalformedWhenCutOrGrown) {
  const std::string stored = GetParam().stored;
  EXPECT_EQ(refusal(stored.substr(0, stored.size() - 3)), "malformed_hash");
  EXPECT_EQ(refusal(stored.substr(0, stored.rfind('$') + 1)), "malformed_hash");
  EXPECT_EQ(refusal(stored + "A"), "malformed_hash");
  EXPECT_EQ(refusal(stored + "\n"), "malformed_hash");
  EXPECT_EQ(refusal(stored + std::string(legacy_caps::kStoredBytes, 'A')), "malformed_hash");
}

INSTANTIATE_TEST_SUITE_P(EachForm, LegacyHashOfOthers, testing::ValuesIn(kVectors));

struct Refused {
  const char* stored;
  const char* code;
};

constexpr Refused kRefused[] = {
    {"$2b$15$l2pDbMWDcYlZdfIxRxqRk.m1/UzW4/hu.VMX8tlPREMUSkNpdFPMa", "costly_hash"},
    {"$2b$31$l2pDbMWDcYlZdfIxRxqRk.m1/UzW4/hu.VMX8tlPREMUSkNpdFPMa", "costly_hash"},
    {"$2b$03$l2pDbMWDcYlZdfIxRxqRk.m1/UzW4/hu.VMX8tlPREMUSkNpdFPMa", "malformed_hash"},
    {"$2b$4$l2pDbMWDcYlZdfIxRxqRk.m1/UzW4/hu.VMX8tlPREMUSkNpdFPMa", "malformed_hash"},
    {"$2b$04$l2pDbMWDcYlZdfIxRxqRk.m1/UzW4/hu.VMX8tlPREMUSkNpdFP$a", "malformed_hash"},
    {"$2x$04$l2pDbMWDcYlZdfIxRxqRk.m1/UzW4/hu.VMX8tlPREMUSkNpdFPMa", "unknown_hash"},
    {"$bcrypt-sha256$v=2,t=2a,r=4$mQgCKUF4eVxNktzrrLu8..$b93WIlPo6ainiRlvvTwNbcE.AsnCqBG", "malformed_hash"},
    {"$bcrypt-sha256$v=2,t=2b,r=15$mQgCKUF4eVxNktzrrLu8..$b93WIlPo6ainiRlvvTwNbcE.AsnCqBG", "costly_hash"},
    {"pbkdf2_sha256$10000001$seasalt$J5e5kMbZF3dvbqLLmkNBuVbmARCykNzcM2TY6CXi9So=", "costly_hash"},
    {"pbkdf2_sha256$4294967296$seasalt$J5e5kMbZF3dvbqLLmkNBuVbmARCykNzcM2TY6CXi9So=", "malformed_hash"},
    {"pbkdf2_sha256$0$seasalt$J5e5kMbZF3dvbqLLmkNBuVbmARCykNzcM2TY6CXi9So=", "malformed_hash"},
    {"pbkdf2_sha1$1000$seasalt$J5e5kMbZF3dvbqLLmkNBuVbmARCykNzcM2TY6CXi9So=", "malformed_hash"},
    {"scrypt$2097152$s$8$1$o3xq+FM8xCl/h1VxvccqQViTouu21Cs4ZR8kgxgUw292JmogyJg7QxgkCA0qs+eweZXyHgWAduZtRlsax3mwEw==",
     "costly_hash"},
    {"scrypt$1023$s$8$1$o3xq+FM8xCl/h1VxvccqQViTouu21Cs4ZR8kgxgUw292JmogyJg7QxgkCA0qs+eweZXyHgWAduZtRlsax3mwEw==",
     "malformed_hash"},
    {"$scrypt$ln=20,r=8,p=1$c87Z2xuj1LqXUkqJ8d4bQw$PMIeLKYJdBoaTiSP4pzJt6CSDL9bI0KJPwlZvNpBs98", "costly_hash"},
    {"$scrypt$ln=10,r=4000000000,p=1$c87Z2xuj1LqXUkqJ8d4bQw$PMIeLKYJdBoaTiSP4pzJt6CSDL9bI0KJPwlZvNpBs98",
     "costly_hash"},
    {"$scrypt$ln=1,r=1,p=1000000$c87Z2xuj1LqXUkqJ8d4bQw$PMIeLKYJdBoaTiSP4pzJt6CSDL9bI0KJPwlZvNpBs98", "costly_hash"},
    {"$scrypt$ln=64,r=8,p=1$c87Z2xuj1LqXUkqJ8d4bQw$PMIeLKYJdBoaTiSP4pzJt6CSDL9bI0KJPwlZvNpBs98", "malformed_hash"},
    {"$5$rounds=1000001$ZWeLYESDePQSb0Ut$WeFVTo5X08QGP3z/FCd8eV6c9ztJLKogPgt86UR0Xk0", "costly_hash"},
    {"$5$rounds=999$ZWeLYESDePQSb0Ut$WeFVTo5X08QGP3z/FCd8eV6c9ztJLKogPgt86UR0Xk0", "malformed_hash"},
    {"$5$rounds=1234$ZWeLYESDePQSb0Uta$WeFVTo5X08QGP3z/FCd8eV6c9ztJLKogPgt86UR0Xk0", "malformed_hash"},
    {"$y$jET$e09CnRtIdcRkVrbtfzhdc0$176zsb5sS3VLez00OnSyEhE6qLPtwgmZfsocHlz1oo7", "costly_hash"},
    {"$y$j9zzz$e09CnRtIdcRkVrbtfzhdc0$176zsb5sS3VLez00OnSyEhE6qLPtwgmZfsocHlz1oo7", "malformed_hash"},
    {"$y$.9T$e09CnRtIdcRkVrbtfzhdc0$176zsb5sS3VLez00OnSyEhE6qLPtwgmZfsocHlz1oo7", "malformed_hash"},
    {"$7$HU..../....Byl/Rq3cZ3JqdpSoZzkj01$H3uPKTj1khqf35aoDJKc/Ldm0Z5ohnQvP6CZh/zqfg6", "costly_hash"},
    {"$7$BUzzzz/....Byl/Rq3cZ3JqdpSoZzkj01$H3uPKTj1khqf35aoDJKc/Ldm0Z5ohnQvP6CZh/zqfg6", "costly_hash"},
    {"$7$BU....zzzzzByl/Rq3cZ3JqdpSoZzkj01$H3uPKTj1khqf35aoDJKc/Ldm0Z5ohnQvP6CZh/zqfg6", "costly_hash"},
    {"5f4dcc3b5aa765d61d8327deb882cf99", "fast_hash"},
    {"5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8", "fast_hash"},
    {"5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8", "fast_hash"},
    {"$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/", "fast_hash"},
    {"$apr1$saltsalt$qjXMvbEw8oaL.CzflDtaK/", "fast_hash"},
    {"$P$B12345678abcdefghijklmnopqrstuv", "fast_hash"},
    {"sha1$a$b", "fast_hash"},
    {"md5$a$b", "fast_hash"},
    {"{SSHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", "fast_hash"},
    {"rl0uE0rdgyAJ2", "fast_hash"},
    {"_J9..rasmBYk8r9AiWNc", "fast_hash"},
    {"", "unknown_hash"},
    {"!", "unknown_hash"},
    {"correct horse", "unknown_hash"},
    {"$argon3$x", "unknown_hash"},
};
std::ostream& operator<<(std::ostream& out, const Refused& refused) {
  return out << refused.stored;
}

class UnusableHash : public testing::TestWithParam<Refused> {};

TEST_P(UnusableHash, IsRefusedWithAReasonAndNothingComputed) {  // attack 30, CS Password Storage
  EXPECT_EQ(refusal(GetParam().stored), GetParam().code);
}
INSTANTIATE_TEST_SUITE_P(EachKind, UnusableHash, testing::ValuesIn(kRefused));

TEST(LegacyHashTest, BcryptLooksAt72BytesAsItDidWhereTheHashWasMade) {
  // bcrypt 4.3.0 of 72 times "x".
  constexpr std::string_view kStored = "$2b$04$bgT7AeirWIHKy9NP9ZR1I.tFhg6iDdVZmw0N.2WyaM521RsjpLti.";
  const std::string whole(72, 'x');
  EXPECT_TRUE(matches(kStored, whole));
  EXPECT_TRUE(matches(kStored, whole + std::string(900, 'y')));
  EXPECT_FALSE(matches(kStored, whole.substr(1)));
}

TEST(LegacyHashTest, WhatCryptCannotTakeMatchesNothing) {
  EXPECT_FALSE(matches(kVectors[7].stored, std::string(1024, 'x')));
}

}  // namespace
}  // namespace secureauth::passwords
