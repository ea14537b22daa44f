#include "sessions/shared_sessions.hpp"

#include "accounts/user_store.hpp"
#include "app/feature_fixture.hpp"
#include "audit/audit_fixture.hpp"
#include "crypto/encoding.hpp"
#include "crypto/rotating_key_fixture.hpp"
#include "crypto/uuid.hpp"
#include "ephemeral/shared_cache_fixture.hpp"

namespace secureauth::sessions {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Two instances on one record store and one shared cache.
class SharedSessionsTest : public app::FeatureFixture {
 protected:
  struct Instance {
    explicit Instance(SharedSessionsTest& test)
        : shared({test.cache_, test.clock_, test.random_}, test.key_),
          sessions({.database = *test.database_,
                    .policy = test.assurance_,
                    .audit = test.audit_,
                    .clock = test.clock_,
                    .random = test.random_,
                    .shared = &shared},
                   {.idle_timeout = seconds(900), .absolute_timeout = seconds(43200), .most_per_user = 3}) {
      test.cache_.listeners.emplace_back([this](std::string_view key) { sessions.hear_of_drop(key); });
    }
    SharedSessions shared;
    Sessions sessions;
  };

  SharedSessionsTest() {
    user_ = {.id = UserId(crypto::uuid_v7(random_, clock_.now())),
             .email = "me@example.org",
             .name = std::nullopt,
             .email_verified = true,
             .role = accounts::Role::user,
             .status = accounts::Status::active,
             .created_at = clock_.now()};
    EXPECT_TRUE(wait(accounts::user_store::insert(*database_, user_, user_.email, "no hash")));
  }

  SessionToken open(Instance& at) {
    return wait(at.sessions.open({.user = user_, .amr = {"pwd"}, .client = client_})).value().token;
  }
  bool valid(Instance& at, const SessionToken& token) { return wait(at.sessions.check(token)).has_value(); }
  void end(Instance& at, const SessionToken& token) {
    wait(at.sessions.end(wait(at.sessions.check(token)).value(), client_));
  }
  ephemeral::FakeSharedCache::Entry& only_entry() {
    EXPECT_EQ(cache_.entries.size(), 1U);
    return cache_.entries.begin()->second;
  }
  void delete_from_record_store() { select("DELETE FROM sessions RETURNING id"); }

