#include "passwords/breach_file.hpp"

#include "core/error.hpp"
#include "core/temporary_folder_fixture.hpp"
#include "crypto/digest.hpp"
#include "passwords/breach_filter.hpp"
#include "passwords/breach_filter_builder.hpp"
#include "passwords/hash_dump.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

namespace secureauth::passwords {
namespace {

crypto::Sha1 digest_of(int number) {
  return crypto::sha1(crypto::as_bytes("password " + std::to_string(number)));
}

std::string hex(const crypto::Sha1& digest) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string text;
  for (const auto byte : digest) {
    text += kDigits[std::to_integer<unsigned>(byte) >> 4U];
    text += kDigits[std::to_integer<unsigned>(byte) & 15U];
  }
  return text;
}

std::string reason(const std::function<void()>& action) {
  try {
    action();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

class BreachFileTest : public testing::Test {
 protected:
  void write(const std::filesystem::path& path, std::string_view text) {
    std::ofstream(path, std::ios::binary) << text;
  }
  /// The digests of `password 0` to `password n-1` as the public dump has them.
  void write_dump(int n, std::string_view line_end = "\r\n", bool counts = true) {
    std::vector<crypto::Sha1> digests;
    for (int i = 0; i < n; ++i) digests.push_back(digest_of(i));
    std::ranges::sort(digests);
    std::ofstream out(dump_, std::ios::binary);
    for (std::size_t i = 0; i < digests.size(); ++i) {
      out << hex(digests[i]);
      if (counts) out << ':' << i * i + 1;
      out << line_end;
    }
  }
  BuiltFilter build() {
    return build_breach_filter(dump_, filter_, [](auto, auto) {});
  }
  int hits(const BreachFile& file, int from, int to) {
    int found = 0;
    for (int i = from; i < to; ++i) found += file.contains(digest_of(i)) ? 1 : 0;
    return found;
  }

  TemporaryFolder folder_;
  std::filesystem::path dump_ = folder_.path() / "dump.txt";
  std::filesystem::path filter_ = folder_.path() / "dump.filter";
};

TEST_F(BreachFileTest, TheDumpIsSearchedWhereItLies) {  // ASVS 6.2.12
  for (const int lines : {1, 2, 3, 1000}) {
    for (const auto* line_end : {"\n", "\r\n"}) {
      for (const bool counts : {true, false}) {
        write_dump(lines, line_end, counts);
        const auto file = open_breach_file(dump_);
        EXPECT_EQ(hits(*file, 0, lines), lines);
        EXPECT_EQ(hits(*file, lines, lines + 200), 0);
      }
    }
  }
}

TEST_F(BreachFileTest, TheDumpMayBeInSmallLettersAndEndWithoutNewline) {
  auto text = hex(digest_of(1));
  std::ranges::transform(text, text.begin(), [](char c) { return static_cast<char>(std::tolower(c)); });
  write(dump_, text);
  EXPECT_TRUE(open_breach_file(dump_)->contains(digest_of(1)));
}

TEST_F(BreachFileTest, TheFilterHoldsAllOfTheDumpAndFewOthers) {  // ASVS 6.2.12; the stated rate of false positives
  constexpr int kDigests = 100'000;
  constexpr int kOthers = 1'000'000;
  write_dump(kDigests);
  const auto built = build();
  EXPECT_EQ(built.digests, std::uint64_t{kDigests});
  EXPECT_EQ(built.bytes, std::filesystem::file_size(filter_));
  EXPECT_LT(static_cast<double>(built.bytes), 3.5 * kDigests);
  EXPECT_LT(built.false_positives, 3e-6);
  const auto file = open_breach_file(filter_);
  EXPECT_EQ(hits(*file, 0, kDigests), kDigests);
  const int false_positives = hits(*file, kDigests, kDigests + kOthers);
  RecordProperty("false_positives_in_a_million", false_positives);
  EXPECT_LE(false_positives, 6);  // 1.5 are expected; the digests are always the same ones
}

TEST_F(BreachFileTest,
       TheRateOfFalsePositivesIsTheStatedOne) {  // by the digests' first bits: near ones are likeliest hit
  write_dump(1000);
  const auto built = build();
  const auto file = open_breach_file(filter_);
  int found = 0;
  for (int i = 0; i < 1000; ++i) {
    auto near = digest_of(i);
    near[19] ^= std::byte{1};  // beyond what the filter keeps
    found += file->contains(near) ? 1 : 0;
    near[3] ^= std::byte{0x80};  // within
    found += file->contains(near) ? 1000 : 0;
  }
  EXPECT_EQ(found, 1000);
  EXPECT_NEAR(built.false_positives, 1000.0 / 32 / 0x1p24, 1e-7);
}

TEST_F(BreachFileTest, AFilterOfOneDigestWorks) {
  write_dump(1);
  EXPECT_EQ(build().digests, 1U);
  EXPECT_EQ(hits(*open_breach_file(filter_), 0, 1000), 1);
}

TEST_F(BreachFileTest, GarbageIsNamedByItsLineAndLeavesNothing) {
  const auto low = std::string(40, '0');
  const auto high = std::string(40, 'F');
  const std::pair<std::string, const char*> kCases[] = {
      {high + "\n" + low + "\n", "line 2: out of order"},
      {low + "\n" + low + "\n", "line 2: out of order"},
      {low + ":1\nnonsense\n", "line 2: not a SHA-1"},
      {low + ":\n", "line 1: not a SHA-1"},
      {low + ":12x\n", "line 1: not a SHA-1"},
      {low + "\n\n", "line 2: not a SHA-1"},
      {low.substr(1) + "\n", "line 1: not a SHA-1"},
      {low + std::string(1000, '1') + "\n", "line 1: not a SHA-1"},
      {"", "no digest"},
  };
  for (const auto& [text, expected] : kCases) {
    write(dump_, text);
    EXPECT_NE(reason([this] { build(); }).find(expected), std::string::npos) << text;
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_.path()), {}), 1) << text;
  }
}

