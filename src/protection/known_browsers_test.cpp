#include "protection/known_browsers.hpp"

#include "core/clock_fixture.hpp"
#include "crypto/rotating_key_fixture.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace secureauth::protection {
namespace {

class KnownBrowsersTest : public testing::Test {
 protected:
  SetClock clock_;
  crypto::SystemRandom random_;
  crypto::SecretBytes key_{32};
  KnownBrowsers browsers_{key_, "https://bank.test", KnownBrowsers::kKnown, clock_, random_};
  KnownBrowsers::Owner ann_{UserId("0198c0de-0000-7000-8000-00000000000a"), 1};
  KnownBrowsers::Owner bob_{UserId("0198c0de-0000-7000-8000-00000000000b"), 1};
};

TEST_F(KnownBrowsersTest, KnowsTheAccountItRemembersAndNoOther) {  // ASVS 6.1.1
  const auto cookie = browsers_.remember("", ann_);
  EXPECT_TRUE(browsers_.knows(cookie, ann_));
  EXPECT_FALSE(browsers_.knows(cookie, bob_));
  EXPECT_FALSE(browsers_.knows("", ann_));
  EXPECT_EQ(cookie.find(ann_.user.text()), std::string::npos);
}

TEST_F(KnownBrowsersTest, AMarkTellsOneBrowserFromAnother) {  // ASVS 6.1.1
  const auto home = browsers_.mark(browsers_.remember("", ann_), ann_);
  const auto work = browsers_.mark(browsers_.remember("", ann_), ann_);
  ASSERT_TRUE(home && work);
  EXPECT_NE(*home, *work);
  const auto shared = browsers_.remember(browsers_.remember("", ann_), bob_);
  EXPECT_NE(browsers_.mark(shared, ann_), browsers_.mark(shared, bob_));
  EXPECT_EQ(browsers_.mark(browsers_.remember("", bob_), ann_), std::nullopt);
}

TEST_F(KnownBrowsersTest, AMarkIsOfASignInWithFactorsOrWithout) {
  const KnownBrowsers::Owner with_factors{ann_.user, ann_.password_version, 7};
  EXPECT_TRUE(browsers_.mark(browsers_.remember("", with_factors), with_factors));
  EXPECT_TRUE(browsers_.mark(browsers_.remember("", ann_), with_factors));
  const KnownBrowsers::Owner other_factors{ann_.user, ann_.password_version, 8};
  EXPECT_FALSE(browsers_.mark(browsers_.remember("", other_factors), with_factors));
}

TEST_F(KnownBrowsersTest, AnotherPasswordIsKnownNowhere) {  // ASVS 6.3.5
  const auto cookie = browsers_.remember("", ann_);
  const KnownBrowsers::Owner changed{ann_.user, 2};
  EXPECT_FALSE(browsers_.knows(cookie, changed));
  EXPECT_TRUE(browsers_.knows(browsers_.remember(cookie, changed), changed));
}

TEST_F(KnownBrowsersTest, ANoteHoldsForTheLifeThatIsSetAndNoOther) {  // ASVS 6.3.3
  const auto trusting_for = [&](std::chrono::days life) {
    return KnownBrowsers(key_, "https://bank.test", KnownBrowsers::trusted_for(life), clock_, random_);
  };
  const auto cookie = trusting_for(std::chrono::days(90)).remember("", ann_);
  EXPECT_TRUE(trusting_for(std::chrono::days(90)).knows(cookie, ann_));
  EXPECT_FALSE(trusting_for(std::chrono::days(7)).knows(cookie, ann_));
  EXPECT_FALSE(trusting_for(std::chrono::days(0)).knows(cookie, ann_));
}

TEST_F(KnownBrowsersTest, SeveralAccountsShareABrowserUpToFive) {
  auto cookie = browsers_.remember(browsers_.remember("", ann_), bob_);
  EXPECT_TRUE(browsers_.knows(cookie, ann_));
  EXPECT_TRUE(browsers_.knows(cookie, bob_));
  for (const char c : std::string_view("cdef")) {
    const UserId other("0198c0de-0000-7000-8000-00000000000" + std::string(1, c));
    cookie = browsers_.remember(cookie, {other, 1});
  }
  EXPECT_FALSE(browsers_.knows(cookie, ann_)) << "the oldest went";
  EXPECT_TRUE(browsers_.knows(cookie, bob_));
  EXPECT_EQ(std::ranges::count(cookie, '~'), 4);
}

TEST_F(KnownBrowsersTest, ANewNoteTakesTheOldOnesPlace) {
  const auto cookie = browsers_.remember(browsers_.remember("", ann_), ann_);
  EXPECT_EQ(std::ranges::count(cookie, '~'), 0);
  EXPECT_TRUE(browsers_.knows(cookie, ann_));
}

TEST_F(KnownBrowsersTest, EndsAfterAYear) {  // attack 36: expired
  const auto cookie = browsers_.remember("", ann_);
  clock_.advance(KnownBrowsers::kKnown.life - std::chrono::seconds(1));
  EXPECT_TRUE(browsers_.knows(cookie, ann_));
  clock_.advance(std::chrono::seconds(1));
  EXPECT_FALSE(browsers_.knows(cookie, ann_));
}

TEST_F(KnownBrowsersTest, AnAlteredOrForeignNoteIsUnknown) {  // ASVS 9.1.1, 9.2.1
  const auto cookie = browsers_.remember("", ann_);
  for (std::size_t i = 0; i < cookie.size(); ++i) {
    auto altered = cookie;
    altered.at(i) = altered.at(i) == 'A' ? 'B' : 'A';
    EXPECT_FALSE(browsers_.knows(altered, ann_)) << i;
  }
  EXPECT_FALSE(browsers_.knows(cookie.substr(0, cookie.size() - 1), ann_));
  EXPECT_FALSE(browsers_.knows(cookie.substr(0, cookie.find('.') + 1), ann_));
  const KnownBrowsers elsewhere(key_, "https://other.test", KnownBrowsers::kKnown, clock_, random_);
  EXPECT_FALSE(elsewhere.knows(cookie, ann_));
}

TEST_F(KnownBrowsersTest, GivesNothingBackButNotes) {
  const auto cookie =
      browsers_.remember("x=1; Domain=evil.test~" + std::string(66, ';') + "~" + std::string(66, 'a'), ann_);
  EXPECT_EQ(cookie.find(';'), std::string::npos);
  EXPECT_TRUE(cookie.ends_with("~" + std::string(66, 'a')));
  EXPECT_EQ(browsers_.remember(std::string(1025, 'a'), ann_).size(), 66U);
}

TEST_F(KnownBrowsersTest, ATrustedBrowserIsOneOfItsOwn) {  // ASVS 9.2.2
  const auto trusted = KnownBrowsers::trusted_for(std::chrono::days(30));
  const KnownBrowsers trusting{key_, "https://bank.test", trusted, clock_, random_};
  const KnownBrowsers::Owner owner{ann_.user, ann_.password_version, 7};
  const auto cookie = trusting.remember("", owner);
  EXPECT_TRUE(trusting.knows(cookie, owner));
  EXPECT_FALSE(browsers_.knows(cookie, owner)) << "known is not trusted, and trusted not known";
  EXPECT_FALSE(trusting.knows(browsers_.remember("", owner), owner));
  EXPECT_FALSE(trusting.knows(cookie, {owner.user, owner.password_version, 8})) << "other factors";
  EXPECT_FALSE(trusting.knows(cookie, {owner.user, owner.password_version + 1, 7})) << "another password";
  clock_.advance(std::chrono::days(30));
  EXPECT_FALSE(trusting.knows(cookie, owner));
}

TEST_F(KnownBrowsersTest, ANoteUnderAFormerKeyIsKnownAndRenewedUnderTheNewOne) {  // ASVS 11.2.2
  const crypto::SecretBytes fresh("another key of thirty-two bytes!");
  const crypto::RotatingKey key(key_);
  const KnownBrowsers browsers(key, "https://bank.test", KnownBrowsers::kKnown, clock_, random_);
  const auto cookie = browsers.remember(browsers.remember("", bob_), ann_);
  key.replace(crypto::generations(fresh, &key_));
  EXPECT_TRUE(browsers.knows(cookie, ann_));
  const auto renewed = browsers.remember(cookie, ann_);
  EXPECT_EQ(std::ranges::count(renewed, '~'), 1) << "one note each";
  key.replace(crypto::generations(fresh, nullptr));
  EXPECT_FALSE(browsers.knows(cookie, ann_));
  EXPECT_TRUE(browsers.knows(renewed, ann_));
  EXPECT_FALSE(browsers.knows(renewed, bob_)) << "who did not sign in meanwhile";
}

}  // namespace
}  // namespace secureauth::protection
