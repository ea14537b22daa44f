#include "app/feature_fixture.hpp"
#include "audit/audit_fixture.hpp"
#include "audit/export/sealed_entries.hpp"
#include "audit/push/cursor_store.hpp"
#include "audit/push/deliveries.hpp"
#include "audit/push/signed_headers.hpp"
#include "audit/push/syslog_sink.hpp"
#include "audit/push/webhook_sinks.hpp"
#include "audit/sealer.hpp"
#include "crypto/encoding.hpp"
#include "crypto/plain_hmac.hpp"
#include "crypto/uuid.hpp"

#include <string>
#include <vector>

namespace secureauth::audit {
namespace {

using std::chrono::seconds;

/// A sealed log, and receivers of it.
class PushTest : public app::FeatureFixture {
 protected:
  using Ids = std::vector<std::string>;

  /// Writes entries and seals them as one batch.
  Ids seal(int count) {
    auto body = [&](db::Transaction& tx) -> net::awaitable<Result<void>> {
      for (int i = 0; i < count; ++i) {
        Entry entry{.event = Event::login_failed, .outcome = Outcome::failure};
        co_await audit_.record(tx, std::move(entry));
      }
      co_return Result<void>();
    };
    wait(database_->transaction(body)).value();
    const auto ids = select("SELECT entry_id FROM audit_pending ORDER BY position");
    Sealer sealer({.database = *database_, .keys = keys_for_tests(), .audit = audit_, .clock = clock_});
    wait(sealer());
    return ids;
  }

  sealed_entries::Page page(std::int64_t from) { return wait(sealed_entries::page(*database_, verifier_, from, 70)); }

  static Ids ids_of(const sealed_entries::Page& page) {
    Ids ids;
    for (const auto& entry : page.entries) ids.push_back(entry.id);
    return ids;
  }

  void begin(const std::string& sink, std::int64_t at) {
    wait(cursor_store::begin(*database_, sink, at, clock_.now()));
  }
  std::optional<cursor_store::Held> hold(const std::string& holder) {
    return wait(cursor_store::hold(*database_, "syslog", holder, clock_.now(), clock_.now() + seconds(30)));
  }
  bool advance(const std::string& holder, std::int64_t from, std::int64_t to) {
    return wait(cursor_store::advance(*database_, "syslog", holder, from, to, clock_.now()));
  }

