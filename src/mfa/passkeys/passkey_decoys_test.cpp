#include "mfa/passkeys/passkey_decoys.hpp"

#include <gtest/gtest.h>

#include <set>

namespace secureauth::mfa {
namespace {

using Ids = std::vector<std::vector<std::byte>>;
constexpr std::string_view kSite = "https://auth.example.org";

Ids ids(const std::vector<PasskeyDescriptor>& decoys) {
  Ids found;
  for (const auto& decoy : decoys) found.push_back(decoy.id);
  return found;
}

// WA §14.6.2, ASVS 6.3.8
TEST(PasskeyDecoys, AreTheSameForAnAddressOnEveryInstance) {
  const crypto::SecretBytes key("one key, on every instance of it");
  const PasskeyDecoys here(key, kSite);
  const PasskeyDecoys there(key, kSite);
  EXPECT_EQ(ids(here.of("ann@example.org")), ids(there.of("ann@example.org")));
  EXPECT_EQ(here.of("ann@example.org").front().transports, there.of("ann@example.org").front().transports);
  EXPECT_NE(ids(here.of("ann@example.org")), ids(here.of("bob@example.org")));
  const PasskeyDecoys elsewhere(crypto::SecretBytes("another key, of somebody else's."), kSite);
  EXPECT_NE(ids(here.of("ann@example.org")), ids(elsewhere.of("ann@example.org")));
  const PasskeyDecoys another_site(key, "https://auth.example.net");
  EXPECT_NE(ids(here.of("ann@example.org")), ids(another_site.of("ann@example.org")));
}

// WA §14.6.3
TEST(PasskeyDecoys, DifferInNumberLengthAndTransportsAsPasskeysDo) {
  const PasskeyDecoys decoys(crypto::SecretBytes("one key, on every instance of it"), kSite);
  std::set<std::size_t> counts;
  std::set<std::size_t> lengths;
  std::set<std::vector<std::string>> transports;
  Ids all;
  for (int i = 0; i < 200; ++i) {
    const auto some = decoys.of(std::to_string(i) + "@example.org");
    counts.insert(some.size());
    for (const auto& one : some) {
      lengths.insert(one.id.size());
      transports.insert(one.transports);
      all.push_back(one.id);
    }
  }
  EXPECT_EQ(counts, (std::set<std::size_t>{1, 2}));
  EXPECT_EQ(lengths, (std::set<std::size_t>{16, 20, 32, 48, 64}));
  EXPECT_EQ(transports.size(), 3U);
  EXPECT_EQ((std::set<std::vector<std::byte>>(all.begin(), all.end()).size()), all.size()) << "no two are the same";
}

// ASVS 6.3.8: the service knows its own, and no other id.
TEST(PasskeyDecoys, AreKnownByTheirIds) {
  const PasskeyDecoys decoys(crypto::SecretBytes("one key, on every instance of it"), kSite);
  for (int i = 0; i < 50; ++i) {
    for (auto& [id, transports] : decoys.of(std::to_string(i) + "@example.org")) {
      EXPECT_TRUE(decoys.made(id));
      id.back() ^= std::byte{1};
      EXPECT_FALSE(decoys.made(id));
      id.back() ^= std::byte{1};
      id.front() ^= std::byte{1};
      EXPECT_FALSE(decoys.made(id));
    }
  }
  EXPECT_FALSE(decoys.made({}));
  EXPECT_FALSE(decoys.made(std::vector<std::byte>(8)));
}

}  // namespace
}  // namespace secureauth::mfa
