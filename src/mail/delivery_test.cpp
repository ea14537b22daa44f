#include "mail/delivery.hpp"

#include "app/feature_fixture.hpp"
#include "crypto/digest.hpp"
#include "crypto/sealer.hpp"

#include <chrono>
#include <thread>

namespace secureauth::mail {
namespace {

using std::chrono::seconds;

/// Fails once to record what became of a mail.
class FailingDatabase final : public db::Database {
 public:
  explicit FailingDatabase(db::Database& real) : real_(real) {}
  bool failed = false;

  net::awaitable<db::Rows> execute(db::Statement statement, db::Params params) override {
    if (!failed && statement.sql.find("last_error = $4") != std::string_view::npos) {
      failed = true;
      throw db::DatabaseError("gone for a moment");
    }
    auto rows = co_await real_.execute(statement, std::move(params));
    co_return rows;
  }
  net::awaitable<std::unique_ptr<db::Transaction>> begin() override { return real_.begin(); }
  net::awaitable<void> check_ready() override { return real_.check_ready(); }

 private:
  db::Database& real_;
};

/// Delivers to a port where nobody listens.
class DeliveryTest : public app::FeatureFixture {
 protected:
  /// The id of a mail of this second; the next one is a second younger.
  std::string enqueue() {
    auto body = [&](db::Transaction& tx) -> net::awaitable<Result<void>> {
      Letter letter{.kind = Kind::address_taken, .recipient = "a@b.test", .email_key = "a@b.test", .values = {}};
      letter.values.emplace("site", "bank.test");
      co_await outbox_.enqueue(tx, std::move(letter), Cap::none);
      co_return Result<void>{};
    };
    EXPECT_TRUE(wait(database_->transaction(body)));
    clock_.advance(seconds(1));
    return select("SELECT id FROM mails ORDER BY created_at DESC").front();
  }
  void seal(const std::string& id, std::string_view content) {
    const crypto::Sealer sealer(crypto::derive_key(key_, "secureauth/mail/outbox"));
    const auto sealed = sealer.seal(content, id, random_);
    const auto bytes = crypto::as_bytes(sealed);
    db::Params params(id, db::Bytes(bytes.begin(), bytes.end()));
    wait(database_->execute(db::Statement{"UPDATE mails SET content = $2 WHERE id = $1"}, std::move(params)));
  }
  std::string error_of(const std::string& id) {
    constexpr db::Statement kError{"SELECT COALESCE(last_error, '') FROM mails WHERE id = $1"};
    return wait(database_->execute(kError, db::Params(id))).front().text(0);
  }
  /// Delivers until `id` has an outcome, in at most ten seconds, and says which.
  std::string outcome(db::Database& database, const std::string& id) {
    net::io_context context;
    SmtpOptions options;
    options.host = "127.0.0.1";
    options.port = 1;
    options.tls = SmtpTls::none;
    options.sender.email = "noreply@bank.test";
    options.timeout = seconds(5);
    Delivery delivery(context, {database, outbox_, clock_, random_, nullptr, nullptr}, std::move(options), seconds(60));
    delivery.start();
    for (int i = 0; i < 100 && error_of(id).empty(); ++i) {
      context.run_for(std::chrono::milliseconds(100));
      clock_.advance(seconds(1));  // a lease ends meanwhile
    }
    std::thread stopper([&] { delivery.stop(); });
    context.run();
    stopper.join();
    return error_of(id);
  }

  crypto::SecretBytes key_{std::string_view("0123456789abcdef0123456789abcdef")};
  Outbox outbox_{clock_, random_, key_};
};

TEST_F(DeliveryTest, AMailThatCannotBeReadFailsAloneAndIsTriedLater) {
  const auto good = enqueue();
  for (const auto* content : {"no JSON", R"({"to": 7})", "[]", "{}"}) {
    const auto poison = enqueue();
    seal(poison, content);
    EXPECT_EQ(outcome(*database_, poison), "could not be composed or handed over") << content;
  }
  EXPECT_NE(outcome(*database_, good).find("onnect"), std::string::npos) << "it was its turn after the others";
}

TEST_F(DeliveryTest, AnOutcomeThatCannotBeRecordedEndsNothing) {
  const auto mail = enqueue();
  FailingDatabase failing(*database_);
  EXPECT_NE(outcome(failing, mail), "") << "tried again when the lease had ended";
  EXPECT_TRUE(failing.failed);
}

}  // namespace
}  // namespace secureauth::mail
