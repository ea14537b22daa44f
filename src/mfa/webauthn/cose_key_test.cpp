#include "mfa/webauthn/cose_key.hpp"

#include "crypto/encoding.hpp"
#include "mfa/webauthn/key_fixture.hpp"

#include <gtest/gtest.h>
#include <openssl/err.h>

#include <algorithm>

namespace secureauth::webauthn {
namespace {

constexpr std::array kEllipticCurve{CoseAlgorithm::es256, CoseAlgorithm::es384, CoseAlgorithm::es512};

Bytes hex(std::string_view digits) {
  return crypto::hex_decode(digits).value();
}

bool reads(const CoseMembers& members) {
  return CoseKey::parse(members.encoded()).has_value();
}

CoseMembers with(CoseMembers members, std::int64_t label, Bytes value) {
  members[label] = std::move(value);
  return members;
}

CoseMembers without(CoseMembers members, std::int64_t label) {
  members.erase(label);
  return members;
}

const CoseMembers& es256_members() {
  static const auto members = TestKey(CoseAlgorithm::es256).members();
  return members;
}

/// A byte string's content in a member of a key.
Bytes content(const CoseMembers& members, std::int64_t label) {
  const auto& value = members.at(label);
  return {value.begin() + (value.size() < 26 ? 1 : value.size() < 259 ? 2 : 3), value.end()};
}

TEST(CoseKey, ReadsAKeyOfEveryAlgorithm) {
  for (const auto algorithm : kOfferedAlgorithms) {
    const TestKey made(algorithm);
    const auto key = CoseKey::parse(made.cose());
    ASSERT_TRUE(key) << to_text(algorithm) << ": " << key.error();
    EXPECT_EQ(key->algorithm(), algorithm);
    EXPECT_EQ(EVP_PKEY_eq(key->key(), made.get()), 1) << to_text(algorithm);
  }
  const auto& members = es256_members();
  const auto key = CoseKey::parse(members.encoded());
  EXPECT_TRUE(std::ranges::equal(key->x(), content(members, -2)));
  EXPECT_TRUE(std::ranges::equal(key->y(), content(members, -3)));
}

TEST(CoseKey, NamesItsAlgorithms) {
  EXPECT_EQ(to_text(CoseAlgorithm::es256), "ES256");
  EXPECT_EQ(to_text(CoseAlgorithm::ps256), "PS256");
  for (const auto algorithm : kOfferedAlgorithms) {
    EXPECT_EQ(cose_algorithm_from(static_cast<int>(algorithm)), algorithm);
  }
  // ES256K, RS1, RS384, ESP256, and what wraps to -7 in fewer bits.
  for (const std::int64_t number : {-47L, -65535L, -258L, -9L, 0L, 7L, 4294967289L}) {
    EXPECT_EQ(cose_algorithm_from(number), std::nullopt) << number;
  }
}

// WA §7.1 step 20
TEST(CoseKey, WantsAnAlgorithmThatIsOffered) {
  for (const std::int64_t number : {-47L, -65535L, -258L, -9L, 0L, 7L, 4294967289L}) {
    EXPECT_FALSE(reads(with(es256_members(), 3, written::integer(number)))) << number;
  }
  EXPECT_FALSE(reads(with(es256_members(), 3, written::text("ES256"))));
  EXPECT_FALSE(reads(without(es256_members(), 3)));
}

// WA §7.1 step 20, §5.8.5: ES256 is with P-256 and with no other curve
TEST(CoseKey, WantsTypeAndCurveOfTheAlgorithm) {
  for (const auto own : kOfferedAlgorithms) {
    const auto members = TestKey(own).members();
    for (const auto other : kOfferedAlgorithms) {
      const bool is_rsa = members.at(1) == written::integer(3);
      const bool fits = own == other || (is_rsa && (other == CoseAlgorithm::rs256 || other == CoseAlgorithm::ps256));
      EXPECT_EQ(reads(with(members, 3, written::integer(static_cast<int>(other)))), fits)
          << to_text(own) << " as " << to_text(other);
    }
    for (const int type : {0, 1, 2, 3, 4}) {
      const auto value = written::integer(type);
      EXPECT_EQ(reads(with(members, 1, value)), value == members.at(1)) << to_text(own) << ' ' << type;
    }
    if (members.at(1) == written::integer(3)) continue;
    for (const int curve : {0, 1, 2, 3, 4, 5, 6, 7, 8}) {
      const auto value = written::integer(curve);
      EXPECT_EQ(reads(with(members, -1, value)), value == members.at(-1)) << to_text(own) << ' ' << curve;
    }
  }
}

// WA §7.1 step 20, §6.5.1.1: nothing that is not required, a private part least of all
TEST(CoseKey, HasExactlyTheMembersOfAPublicKey) {
  for (const auto algorithm : kOfferedAlgorithms) {
    const auto members = TestKey(algorithm).members();
    for (const std::int64_t label : {2L, 4L, 5L, -3L, -4L, -5L}) {
      if (members.contains(label)) continue;
      EXPECT_FALSE(reads(with(members, label, written::bytes(hex("01"))))) << to_text(algorithm) << ' ' << label;
    }
    for (const auto& [label, value] : members) {
      EXPECT_FALSE(reads(without(members, label))) << to_text(algorithm) << ' ' << label;
      EXPECT_FALSE(reads(with(without(members, label), 2, value))) << to_text(algorithm) << ' ' << label;
    }
  }
}

// WA §7.1 step 20
TEST(CoseKey, IsOneMapFromItsFirstByteToItsLast) {
  for (const auto algorithm : kOfferedAlgorithms) {
    const auto whole = TestKey(algorithm).cose();
    for (std::size_t size = 0; size < whole.size(); ++size) {
      EXPECT_FALSE(CoseKey::parse(std::span(whole).first(size))) << to_text(algorithm) << ' ' << size;
    }
    auto longer = whole;
    longer.push_back(std::byte{0});
    EXPECT_FALSE(CoseKey::parse(longer)) << to_text(algorithm);
  }
  for (const auto* digits : {"", "80", "a0", "01", "f6", "40", "bf0102ff"}) EXPECT_FALSE(CoseKey::parse(hex(digits)));
}

// WA §5.8.5: uncompressed, on the curve
TEST(CoseKey, WantsAPointOfItsCurve) {
  for (const auto algorithm : kEllipticCurve) {
    const auto members = TestKey(algorithm).members();
    for (const std::int64_t label : {-2L, -3L}) {
      const auto right = content(members, label);
      for (std::size_t bit = 0; bit < right.size() * 8; ++bit) {
        auto wrong = right;
        wrong[bit / 8] ^= std::byte(1U << bit % 8);
        // Half of all x have a point, but not with this y.
        ASSERT_FALSE(reads(with(members, label, written::bytes(wrong)))) << to_text(algorithm) << ' ' << label << bit;
      }
      auto shorter = right;
      shorter.erase(shorter.begin());
      EXPECT_FALSE(reads(with(members, label, written::bytes(shorter))));
      auto longer = right;
      longer.insert(longer.begin(), std::byte{0});
      EXPECT_FALSE(reads(with(members, label, written::bytes(longer))));
      EXPECT_FALSE(reads(with(members, label, written::bytes({}))));
      EXPECT_FALSE(reads(with(members, label, hex("f5")))) << "compressed: RFC 9053 gives y's sign as a boolean";
      EXPECT_FALSE(reads(with(members, label, written::text(std::string(right.size(), 'x')))));
    }
    const Bytes zeros(content(members, -2).size());
    EXPECT_FALSE(reads(with(with(members, -2, written::bytes(zeros)), -3, written::bytes(zeros)))) << "infinity";
  }
}

// A coordinate beyond the field's prime would be a second encoding of a point. P-256: x = 5 has one.
TEST(CoseKey, WantsCoordinatesInTheField) {
  const auto y = written::bytes(hex("459243b9aa581806fe913bce99817ade11ca503c64d9a3c533415c083248fbcc"));
  const auto x = written::bytes(hex("0000000000000000000000000000000000000000000000000000000000000005"));
  const auto x_plus_p = written::bytes(hex("ffffffff00000001000000000000000000000001000000000000000000000004"));
  EXPECT_TRUE(reads(with(with(es256_members(), -2, x), -3, y)));
  EXPECT_FALSE(reads(with(with(es256_members(), -2, x_plus_p), -3, y)));
}

// WA §7.2 step 21: some signature by such a key fits every message
TEST(CoseKey, RefusesEd25519PointsThatAreNoKeys) {
  const auto members = TestKey(CoseAlgorithm::eddsa).members();
  for (const auto* digits : {
           "0100000000000000000000000000000000000000000000000000000000000000",  // order 1
           "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  // order 2
           "0000000000000000000000000000000000000000000000000000000000000000",  // order 4
           "0000000000000000000000000000000000000000000000000000000000000080",
           "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",  // order 8
           "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
           "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
           "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
           "0100000000000000000000000000000000000000000000000000000000000080",  // second encodings
           "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
           "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
           "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
           "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
           "0200000000000000000000000000000000000000000000000000000000000000",  // not on the curve
       }) {
    EXPECT_FALSE(reads(with(members, -2, written::bytes(hex(digits))))) << digits;
  }
  auto point = content(members, -2);
  point.pop_back();
  EXPECT_FALSE(reads(with(members, -2, written::bytes(point))));
  point.resize(33);
  EXPECT_FALSE(reads(with(members, -2, written::bytes(point))));
}

// WA §7.2 step 21
TEST(CoseKey, RefusesEd448PointsThatAreNoKeys) {
  const auto members = TestKey(CoseAlgorithm::ed448).members();
  const auto refuses = [&members](const Bytes& point) { return !reads(with(members, -2, written::bytes(point))); };
  const Bytes zero(57);
  auto prime = Bytes(57, std::byte{0xff});
  prime[28] = std::byte{0xfe};
  prime[56] = std::byte{0};
  const auto changed = [](Bytes point, std::size_t at, unsigned value) {
    point[at] = std::byte(value);
    return point;
  };
  for (const auto& point : {zero, changed(zero, 0, 1), changed(prime, 0, 0xfe), prime}) {
    EXPECT_TRUE(refuses(point)) << crypto::hex_encode(point);
    EXPECT_TRUE(refuses(changed(point, 56, 0x80))) << crypto::hex_encode(point);
  }
  EXPECT_TRUE(refuses(changed(Bytes(57, std::byte{0xff}), 56, 0))) << "beyond the prime";
  const auto right = content(members, -2);
  EXPECT_TRUE(refuses(changed(right, 56, 0x01))) << "a bit that no encoding has";
  EXPECT_TRUE(refuses(Bytes(right.begin(), right.end() - 1)));

  int on_curve = 0;
  for (unsigned y = 2; y < 66; ++y) on_curve += refuses(changed(zero, 0, y)) ? 0 : 1;
  EXPECT_GT(on_curve, 16) << "half of all y have a point";
  EXPECT_LT(on_curve, 48);
  for (int i = 0; i < 16; ++i) EXPECT_TRUE(reads(TestKey(CoseAlgorithm::ed448).members()));
}

Bytes modulus(std::size_t bits, unsigned last = 1) {
  Bytes bytes((bits + 7) / 8, std::byte{0x5b});
  bytes.front() = std::byte(1U << (bits - 1) % 8);
  bytes.back() = std::byte(0xc8U | last);
  return bytes;
}

// WA §7.1 step 20
TEST(CoseKey, WantsRsaNumbersOfUse) {
  for (const auto algorithm : {CoseAlgorithm::rs256, CoseAlgorithm::ps256}) {
    const CoseMembers members{{1, written::integer(3)},
                              {3, written::integer(static_cast<int>(algorithm))},
                              {-1, written::bytes(modulus(2048))},
                              {-2, written::bytes(hex("010001"))}};
    EXPECT_TRUE(reads(members));
    for (const std::size_t bits : {2048U, 3072U, 4096U}) {
      EXPECT_TRUE(reads(with(members, -1, written::bytes(modulus(bits))))) << bits;
    }
    for (const std::size_t bits : {8U, 512U, 1024U, 2047U, 4097U, 8192U, 16384U}) {
      EXPECT_FALSE(reads(with(members, -1, written::bytes(modulus(bits))))) << bits;
    }
    EXPECT_FALSE(reads(with(members, -1, written::bytes(modulus(2048, 0))))) << "even";
    EXPECT_FALSE(reads(with(members, -1, written::bytes({}))));
    auto padded = modulus(2048);
    padded.insert(padded.begin(), std::byte{0});
    EXPECT_FALSE(reads(with(members, -1, written::bytes(padded)))) << "RFC 8230 §4: without leading zeros";
    for (const auto* exponent : {"03", "11", "010001", "0100000001"}) {
      EXPECT_TRUE(reads(with(members, -2, written::bytes(hex(exponent))))) << exponent;
    }
    for (const auto* exponent : {"", "00", "01", "02", "04", "010000", "00010001", "010000000000000001"}) {
      EXPECT_FALSE(reads(with(members, -2, written::bytes(hex(exponent))))) << exponent;
    }
    EXPECT_FALSE(reads(with(members, -2, written::integer(65537))));
  }
}

TEST(CoseKey, LeavesNoErrorsForOthersToFind) {
  ERR_clear_error();
  const Bytes zeros(32);
  EXPECT_FALSE(reads(with(es256_members(), -2, written::bytes(zeros))));
  const TestKey key(CoseAlgorithm::es256);
  EXPECT_FALSE(verify_signature(key.get(), CoseAlgorithm::es256, hex("00"), {}));
  EXPECT_EQ(ERR_peek_error(), 0U);
}

}  // namespace
}  // namespace secureauth::webauthn