  crypto::SecretBytes key_{std::string_view("0123456789abcdef0123456789abcdef")};
  ephemeral::FakeSharedCache cache_{clock_};
  audit::AuditLog audit_{clock_, random_, audit::keys_for_tests()};
  accounts::User user_;
  Instance a_{*this};
  Instance b_{*this};
};

TEST_F(SharedSessionsTest, OneInstanceServesWhatAnotherOpenedWithoutTheRecordStore) {
  const auto token = open(a_);
  delete_from_record_store();  // behind everybody's back: whoever says yes now has it from the cache
  EXPECT_TRUE(valid(b_, token));
}

TEST_F(SharedSessionsTest, AnEndedSessionIsRefusedAtOnceOnEveryInstance) {  // ASVS 7.4.1
  const auto token = open(a_);
  EXPECT_TRUE(valid(a_, token));
  EXPECT_TRUE(valid(b_, token));
  end(a_, token);
  EXPECT_FALSE(valid(b_, token));
  EXPECT_FALSE(valid(a_, token));
}

TEST_F(SharedSessionsTest, WhatWasReadBeforeTheEndCannotComeBack) {  // ASVS 7.4.1
  const auto token = open(a_);
  auto read = wait(session_store::find(*database_, token.hash(), clock_.now()));
  const auto read_at = clock_.now();
  end(a_, token);
  wait(b_.shared.keep(*read, read_at));
  EXPECT_FALSE(valid(b_, token));
  // Even a process that slept past the bar has nothing to bring: what it read has gone stale.
  clock_.advance(seconds(60));
  wait(b_.shared.keep(*read, read_at));
  EXPECT_FALSE(valid(b_, token));
}

TEST_F(SharedSessionsTest, AnEndThatTheCacheMissedIsServedForThirtySecondsAtMost) {  // ASVS 8.3.2
  const auto token = open(a_);
  EXPECT_TRUE(valid(b_, token));
  cache_.is_gone = true;
  end(a_, token);
  cache_.is_gone = false;
  clock_.advance(seconds(23));
  EXPECT_TRUE(valid(b_, token));
  clock_.advance(milliseconds(900));
  EXPECT_TRUE(valid(b_, token));  // the last that is read there, and remembered for a second
  clock_.advance(milliseconds(1000));
  EXPECT_FALSE(valid(b_, token));  // 24.9 s: on a clock that is five seconds behind, 29.9 s
}

TEST_F(SharedSessionsTest, ASignOutThatIsTriedAgainIsToldThoughNothingIsLeftToEnd) {  // ASVS 7.4.1
  const auto token = open(a_);
  const auto session = wait(a_.sessions.check(token)).value();
  EXPECT_TRUE(valid(b_, token));
  delete_from_record_store();  // the first attempt was committed, and its answer lost
  wait(a_.sessions.end(session, client_));
  EXPECT_FALSE(valid(b_, token));
}

TEST_F(SharedSessionsTest, ManyEndsAreToldAtOnceAndNotOneAfterAnother) {
  for (int i = 0; i < 2; ++i) open(a_);
  const auto kept = open(a_);
  wait(a_.sessions.end_others(wait(a_.sessions.check(kept)).value(), client_));
  EXPECT_EQ(cache_.most_drops_at_once, 2);
}

TEST_F(SharedSessionsTest, SaysSoWhileOtherInstancesMayServeWhatEnded) {
  const auto token = open(a_);
  EXPECT_FALSE(a_.shared.has_missed());
  cache_.is_gone = true;
  end(a_, token);
  EXPECT_TRUE(a_.shared.has_missed());
  clock_.advance(seconds(30));
  EXPECT_FALSE(a_.shared.has_missed());
}

TEST_F(SharedSessionsTest, AnEndThatTheCacheMissedIsRefusedWhereItEnded) {  // ASVS 7.4.1
  const auto token = open(a_);
  EXPECT_TRUE(valid(a_, token));
  cache_.is_gone = true;
  end(a_, token);
  cache_.is_gone = false;
  EXPECT_FALSE(valid(a_, token));
}

TEST_F(SharedSessionsTest, AnEndThatTheCacheMissedIsToldAsSoonAsItIsBack) {
  const auto token = open(a_);
  EXPECT_TRUE(valid(b_, token));
  cache_.is_gone = true;
  end(a_, token);
  wait(a_.shared.drop_missed());  // in vain
  cache_.is_gone = false;
  wait(a_.shared.drop_missed());
  EXPECT_FALSE(valid(b_, token));
  const auto calls = cache_.calls;
  wait(a_.shared.drop_missed());
  EXPECT_EQ(cache_.calls, calls);  // nothing is left to tell
}

TEST_F(SharedSessionsTest, WithoutTheCacheTheRecordStoreAnswers) {
  cache_.is_gone = true;
  const auto token = open(a_);
  EXPECT_TRUE(valid(b_, token));
  end(b_, token);
  clock_.advance(SessionCache::kLongestStale);
  EXPECT_FALSE(valid(a_, token));
}

TEST_F(SharedSessionsTest, NobodyIsSignedOutByWhatACacheBelieves) {  // 63B §5.2: the idle clock slides on all instances
  const auto token = open(a_);
  for (int i = 0; i < 40; ++i) {  // used on A only, every 30 s, for 20 minutes
    clock_.advance(seconds(30));
    const auto used = wait(a_.sessions.check(token)).value();
    if (a_.sessions.touch(used)) wait(a_.sessions.write_use(used));
  }
  EXPECT_TRUE(valid(b_, token));
  clock_.advance(seconds(900));
  EXPECT_FALSE(valid(b_, token));
}

TEST_F(SharedSessionsTest, WhatLiesThereUnchangedIsTheSessionThatIsKnown) {
  const auto token = open(a_);
  const auto first = wait(b_.sessions.check(token)).value();
  clock_.advance(seconds(10));
  EXPECT_EQ(wait(b_.sessions.check(token)).value(), first);
  delete_from_record_store();
  clock_.advance(seconds(13));
  EXPECT_TRUE(valid(b_, token));
  clock_.advance(seconds(1));
  EXPECT_FALSE(valid(b_, token));  // known or not, it has grown too old
}

TEST_F(SharedSessionsTest, WhatWasKeptAnewIsReadAnew) {
  const auto token = open(a_);
  const auto first = wait(b_.sessions.check(token)).value();
  select("UPDATE users SET role = 'staff' RETURNING id");
  cache_.entries.clear();
  clock_.advance(seconds(1));
  EXPECT_TRUE(valid(a_, token));  // puts it there
  EXPECT_EQ(wait(b_.sessions.check(token)).value()->user.role, accounts::Role::staff);
}

TEST_F(SharedSessionsTest, WhoReadsTheCacheLearnsNothing) {
  open(a_);
  const auto& value = only_entry().found.value;
  EXPECT_EQ(value.find("example.org"), std::string::npos);
  EXPECT_EQ(value.find(user_.id.text()), std::string::npos);
}

TEST_F(SharedSessionsTest, WhoWritesToTheCacheMakesNoSession) {
  const auto token = open(a_);
  auto entry = only_entry();
  const auto other = SessionToken::generate(random_);
  // A true session's bytes under the attacker's own token, and altered ones under the true token.
  cache_.entries["session:" + crypto::base64url_encode(other.hash())] = entry;
  EXPECT_FALSE(valid(b_, other));
  delete_from_record_store();
  cache_.entries["session:" + crypto::base64url_encode(token.hash())].found.value.back() ^= 1;
  EXPECT_FALSE(valid(b_, token));
}

TEST_F(SharedSessionsTest, WhoWritesToTheCacheCannotPutBackWhatEnded) {
  const auto token = open(a_);
  auto entry = only_entry();
  end(a_, token);
  clock_.advance(seconds(31));
  entry.expires_at = clock_.now() + seconds(1000);
  cache_.entries.begin()->second = entry;  // replayed, without its expiry
  EXPECT_FALSE(valid(b_, token));
}

TEST_F(SharedSessionsTest, ANewRoleIsSeenByEveryInstanceAtOnce) {  // ASVS 8.3.2
  const auto token = open(a_);
  EXPECT_TRUE(valid(b_, token));
  Sessions::Ended ended;
  auto body = [&](db::Transaction& tx) -> net::awaitable<Result<void>> {
    ended = co_await a_.sessions.end_all(tx, user_.id, "role", client_);
    co_return Result<void>{};
  };
  wait(a_.sessions.ending(body, ended)).value();
  EXPECT_FALSE(valid(b_, token));
}

TEST_F(SharedSessionsTest, AfterAGapInTheNewsNothingReadBeforeIsServed) {
  const auto token = open(a_);
  EXPECT_TRUE(valid(b_, token));
  delete_from_record_store();
  cache_.entries.clear();
  EXPECT_TRUE(valid(b_, token));  // from its own memory, for a second
  b_.sessions.hear_of_gap();
  EXPECT_FALSE(valid(b_, token));
}

TEST_F(SharedSessionsTest, InstancesAtDifferentStepsOfARotationServeEachOthersSessions) {  // ASVS 11.2.2
  const crypto::SecretBytes fresh("another key of thirty-two bytes!");
  const crypto::RotatingKey behind(crypto::generations(key_, &fresh));
  const crypto::RotatingKey ahead(crypto::generations(fresh, &key_));
  const SharedSessions here({cache_, clock_, random_}, behind);
  const SharedSessions there({cache_, clock_, random_}, ahead);
  const auto token = open(a_);
  const auto session = wait(session_store::find(*database_, token.hash(), clock_.now()));
  for (const auto& [writer, reader] : {std::pair(&here, &there), std::pair(&there, &here)}) {
    wait(writer->keep(*session, clock_.now()));
    EXPECT_TRUE(wait(reader->find(token.hash(), nullptr)).session);
  }
}

}  // namespace
}  // namespace secureauth::sessions
