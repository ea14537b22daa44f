#include "crypto/rotating_key.hpp"

#include "crypto/encoding.hpp"
#include "crypto/key_ring.hpp"
#include "crypto/page_cursors.hpp"
#include "crypto/sealer.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <exception>
#include <thread>

namespace secureauth::crypto {
namespace {

SecretBytes key_of(char fill) {
  return SecretBytes(std::string(32, fill));
}

KeyGenerations generations(char current, char next = 0, std::initializer_list<char> old = {}) {
  KeyGenerations keys;
  keys.current = key_of(current);
  if (next != 0) keys.next = key_of(next);
  for (const char one : old) keys.old.push_back(key_of(one));
  return keys;
}

class RotatingKeyTest : public testing::Test {
 protected:
  RotatingKey key_{generations('a')};
  SystemRandom random_;
};

TEST_F(RotatingKeyTest, TheCurrentOneMakesAndAllAreAccepted) {  // ASVS 11.2.2
  const DerivedKeys keys(key_, "a label");
  const auto made_by = [](char key) {
    return base64url_encode(DerivedKeys(RotatingKey(generations(key)), "a label").sign({"x"}));
  };
  key_.replace(generations('b', 'c', {'a'}));
  EXPECT_EQ(base64url_encode(keys.sign({"x"})), made_by('b'));
  for (const char key : {'a', 'b', 'c'}) EXPECT_TRUE(keys.accept(made_by(key), {"x"})) << key;
  EXPECT_FALSE(keys.accept(made_by('d'), {"x"}));
  EXPECT_FALSE(keys.accept(made_by('a'), {"y"}));
  key_.replace(generations('b'));
  EXPECT_FALSE(keys.accept(made_by('a'), {"x"})) << "retired";
}

TEST_F(RotatingKeyTest, OneKeyHasOnePurpose) {  // ASVS 11.1.2
  EXPECT_NE(DerivedKeys(key_, "one").sign({"x"}), DerivedKeys(key_, "another").sign({"x"}));
}

TEST_F(RotatingKeyTest, WhatCannotBeDerivedChangesNothing) {
  const DerivedKeys before_it(key_, "a label");
  const KeyRing ring(key_);  // needs a current one
  const auto mac = base64url_encode(before_it.sign({"x"}));
  const auto ids = key_.ids();
  EXPECT_THROW(key_.replace(KeyGenerations()), std::exception);
  EXPECT_TRUE(before_it.accept(mac, {"x"}));
  EXPECT_EQ(key_.ids(), ids);
}

TEST_F(RotatingKeyTest, WhatIsPreparedIsInForceOnceItIsCommitted) {
  const DerivedKeys keys(key_, "a label");
  const auto before = keys.all();
  {
    const auto left = key_.prepare(generations('b'));
  }
  EXPECT_EQ(keys.all(), before) << "left alone";
  auto prepared = key_.prepare(generations('c'));
  EXPECT_EQ(keys.all(), before) << "not yet";
  prepared.commit();
  EXPECT_NE(keys.all(), before);
  EXPECT_EQ(key_.ids().current, key_id_of(key_of('c')));
}

TEST_F(RotatingKeyTest, OneThatIsStillToComeIsNoKey) {
  const auto key = RotatingKey::to_come();
  const DerivedKeys keys(key, "a label");
  EXPECT_THROW(static_cast<void>(keys.sign({"x"})), std::logic_error);
  EXPECT_THROW(static_cast<void>(keys.accept("", {"x"})), std::logic_error);
  EXPECT_THROW(static_cast<void>(keys.all()), std::logic_error);
  EXPECT_THROW(static_cast<void>(key.ids()), std::logic_error);
  key.replace(generations('a'));
  EXPECT_EQ(keys.sign({"x"}), DerivedKeys(key_, "a label").sign({"x"}));
  EXPECT_EQ(key.ids(), key_.ids());
}

TEST_F(RotatingKeyTest, WhoeverHoldsASnapshotFinishesWithIt) {
  const DerivedKeys keys(key_, "a label");
  auto held = keys.all();
  const std::weak_ptr<const std::vector<SecretBytes>> gone = held;
  key_.replace(generations('b'));
  EXPECT_EQ(held->size(), 1U);
  EXPECT_NE(held, keys.all());
  held.reset();
  EXPECT_TRUE(gone.expired()) << "wiped when the last use of it ends";
}

TEST_F(RotatingKeyTest, OneThatIsGoneIsNotAskedAnyMore) {
  int derived = 0;
  {
    const Derived<int> once(key_, [&derived](const KeyGenerations&) { return ++derived; });
    key_.replace(generations('b'));
    EXPECT_EQ(*once.get(), 2);
  }
  key_.replace(generations('c'));
  EXPECT_EQ(derived, 2);
}

TEST_F(RotatingKeyTest, NothingIsSeenHalfWay) {  // for the thread sanitizer, too
  const DerivedKeys keys(key_, "a label");
  std::atomic<bool> stop = false;
  std::atomic<int> refused = 0;
  std::thread user([&] {
    while (!stop) {
      const auto mac = base64url_encode(keys.sign({"x"}));
      if (!keys.accept(mac, {"x"})) ++refused;
    }
  });
  for (int i = 0; i < 200; ++i) {
    key_.replace(generations('a', 'b'));
    key_.replace(generations('b', 0, {'a'}));
  }
  stop = true;
  user.join();
  EXPECT_EQ(refused, 0);
}

TEST_F(RotatingKeyTest, IdsFollowFromTheKeyAndAreNoPartOfIt) {  // ASVS 11.1.1
  key_.replace(generations('b', 'c', {'a'}));
  const auto ids = key_.ids();
  EXPECT_EQ(ids.current, key_id_of(key_of('b')));
  EXPECT_EQ(ids.next, key_id_of(key_of('c')));
  EXPECT_EQ(ids.old, std::vector{key_id_of(key_of('a'))});
  EXPECT_EQ(ids.current.size(), 12U);
  EXPECT_EQ(hex_encode(key_of('b').bytes()).find(ids.current), std::string::npos);
}

TEST_F(RotatingKeyTest, CursorsOutliveAChangeAndNoRetirement) {
  const PageCursors cursors(key_, "https://a.example");
  const auto cursor = cursors.issue("sessions", "me", "7");
  key_.replace(generations('b', 0, {'a'}));
  EXPECT_EQ(cursors.read("sessions", "me", cursor), "7");
  key_.replace(generations('b'));
  EXPECT_EQ(cursors.read("sessions", "me", cursor), std::nullopt);
}

TEST_F(RotatingKeyTest, SealsUnderTheCurrentOneAndOpensUnderAny) {
  const Sealer sealer(key_, "a label");
  const auto sealed = sealer.seal("plain", "place", random_);
  key_.replace(generations('b', 'c', {'a'}));
  EXPECT_EQ(sealer.open(sealed, "place"), "plain");
  EXPECT_EQ(sealer.key_of(sealed, "place"), 2U) << "behind the next one";
  EXPECT_EQ(sealer.key_of(sealer.seal("plain", "place", random_), "place"), 0U);
  EXPECT_EQ(sealer.key_of(sealed, "elsewhere"), std::nullopt);
  key_.replace(generations('b'));
  EXPECT_EQ(sealer.open(sealed, "place"), std::nullopt);
}

TEST_F(RotatingKeyTest, ARingOpensWhatTheNextOneSealed) {
  const KeyRing ring(key_);
  const KeyRing ahead(RotatingKey(generations('b')));
  const auto sealed = ahead.seal(SecretBytes(std::string_view("plain")), "totp", "ann", random_);
  EXPECT_EQ(ring.open(sealed, "totp", "ann"), std::nullopt);
  key_.replace(generations('a', 'b'));
  EXPECT_EQ(ring.open(sealed, "totp", "ann")->reveal(), "plain");
  EXPECT_FALSE(ring.is_under_current_key(sealed));
}

}  // namespace
}  // namespace secureauth::crypto
