#include "mfa/totp/totp_keys.hpp"

#include "accounts/user_store.hpp"
#include "app/feature_fixture.hpp"
#include "crypto/uuid.hpp"
#include "mfa/totp/totp_authenticators.hpp"

namespace secureauth::mfa {
namespace {

crypto::SecretBytes key_of(unsigned char first) {
  crypto::SecretBytes key(32);
  for (std::size_t i = 0; i < key.size(); ++i) key.bytes()[i] = static_cast<std::byte>(first + i);
  return key;
}

crypto::KeyRing ring_of(unsigned char current, std::initializer_list<unsigned char> old) {
  std::vector<crypto::SecretBytes> keys;
  for (const auto first : old) keys.push_back(key_of(first));
  return {key_of(current), keys};
}

/// A store that does something the moment before the first secret is put back.
class Meddled final : public db::Database {
 public:
  Meddled(db::Database& real, std::function<void()> meddle) : real_(real), meddle_(std::move(meddle)) {}
  net::awaitable<db::Rows> execute(db::Statement statement, db::Params params) override {
    if (statement.sql.starts_with("UPDATE")) std::exchange(meddle_, [] {})();
    return real_.execute(statement, std::move(params));
  }
  net::awaitable<std::unique_ptr<db::Transaction>> begin() override { return real_.begin(); }
  net::awaitable<void> check_ready() override { return real_.check_ready(); }

 private:
  db::Database& real_;
  std::function<void()> meddle_;
};

class TotpKeysTest : public app::FeatureFixture {
 protected:
  UserId add_account() {
    const auto address = "user" + std::to_string(++accounts_) + "@example.org";
    const accounts::User user{.id = UserId(crypto::uuid_v7(random_, clock_.now())),
                              .email = address,
                              .name = std::nullopt,
                              .email_verified = true,
                              .created_at = clock_.now()};
    EXPECT_TRUE(wait(accounts::user_store::insert(*database_, user, email(address).key(), "$argon2id$")));
    return user.id;
  }
  void put(const UserId& user, const crypto::KeyRing& keys, std::string_view secret = "a secret") {
    totp_store::Active active{.secret = keys.seal(crypto::SecretBytes(secret), kTotpPurpose, user.text(), random_),
                              .parameters = {},
                              .position = {},
                              .created_at = clock_.now(),
                              .last_used_at = clock_.now()};
    wait(totp_store::put(*database_, user, std::move(active)));
  }
  void put_pending(const UserId& user, const crypto::KeyRing& keys) {
    totp_store::Pending pending{.secret = keys.seal(crypto::SecretBytes("new"), kTotpPurpose, user.text(), random_),
                                .parameters = {},
                                .created_at = clock_.now(),
                                .expires_at = clock_.now() + std::chrono::minutes(5)};
    wait(totp_store::put_pending(*database_, user, std::move(pending)));
  }
  std::string opened(const UserId& user, const crypto::KeyRing& keys) {
    const auto active = wait(totp_store::find(*database_, user));
    const auto secret = keys.open(active->secret, kTotpPurpose, user.text());
    return secret ? std::string(secret->reveal()) : "(nothing)";
  }
  TotpKeys::Rotated rotate(const crypto::KeyRing& keys) { return rotate(*database_, keys); }
  TotpKeys::Rotated rotate(db::Database& database, const crypto::KeyRing& keys) {
    TotpKeys totp_keys(database, keys, random_);
    return wait(totp_keys.rotate());
  }
  std::map<std::string, std::int64_t> count(const crypto::KeyRing& keys) {
    TotpKeys totp_keys(*database_, keys, random_);
    return wait(totp_keys.count());
  }

