#include "mail/outbox.hpp"

#include "crypto/digest.hpp"
#include "crypto/uuid.hpp"
#include "telemetry/metrics.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <limits>

namespace secureauth::mail {
namespace {

constexpr int kMostOfAKindAnHour = 3;
constexpr auto kRowLives = std::chrono::days(7);
constexpr int kPage = 500;
constexpr auto kBeforeAll = "00000000-0000-0000-0000-000000000000";

// Run one after another for an address (serialize_on): parallel requests cannot overrun the cap.
constexpr db::Statement kInsert{R"sql(
  INSERT INTO mails (id, kind, recipient_hash, content, created_at, due_at, expires_at)
  SELECT $1, $2, $3, $4, $5, $5, $8
   WHERE (SELECT count(*) FROM mails WHERE recipient_hash = $3 AND kind = $2 AND created_at > $6) < $7)sql"};

constexpr db::Statement kNewest{R"sql(
  SELECT id, kind, content, created_at
    FROM mails WHERE content IS NOT NULL ORDER BY created_at DESC, id DESC LIMIT $1)sql"};

constexpr db::Statement kContents{R"sql(
  SELECT id, content FROM mails WHERE content IS NOT NULL AND id > $1 ORDER BY id LIMIT $2)sql"};

constexpr db::Statement kReplaceContent{"UPDATE mails SET content = $3 WHERE id = $1 AND content = $2"};

constexpr db::Statement kWipeExpired{R"sql(
  UPDATE mails SET content = NULL, state = CASE state WHEN 'queued' THEN 'dead' ELSE state END,
         settled_at = COALESCE(settled_at, $1), last_error = COALESCE(last_error, 'was not tried in its time')
   WHERE id IN (SELECT id FROM mails WHERE expires_at < $1 AND content IS NOT NULL ORDER BY expires_at LIMIT $2)
  RETURNING id, kind, state, settled_at)sql"};

constexpr db::Statement kForgetOld{R"sql(
  DELETE FROM mails WHERE id IN (SELECT id FROM mails WHERE created_at < $1 ORDER BY created_at LIMIT $2))sql"};

constexpr db::Statement kDrop{"DELETE FROM mails WHERE recipient_hash = $1"};

constexpr db::Statement kHistory{R"sql(
  SELECT kind, created_at, state, settled_at FROM mails WHERE recipient_hash = $1 ORDER BY created_at DESC)sql"};

std::int64_t most_an_hour(Cap cap) {
  if (cap == Cap::nobody) return 0;
  return cap == Cap::hourly ? kMostOfAKindAnHour : std::numeric_limits<std::int32_t>::max();
}

/// What transactions that count the letters to an address serialise on.
std::string turn_of(const std::string& email_key) {
  return "mail:" + email_key;
}

std::string to_json(Message message) {
  const boost::json::object object{{"to", std::move(message.recipient)},
                                   {"subject", std::move(message.subject)},
                                   {"text", std::move(message.text)},
                                   {"html", std::move(message.html)}};
  return boost::json::serialize(object);
}

Message message_from(const std::string& json) {
  const auto value = boost::json::parse(json);
  const auto text = [&value](std::string_view name) { return std::string(value.at(name).as_string()); };
  return {text("to"), text("subject"), text("text"), text("html")};
}

}  // namespace

Outbox::Outbox(const Clock& clock, crypto::Random& random, const Keys& keys, Templates templates,
               std::set<Kind> turned_off)
    : clock_(clock),
      random_(random),
      key_(keys.content),
      sealer_(keys.content, "secureauth/mail/outbox"),
      names_(keys.names, "secureauth/mail/recipient"),
      templates_(std::move(templates)),
      turned_off_(std::move(turned_off)) {}

net::awaitable<bool> Outbox::enqueue(db::Transaction& transaction, Letter letter, Cap cap) const {
  auto row = row_for(transaction, std::move(letter), cap);
  if (!row) co_return true;
  const auto result = co_await transaction.execute(kInsert, *std::move(row));
  if (result.affected == 1) telemetry::metrics().mails.add("queued");
  told_();
  co_return result.affected == 1;
}

net::awaitable<void> Outbox::notify(db::Transaction& transaction, Letter letter, Cap cap) const {
  auto row = row_for(transaction, std::move(letter), cap);
  if (!row) co_return;
  co_await transaction.write(kInsert, *std::move(row));
  // Whether there was room is not asked: it would cost a round trip, or tell whom there is to write to.
  if (cap != Cap::nobody) telemetry::metrics().mails.add(cap == Cap::none ? "queued" : "offered");
  told_();
}

void Outbox::take_turns(db::Transaction& transaction, std::vector<std::string> email_keys) {
  std::ranges::sort(email_keys);
  for (const auto& key : email_keys) transaction.serialize_on(turn_of(key));
}

std::optional<db::Params> Outbox::row_for(db::Transaction& transaction, Letter letter, Cap cap) const {
  const auto message = templates_.render(letter);
  if (turned_off_.contains(letter.kind)) return std::nullopt;
  const auto now = clock_.now();
  const auto id = crypto::uuid_v7(random_, now);
  const auto sealed = sealer_.seal(to_json(message), id, random_);
  const auto bytes = crypto::as_bytes(sealed);
  if (cap != Cap::none) transaction.serialize_on(turn_of(letter.email_key));
  return db::Params(id, name_of(letter.kind), names_.sign({letter.email_key}), db::Bytes(bytes.begin(), bytes.end()),
                    now, now - std::chrono::hours(1), most_an_hour(cap), now + life_of(letter.kind));
}

net::awaitable<void> Outbox::drop(db::Transaction& transaction, std::string email_key) const {
  db::Params params(names_.sign({email_key}));
  co_await transaction.execute(kDrop, std::move(params));
}

net::awaitable<std::vector<Outbox::Sent>> Outbox::history(db::Executor& database, std::string email_key) const {
  db::Params params(names_.sign({email_key}));
  const auto rows = co_await database.execute(kHistory, std::move(params));
  std::vector<Sent> sent;
  for (const auto& row : rows) sent.push_back({row.text(0), row.time(1), row.text(2), row.optional_time(3)});
  co_return sent;
}

net::awaitable<std::vector<Outbox::Stored>> Outbox::newest(db::Executor& database, int limit) const {
  db::Params params(limit);
  const auto rows = co_await database.execute(kNewest, std::move(params));
  std::vector<Stored> messages;
  messages.reserve(rows.size());
  for (const auto& row : rows) {
    const auto kind = kind_from(row.text(1));
    auto message = open(row.bytes(2), row.text(0));
    if (kind && message) messages.push_back({row.text(0), *kind, *std::move(message), row.time(3)});
  }
  co_return messages;
}

std::optional<Message> Outbox::open(const db::Bytes& content, const std::string& id) const {
  const auto json = sealer_.open(crypto::as_text(content), id);
  if (!json) return std::nullopt;
  return message_from(*json);
}

net::awaitable<Outbox::Sealed> Outbox::count_sealed(db::Database& database) const {
  auto sealed = co_await look_through(database, false);
  co_return sealed;
}

net::awaitable<Outbox::Sealed> Outbox::reseal(db::Database& database) const {
  auto sealed = co_await look_through(database, true);
  co_return sealed;
}

net::awaitable<Outbox::Sealed> Outbox::look_through(db::Database& database, bool reseals) const {
  const auto ids = key_.ids();
  std::vector<std::string> by_index{ids.current};
  if (!ids.next.empty()) by_index.push_back(ids.next);
  by_index.insert(by_index.end(), ids.old.begin(), ids.old.end());
  Sealed sealed;
  std::string after = kBeforeAll;
  for (bool more = true; more;) {
    db::Params params(after, kPage);
    const auto rows = co_await database.execute(kContents, std::move(params));
    for (const auto& row : rows) {
      after = row.text(0);
      const auto& content = row.bytes(1);
      auto key = sealer_.key_of(crypto::as_text(content), after);
      const bool former = key && *key != 0;
      if (reseals && former) {
        const bool replaced = co_await replace(database, after, content);
        if (replaced) ++sealed.resealed;
        key = 0;
      }
      ++sealed.by_key[key && *key < by_index.size() ? by_index[*key] : ""];
    }
    more = rows.size() == kPage;
  }
  co_return sealed;
}

net::awaitable<bool> Outbox::replace(db::Database& database, std::string id, db::Bytes before) const {
  const auto plain = sealer_.open(crypto::as_text(before), id);
  if (!plain) co_return false;
  const auto resealed = sealer_.seal(*plain, id, random_);
  const auto bytes = crypto::as_bytes(resealed);
  db::Params params(id, std::move(before), db::Bytes(bytes.begin(), bytes.end()));
  const auto done = co_await database.execute(kReplaceContent, std::move(params));
  co_return done.affected == 1;
}

net::awaitable<void> Outbox::forget_old(db::Database& database, const OnGivenUp& on_given_up,
                                        const db::GoOn& go_on) const {
  const auto now = clock_.now();
  auto wipe = [&](db::Transaction& tx) -> net::awaitable<Result<std::size_t>> {
    db::Params expired(now, db::kBatch);
    const auto wiped = co_await tx.execute(kWipeExpired, std::move(expired));
    for (const auto& row : wiped) {
      const bool given_up_now = row.text(2) == "dead" && row.time(3) == now;
      if (!given_up_now || !on_given_up) continue;
      GivenUpMail mail{.id = row.text(0), .kind = row.text(1)};
      co_await on_given_up(tx, std::move(mail));
    }
    co_return wiped.size();
  };
  bool more = true;
  while (more) {
    const auto wiped = co_await database.transaction(wipe);
    if (std::cmp_less(*wiped, db::kBatch)) break;
    more = co_await db::may_go_on(go_on);
  }
  db::Params forgotten(now - kRowLives);
  if (more) co_await db::in_batches(database, kForgetOld, std::move(forgotten), go_on);
}

}  // namespace secureauth::mail
