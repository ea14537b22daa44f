#include "mfa/webauthn/cbor.hpp"

#include "crypto/digest.hpp"
#include "crypto/encoding.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace secureauth::webauthn::cbor {
namespace {

using Bytes = std::vector<std::byte>;

Bytes hex(std::string_view digits) {
  return crypto::hex_decode(digits).value();
}

bool reads(std::string_view digits) {
  const auto input = hex(digits);
  return read(input).has_value();
}

std::string fault(const Bytes& input) {
  const auto value = read(input);
  return value ? "" : value.error();
}
std::string fault(std::string_view digits) {
  return fault(hex(digits));
}

TEST(Cbor, ReadsIntegers) {
  const std::pair<const char*, std::int64_t> kCases[] = {
      {"00", 0},
      {"17", 23},
      {"1818", 24},
      {"18ff", 255},
      {"190100", 256},
      {"20", -1},
      {"26", -7},
      {"37", -24},
      {"3818", -25},
      {"390100", -257},
      {"1a00010000", 65536},
      {"1b0000000100000000", 4294967296},
      {"1b7fffffffffffffff", std::numeric_limits<std::int64_t>::max()},
      {"3b7fffffffffffffff", std::numeric_limits<std::int64_t>::min()}};
  for (const auto& [digits, number] : kCases) {
    const auto input = hex(digits);
    const auto value = read(input);
    ASSERT_TRUE(value) << digits;
    EXPECT_EQ(value->integer(), number) << digits;
    EXPECT_FALSE(value->bytes() || value->text() || value->boolean() || value->is_map() || value->is_array());
  }
}

TEST(Cbor, ReadsStringsBooleansAndNull) {
  const auto bytes = hex("4301ff00");
  EXPECT_TRUE(std::ranges::equal(*read(bytes)->bytes(), hex("01ff00")));
  EXPECT_FALSE(read(bytes)->text());
  const auto text = hex("65c3a97ac3a9");
  EXPECT_EQ(read(text)->text(), "\xc3\xa9z\xc3\xa9");
  const auto yes = hex("f5");
  const auto no = hex("f4");
  const auto null = hex("f6");
  EXPECT_EQ(read(yes)->boolean(), true);
  EXPECT_EQ(read(no)->boolean(), false);
  EXPECT_EQ(read(null)->kind(), Value::Kind::null);
  EXPECT_FALSE(read(null)->boolean());
}

TEST(Cbor, FindsWhatStandsInMapsAndArrays) {
  const auto input = hex("a4010320f563666d74646e6f6e656378356382410142ffee");
  const auto map = read(input);
  ASSERT_TRUE(map) << map.error();
  EXPECT_EQ(map->size(), 4U);
  EXPECT_EQ(map->find(1)->integer(), 3);
  EXPECT_EQ(map->find(-1)->boolean(), true);
  EXPECT_EQ(map->find_text("fmt"), "none");
  EXPECT_FALSE(map->find_bytes("fmt") || map->find_integer("fmt"));
  EXPECT_EQ(map->find(2), nullptr);
  EXPECT_EQ(map->find("1"), nullptr);
  EXPECT_TRUE(map->items().empty());
  const auto* const list = map->find("x5c");
  ASSERT_EQ(list->size(), 2U);
  EXPECT_TRUE(std::ranges::equal(*list->items()[1].bytes(), hex("ffee")));
  EXPECT_EQ(list->find(1), nullptr);
}

TEST(Cbor, GivesTheItemAsItStood) {
  const auto input = hex("a1617881a101420001deadbeef");
  const auto map = read_first(input);
  ASSERT_TRUE(map);
  EXPECT_TRUE(std::ranges::equal(map->encoded(), hex("a1617881a101420001")));
  EXPECT_TRUE(std::ranges::equal(map->find("x")->encoded(), hex("81a101420001")));
  EXPECT_FALSE(read(input));
}

// WA §7.1 step 13
TEST(Cbor, WantsTheShortestForm) {
  for (const auto* digits : {"1800",   "1817",   "190017", "1900ff",   "1a0000ffff",   "1b00000000ffffffff",
                             "3817",   "3900ff", "580141", "590001ff", "5a0000000100", "5b000000000000000100",
                             "780161", "9800",   "990000", "b800",     "b90000",       "f814",
                             "f815",   "f816"}) {
    EXPECT_FALSE(reads(digits)) << digits;
  }
}

// WA §7.1 step 13
TEST(Cbor, WantsKeysSortedAndOnce) {
  // CTAP2: integers before texts, the shorter before the longer, else by their bytes.
  EXPECT_TRUE(reads("a6010003001818002000381800617a00"));
  EXPECT_TRUE(reads("a2617a0062616100"));
  for (const auto* digits : {"a203000100", "a201000100", "a220000100", "a2616100616100", "a2616200616100",
                             "a262616100617a00", "a26161000100", "a21818000100"}) {
    EXPECT_EQ(fault(digits), "keys unsorted or twice") << digits;
  }
}

// WA §7.1 step 13
TEST(Cbor, RefusesWhatCtap2DoesNotHave) {
  for (const auto* digits :
       {"5fff", "5f4101ff", "7fff", "9fff", "9f01ff", "bfff",       "bf0101ff",           "ff", "c000", "d81800",
        "f7",   "e0",       "f3",   "f8ff", "f93c00", "fa3f800000", "fb3ff0000000000000", "1c", "1f",   "3f",
        "5d",   "9c",       "fc",   "fe"}) {
    EXPECT_FALSE(reads(digits)) << digits;
    EXPECT_FALSE(reads("81" + std::string(digits))) << digits;
  }
  EXPECT_EQ(fault("1b8000000000000000"), "an integer beyond 64 bits");
  EXPECT_EQ(fault("3bffffffffffffffff"), "an integer beyond 64 bits");
}

TEST(Cbor, RefusesKeysThatAreNoNames) {
  for (const auto* digits : {"a1410100", "a1f500", "a1f600", "a18000", "a1a000"}) {
    EXPECT_EQ(fault(digits), "a key that is neither integer nor text") << digits;
  }
}

TEST(Cbor, RefusesTextThatIsNotUtf8) {
  for (const auto* digits : {"61ff", "61c3", "62c080", "63eda080", "64f4908080", "a161ff00"}) {
    EXPECT_EQ(fault(digits), "text that is not UTF-8") << digits;
  }
}

TEST(Cbor, RefusesWhatIsCutOffOrGoesOn) {
  const auto whole = hex("a4010320f563666d74646e6f6e656378356382410142ffee");
  ASSERT_TRUE(read(whole));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_EQ(fault(part), "cut off") << size;
  }
  auto more = whole;
  more.push_back(std::byte{0});
  EXPECT_EQ(fault(more), "bytes after the end");
}