  const Operator operator_{.client = client_};
  AuditLog audit_{clock_, random_, keys_for_tests()};
  HeadVerifier verifier_{keys_for_tests()};
};

// --- the sealed log

TEST_F(PushTest, SealedEntriesAreReadInTheirOrderOverBatches) {
  auto all = seal(100);
  const auto second = seal(3);
  all.insert(all.end(), second.begin(), second.end());
  Ids read;
  for (std::int64_t next = 0;;) {
    const auto read_now = page(next);
    if (read_now.next == next) break;
    EXPECT_EQ(*read_now.entries.front().number, next);
    for (const auto& id : ids_of(read_now)) read.push_back(id);
    next = read_now.next;
  }
  EXPECT_EQ(read, all);
  EXPECT_EQ(wait(sealed_entries::count(*database_)), 103);
}

TEST_F(PushTest, APrunedBatchIsPassedOver) {
  seal(5);
  const auto kept = seal(2);
  select("UPDATE audit_heads SET leaves = x'' WHERE tree_size = 5");  // as pruning leaves it: the anchor
  const auto behind = page(3);
  EXPECT_EQ(ids_of(behind), kept);
  EXPECT_EQ(behind.pruned, 2);
  EXPECT_EQ(behind.next, 7);
}

TEST_F(PushTest, AMissingRowIsCountedAndHoldsUpNothing) {
  auto ids = seal(3);
  wait(database_->execute(db::Statement{"DELETE FROM audit_logs WHERE id = $1"}, db::Params(ids[1])));
  const auto rest = page(0);
  EXPECT_EQ(ids_of(rest), (Ids{ids[0], ids[2]}));
  EXPECT_EQ(*rest.entries.back().number, 2);
  EXPECT_EQ(rest.missing, Ids{ids[1]});
}

// ASVS 16.4.2: what was changed behind the service's back is not vouched for to receivers.
TEST_F(PushTest, AnAlteredRowIsNotGivenOut) {
  for (const auto change : {db::Statement{"UPDATE audit_logs SET event = 'user.deleted' WHERE id = $1"},
                            db::Statement{"UPDATE audit_logs SET at = 'x' WHERE id = $1"},
                            db::Statement{"UPDATE audit_logs SET at = x'00' WHERE id = $1"},
                            db::Statement{"UPDATE audit_logs SET mac = NULL WHERE id = $1"},
                            db::Statement{"UPDATE audit_logs SET details = '{}x' WHERE id = $1"}}) {
    const auto first = wait(sealed_entries::count(*database_));
    const auto ids = seal(2);
    wait(database_->execute(change, db::Params(ids[0])));
    const auto rest = page(first);
    EXPECT_EQ(ids_of(rest), Ids{ids[1]}) << change.sql;
    EXPECT_EQ(rest.missing, Ids{ids[0]}) << change.sql;
  }
}

TEST_F(PushTest, ABatchThatCannotBeReadIsSaidToBe) {
  seal(2);
  select("UPDATE audit_heads SET root_hash = 'x'");
  EXPECT_TRUE(page(0).unsound);
  EXPECT_EQ(page(0).next, 0);
}

TEST_F(PushTest, ABatchThatNobodySealedIsNotGivenOut) {
  seal(2);
  select(
      "INSERT INTO audit_heads SELECT 4, 2, leaves, first_id, last_id, peaks, root_hash, sealed_at, key_id, signature"
      " FROM audit_heads WHERE tree_size = 2");
  const auto forged = page(2);
  EXPECT_TRUE(forged.unsound);
  EXPECT_TRUE(forged.entries.empty());
  EXPECT_EQ(forged.next, 2);
  EXPECT_EQ(page(0).entries.size(), 2U);
}

TEST_F(PushTest, ABatchThatIsFarFromTheLastIsNotReachedByAJump) {
  seal(2);
  select(
      "INSERT INTO audit_heads SELECT 1099511627777, 1099511627776, substr(leaves, 1, 48), first_id, first_id, peaks,"
      " root_hash, sealed_at, key_id, signature FROM audit_heads WHERE tree_size = 2");
  const auto forged = page(2);
  EXPECT_TRUE(forged.unsound);
  EXPECT_EQ(forged.next, 2);
}

// --- leases

TEST_F(PushTest, OneHoldsAReceiverUntilItsLeaseEnds) {
  begin("syslog", 0);
  EXPECT_TRUE(hold("one"));
  EXPECT_FALSE(hold("two"));
  EXPECT_TRUE(hold("one")) << "its own it may take again";
  clock_.advance(seconds(31));
  EXPECT_TRUE(hold("two"));
  EXPECT_FALSE(hold("one"));
}

TEST_F(PushTest, ALeaseByAClockThatIsAheadIsNotBelieved) {
  begin("syslog", 0);
  wait(cursor_store::hold(*database_, "syslog", "ahead", clock_.now(), clock_.now() + std::chrono::hours(24)));
  EXPECT_FALSE(wait(cursor_store::find(*database_, "syslog"))->is_held(clock_.now()));
  EXPECT_TRUE(hold("two"));
  EXPECT_TRUE(wait(cursor_store::find(*database_, "syslog"))->is_held(clock_.now()));
  EXPECT_FALSE(hold("three"));
}

TEST_F(PushTest, WhoLostTheLeaseMovesNothing) {
  begin("syslog", 0);
  EXPECT_TRUE(hold("one"));
  clock_.advance(seconds(31));
  EXPECT_EQ(hold("two")->next_entry, 0);
  EXPECT_FALSE(advance("one", 0, 5));
  EXPECT_TRUE(advance("two", 0, 3));
  EXPECT_FALSE(advance("two", 0, 3)) << "the cursor is elsewhere by now";
  EXPECT_EQ(hold("two")->next_entry, 3);
}

TEST_F(PushTest, AFailureIsCountedUntilTheNextSuccessAndKeepsOthersAway) {
  begin("syslog", 0);
  EXPECT_TRUE(hold("one"));
  wait(cursor_store::fail(*database_, "syslog", "one", "answered 500", clock_.now(), clock_.now() + seconds(60)));
  clock_.advance(seconds(40));
  EXPECT_FALSE(hold("two"));
  EXPECT_FALSE(hold("one")) << "the pause is for all";
  clock_.advance(seconds(21));
  EXPECT_EQ(hold("one")->failures, 1);
  EXPECT_TRUE(advance("one", 0, 1));
  const auto standing = wait(cursor_store::find(*database_, "syslog"));
  EXPECT_EQ(standing->failures, 0);
  EXPECT_EQ(standing->last_error, std::nullopt);
}

TEST_F(PushTest, AReleasedLeaseIsAnothersAtOnce) {
  begin("syslog", 0);
  EXPECT_TRUE(hold("one"));
  wait(cursor_store::release(*database_, "syslog", "two"));
  EXPECT_FALSE(hold("two")) << "only the holder gives it back";
  wait(cursor_store::release(*database_, "syslog", "one"));
  EXPECT_TRUE(hold("two"));
}

TEST_F(PushTest, ACursorBeginsOnce) {
  begin("syslog", 4);
  begin("syslog", 9);
  EXPECT_EQ(wait(cursor_store::find(*database_, "syslog"))->next_entry, 4);
}

// --- operators

TEST_F(PushTest, AMovedReceiverGoesOnFromThereAndItsHolderMayNot) {
  const AuditLog log(clock_, random_, keys_for_tests());
  Deliveries deliveries(*database_, log, clock_);
  seal(10);
  begin("syslog", 2);
  EXPECT_TRUE(hold("one"));
  EXPECT_EQ(wait(deliveries.move("syslog", 7, operator_)).value(), 7);
  EXPECT_FALSE(advance("one", 2, 5));
  EXPECT_EQ(wait(deliveries.move("syslog", std::nullopt, operator_)).value(), 10);
  EXPECT_EQ(wait(deliveries.move("syslog", 11, operator_)).error().code, ErrorCode::conflict);
  EXPECT_EQ(wait(deliveries.move("siem", 0, operator_)).error().code, ErrorCode::not_found);
  EXPECT_EQ(select("SELECT id FROM audit_logs WHERE event = 'audit.delivery_moved'").size(), 2U);
}

TEST_F(PushTest, AReceiverIsForgotten) {
  const AuditLog log(clock_, random_, keys_for_tests());
  Deliveries deliveries(*database_, log, clock_);
  EXPECT_EQ(wait(deliveries.forget("syslog", operator_)).error().code, ErrorCode::not_found);
  begin("siem", 8);
  begin("syslog", 5);
  EXPECT_TRUE(wait(deliveries.forget("syslog", operator_)));
  const auto left = wait(deliveries.all());
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left.front().sink, "siem");
}

// --- what is sent

TEST(Octets, AreCounted) {  // RFC 6587 §3.4.1
  EXPECT_EQ(counted("<86>1 x"), "7 <86>1 x");
  EXPECT_EQ(counted("gr\xc3\xbc"), "4 gr\xc3\xbc");
}

TEST(PlainHmac, AgreesWithRfc4231) {  // test case 2
  const auto mac =
      crypto::plain_hmac_sha256(crypto::SecretBytes(std::string_view("Jefe")), "what do ya want for nothing?");
  EXPECT_EQ(crypto::hex_encode(mac), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

// The example of the Standard Webhooks specification, "Signature scheme".
TEST(SignedHeaders, AgreeWithTheSpecification) {
  SigningSecrets secrets;
  secrets.push_back(webhook_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").value());
  const auto headers = signed_headers(secrets, "msg_p5jXN8AQM9LWM0D4loKWxJek", Timestamp(seconds(1614265330)),
                                      R"({"test": 2432232314})");
  EXPECT_EQ(headers,
            (std::vector<std::string>{"webhook-id: msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp: 1614265330",
                                      "webhook-signature: v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}));
}

TEST(WebhookSecret, IsOfTheSpecificationsForm) {
  for (const auto* text : {"", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_c2hvcnQ=", "whsec_%%%"}) {
    EXPECT_FALSE(webhook_secret(text)) << text;
  }
}

TEST(WebhookBody, TellsWhatHappenedToWhomAndNotFromWhere) {
  const RecordedEntry entry{.number = 7,
                            .id = "0198c0de-0000-7000-8000-000000000001",
                            .at = "2026-11-28T13:00:00.123456Z",
                            .event = "user.registered",
                            .outcome = "success",
                            .actor = std::nullopt,
                            .subject = "0198c0de-0000-7000-8000-00000000000a",
                            .session = std::nullopt,
                            .ip = "192.0.2.7",
                            .user_agent = "Firefox",
                            .request_id = "0123456789abcdef",
                            .details = "{}"};
  EXPECT_EQ(webhook_body(entry), R"({"type":"user.registered","timestamp":"2026-11-28T13:00:00.123456Z","data":)"
                                 R"({"id":"0198c0de-0000-7000-8000-000000000001","outcome":"success","actor_id":null,)"
                                 R"("subject_id":"0198c0de-0000-7000-8000-00000000000a","details":{},"entry":7}})");
}

// What events have in their details of where somebody was, or of the address that was typed: docs/webhooks.md.
TEST(WebhookBody, TellsNoDetailThatLeadsToAnAddress) {
  RecordedEntry entry;
  entry.event = "login.stuffing_noticed";
  entry.details = R"({"network":"192.0.2.0/24","address":"8f00","reason":"x","failures_from":"198.51.100.7"})";
  const auto body = webhook_body(entry);
  EXPECT_NE(body.find(R"("details":{"reason":"x"})"), std::string::npos) << body;
}

}  // namespace
}  // namespace secureauth::audit
