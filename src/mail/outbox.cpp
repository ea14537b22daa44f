#include "mail/outbox.hpp"

#include "crypto/uuid.hpp"

namespace secureauth::mail {
namespace {

constexpr int kMostOfAKindAnHour = 3;

// Run one after another for an address (serialize_on): parallel requests cannot overrun the cap.
constexpr db::Statement kInsert{R"sql(
  INSERT INTO outbox (id, kind, recipient, email_key, subject, text_body, html_body, created_at)
  SELECT $1, $2, $3, $4, $5, $6, $7, $8
   WHERE (SELECT count(*) FROM outbox WHERE email_key = $4 AND kind = $2 AND created_at > $9) < $10)sql"};

constexpr db::Statement kNewest{R"sql(
  SELECT id, kind, recipient, subject, text_body, html_body, created_at
    FROM outbox ORDER BY created_at DESC, id DESC LIMIT $1)sql"};

constexpr db::Statement kForgetOld{"DELETE FROM outbox WHERE created_at < $1"};

}  // namespace

net::awaitable<bool> Outbox::enqueue(db::Transaction& transaction, Message message, std::string email_key) const {
  const auto now = clock_.now();
  transaction.serialize_on("mail:" + email_key);
  db::Params params(crypto::uuid_v7(random_, now), message.kind, message.recipient, std::move(email_key),
                    message.subject, message.text, message.html, now, now - std::chrono::hours(1), kMostOfAKindAnHour);
  const auto result = co_await transaction.execute(kInsert, std::move(params));
  co_return result.affected == 1;
}

net::awaitable<std::vector<Outbox::Stored>> Outbox::newest(db::Executor& database, int limit) const {
  db::Params params(limit);
  const auto rows = co_await database.execute(kNewest, std::move(params));
  std::vector<Stored> messages;
  messages.reserve(rows.size());
  for (const auto& row : rows) {
    messages.push_back(
        {row.text(0), Message{row.text(1), row.text(2), row.text(3), row.text(4), row.text(5)}, row.time(6)});
  }
  co_return messages;
}

net::awaitable<void> Outbox::forget_old(db::Executor& database) const {
  db::Params params(clock_.now() - std::chrono::hours(24));
  co_await database.execute(kForgetOld, std::move(params));
}

}  // namespace secureauth::mail