TEST(Cbor, NestsAsDeepAsACompoundAttestationDoes) {
  EXPECT_TRUE(reads("818181818100"));
  EXPECT_EQ(fault("81818181818100"), "nested too deeply");
  EXPECT_EQ(fault("818181818180"), "nested too deeply");
  for (const unsigned head : {0x81U, 0xa1U, 0x9fU, 0xbfU, 0xc6U, 0xd8U}) {
    EXPECT_NE(fault(Bytes(60UL * 1024, static_cast<std::byte>(head))), "") << head;
  }
}

// A length that is not there costs nothing: the input ends first.
TEST(Cbor, AllocatesNothingByADeclaredLength) {
  for (const auto* digits : {"5bffffffffffffffff", "7b7fffffffffffffff", "9bffffffffffffffff", "bbffffffffffffffff",
                             "bb8000000000000000", "9b7fffffffffffffff00", "5affffffff00", "9affffffff00"}) {
    EXPECT_EQ(fault(digits), "cut off") << digits;
  }
}

TEST(Cbor, BoundsHowManyItemsThereAre) {
  auto input = hex("9903ff");  // 1023 values in an array
  input.resize(3 + 1023);
  EXPECT_EQ(fault(input), "");
  input = hex("990400");
  input.resize(3 + 1024);
  EXPECT_EQ(fault(input), "too many items");
}

}  // namespace
}  // namespace secureauth::webauthn::cbor