TEST_F(BreachFileTest, WhatIsNeitherIsRefused) {
  for (const auto* text :
       {"", "password\n", "SAbreach", "SAbreach and more than sixty-four bytes of something that is no header"}) {
    write(dump_, text);
    EXPECT_NE(reason([this] { (void)open_breach_file(dump_); }), "") << text;
  }
  EXPECT_NE(reason([this] { (void)open_breach_file(folder_.path()); }), "");
  EXPECT_NE(reason([this] { (void)open_breach_file(folder_.path() / "none"); }), "");
}

TEST_F(BreachFileTest, ADamagedFilterIsRefusedWhereverItIsCutOrItsHeaderChanged) {
  write_dump(100);
  build();
  std::ifstream in(filter_, std::ios::binary);
  const std::string whole(std::istreambuf_iterator<char>(in), {});
  for (const std::size_t size : {8UL, 63UL, 64UL, 70UL, whole.size() - 1}) {
    write(filter_, whole.substr(0, size));
    EXPECT_NE(reason([this] { (void)open_breach_file(filter_); }), "") << size;
  }
  for (std::size_t i = 0; i < 64; ++i) {
    auto changed = whole;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    write(filter_, changed);
    EXPECT_NE(reason([this] { (void)open_breach_file(filter_); }), "") << i;
  }
}

TEST_F(BreachFileTest, AFileCutShortWhileInUseIsAFaultAndNoCrash) {  // attack 29: a mapped file would kill the process
  write_dump(1000);
  build();
  for (const auto& path : {dump_, filter_}) {
    const auto file = open_breach_file(path);
    std::filesystem::resize_file(path, 100);
    EXPECT_THROW((void)hits(*file, 0, 1000), Unavailable);
  }
}

}  // namespace
}  // namespace secureauth::passwords