  int accounts_ = 0;
  crypto::KeyRing old_ = ring_of(1, {});
  crypto::KeyRing turned_ = ring_of(2, {1});
};

TEST_F(TotpKeysTest, EverySecretComesUnderTheCurrentKey) {  // ASVS 11.2.2
  const auto ann = add_account();
  const auto bob = add_account();
  put(ann, old_, "ann's");
  put_pending(ann, old_);
  put(bob, turned_, "bob's");
  EXPECT_EQ(count(turned_),
            (std::map<std::string, std::int64_t>{{turned_.key_ids()[0], 1}, {turned_.key_ids()[1], 2}}));
  const auto rotated = rotate(turned_);
  EXPECT_EQ(rotated.resealed, 2);
  EXPECT_EQ(rotated.unreadable, 0);
  const auto alone = ring_of(2, {});
  EXPECT_EQ(opened(ann, alone), "ann's");
  EXPECT_EQ(opened(bob, alone), "bob's");
  EXPECT_EQ(count(turned_), (std::map<std::string, std::int64_t>{{turned_.key_ids()[0], 3}}));
  EXPECT_EQ(rotate(turned_).resealed, 0) << "done already";
}

TEST_F(TotpKeysTest, GoesOverMoreThanOnePage) {
  auto fill = [&](db::Transaction& tx) -> net::awaitable<Result<void>> {
    for (int i = 0; i < 1001; ++i) {
      const UserId id(crypto::uuid_v7(random_, clock_.now()));
      const auto address = "many" + std::to_string(i) + "@example.org";
      const accounts::User user{
          .id = id, .email = address, .name = std::nullopt, .email_verified = true, .created_at = clock_.now()};
      co_await accounts::user_store::insert(tx, user, address, "$argon2id$");
      totp_store::Active active{.secret = old_.seal(crypto::SecretBytes("x"), kTotpPurpose, id.text(), random_),
                                .parameters = {},
                                .position = {},
                                .created_at = clock_.now(),
                                .last_used_at = clock_.now()};
      co_await totp_store::put(tx, id, std::move(active));
    }
    co_return Result<void>{};
  };
  ASSERT_TRUE(wait(database_->transaction(fill)));
  EXPECT_EQ(rotate(turned_).resealed, 1001);
  EXPECT_EQ(count(turned_), (std::map<std::string, std::int64_t>{{turned_.key_ids()[0], 1001}}));
}

TEST_F(TotpKeysTest, WhatCannotBeOpenedIsLeftAndTold) {
  const auto ann = add_account();
  const auto bob = add_account();
  put(ann, ring_of(9, {}));
  put(bob, old_);
  const auto before = wait(totp_store::find(*database_, ann))->secret;
  const auto rotated = rotate(turned_);
  EXPECT_EQ(rotated.resealed, 1);
  EXPECT_EQ(rotated.unreadable, 1);
  EXPECT_EQ(wait(totp_store::find(*database_, ann))->secret, before);
  EXPECT_EQ(opened(bob, turned_), "a secret") << "the others go on";
}

TEST_F(TotpKeysTest, SparesASecretThatWasSetUpMeanwhile) {  // issue 6: rotation while logins run
  const auto ann = add_account();
  put(ann, old_, "before");
  Meddled meddled(*database_, [&] { put(ann, old_, "set up meanwhile"); });
  EXPECT_EQ(rotate(meddled, turned_).resealed, 0);
  EXPECT_EQ(opened(ann, turned_), "set up meanwhile");
  EXPECT_EQ(rotate(turned_).resealed, 1) << "the next one finds it";
}

TEST_F(TotpKeysTest, ChangesNothingButTheSeal) {
  const auto ann = add_account();
  put(ann, old_);
  EXPECT_TRUE(wait(totp_store::advance(*database_, ann, {.drift = 1, .last_step = 77}, clock_.now())));
  rotate(turned_);
  const auto active = wait(totp_store::find(*database_, ann));
  EXPECT_EQ(active->position, (TotpPosition{.drift = 1, .last_step = 77}));
}

TEST_F(TotpKeysTest, TwoAtOnceLoseNothing) {
  const auto ann = add_account();
  put(ann, old_, "ann's");
  Meddled meddled(*database_, [&] { rotate(turned_); });
  EXPECT_EQ(rotate(meddled, turned_).resealed, 0) << "the other was first";
  EXPECT_EQ(opened(ann, turned_), "ann's");
}

}  // namespace
}  // namespace secureauth::mfa
