#pragma once

#include "core/clock.hpp"
#include "core/net.hpp"
#include "crypto/random.hpp"
#include "crypto/rotating_key.hpp"
#include "crypto/sealer.hpp"
#include "db/batches.hpp"
#include "db/database.hpp"
#include "mail/given_up.hpp"
#include "mail/templates.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace secureauth::mail {

/// How many letters an address may get. `hourly`: three of a kind an hour, for what strangers can ask for (OWASP Forgot
/// Password). `none`: for notices, which somebody who asks often must not be able to silence. `nobody`: none at all,
/// for the same work as `hourly`, where the answer must not tell that there is nobody to write to.
enum class Cap { hourly, none, nobody };

/// Mail that waits to be delivered, written in the transaction of what it tells: no mail without its cause, no cause
/// without its mail. Address and content are sealed with a key of SECRET_KEY, so that a copy of the database tells
/// neither who was written to nor what a link would open. Delivery (delivery.hpp) reads from here; without SMTP_HOST
/// nobody does, and `/dev/mailbox` shows it. Thread-safe.
class Outbox {
 public:
  /// What seals the contents, and what recipients are known by: the second stays when SECRET_KEY changes, for it names
  /// rows that are a week old.
  struct Keys {
    Keys(const crypto::SecretBytes& both) : content(both), names(both) {}  // NOLINT(google-explicit-constructor)
    Keys(crypto::RotatingKey secret_key, crypto::RotatingKey names_key)
        : content(std::move(secret_key)), names(std::move(names_key)) {}
    crypto::RotatingKey content;
    crypto::RotatingKey names;
  };
  Outbox(const Clock& clock, crypto::Random& random, const Keys& keys, Templates templates = {},
         std::set<Kind> turned_off = {});

  /// Writes the letter into its template and queues it. False when the cap is reached: whoever asks, nobody's mailbox
  /// is flooded. A kind that is turned off counts as queued. `transaction` must outlive the call. A letter without one
  /// of its values is a bug: std::logic_error.
  net::awaitable<bool> enqueue(db::Transaction& transaction, Letter letter, Cap cap = Cap::hourly) const;

  /// `told` is called from any io thread when something is queued, shortly before its transaction commits or rolls
  /// back: a hint to look soon, not a promise. Set before the first letter.
  void on_queued(std::function<void()> told) { told_ = std::move(told); }

  /// For a transaction that queues capped letters for several addresses: takes their turns in an order of its own,
  /// before any is queued, so that two such transactions never wait for each other.
  static void take_turns(db::Transaction& transaction, std::vector<std::string> email_keys);

  /// Deletes what waits for an address or went there. `transaction` must outlive the call.
  net::awaitable<void> drop(db::Transaction& transaction, std::string email_key) const;

  struct Sent {
    std::string kind;
    Timestamp created_at;
    std::string state;  ///< queued|sent|dead
    std::optional<Timestamp> settled_at;
  };
  /// What was written to an address of late, newest first, without its content. `database` must outlive the call.
  net::awaitable<std::vector<Sent>> history(db::Executor& database, std::string email_key) const;

  /// The same where nobody needs to know: it travels with the transaction's next statement.
  net::awaitable<void> notify(db::Transaction& transaction, Letter letter, Cap cap) const;

  struct Stored {
    std::string id;
    Kind kind{};
    Message message;
    Timestamp created_at;
  };
  /// The newest messages that still have their content, newest first, at most `limit`.
  net::awaitable<std::vector<Stored>> newest(db::Executor& database, int limit) const;

  /// Reads a sealed content; nothing when it was sealed with another SECRET_KEY or altered.
  [[nodiscard]] std::optional<Message> open(const db::Bytes& content, const std::string& id) const;

  struct Sealed {
    std::map<std::string, std::int64_t> by_key;  ///< by key id; "" for what none of the keys opens
    std::int64_t resealed = 0;
  };
  /// Under which keys the contents are sealed. `database` must outlive the call.
  net::awaitable<Sealed> count_sealed(db::Database& database) const;
  /// The same after all that another key sealed was sealed anew under the current one, each row by a statement of its
  /// own that spares what came between. `database` must outlive the call.
  net::awaitable<Sealed> reseal(db::Database& database) const;

  /// Wipes the contents of mails whose life (life_of) is over, delivered or not, and deletes rows older than a week.
  /// Those that were not delivered are given up. All of it outlives the call.
  net::awaitable<void> forget_old(db::Database& database, const OnGivenUp& on_given_up = nullptr,
                                  const db::GoOn& go_on = db::kWithoutPause) const;

 private:
  /// The row of a letter; nothing when its kind is turned off.
  std::optional<db::Params> row_for(db::Transaction& transaction, Letter letter, Cap cap) const;
  net::awaitable<Sealed> look_through(db::Database& database, bool reseals) const;
  net::awaitable<bool> replace(db::Database& database, std::string id, db::Bytes before) const;

  const Clock& clock_;
  crypto::Random& random_;
  crypto::RotatingKey key_;
  crypto::Sealer sealer_;
  crypto::DerivedKeys names_;
  Templates templates_;
  std::set<Kind> turned_off_;
  std::function<void()> told_ = [] {};
};

}  // namespace secureauth::mail
