#pragma once

#include "core/backoff.hpp"
#include "crypto/random.hpp"
#include "mail/delivery_store.hpp"
#include "mail/given_up.hpp"
#include "mail/outbox.hpp"
#include "mail/smtp_thread.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <future>
#include <string>

namespace secureauth::mail {

/// Drains the outbox into the mail server: at least once, and once in the usual case. A mail is claimed under a lease,
/// tried, and settled by the lease's holder; whoever dies in between leaves a lease that ends, and the mail is tried
/// again under the same Message-ID. As many instances as one likes drain one outbox. Runs on one io thread.
class Delivery {
 public:
  struct Parts {
    db::Database& database;
    const Outbox& outbox;
    const Clock& clock;
    crypto::Random& random;
    OnGivenUp on_given_up = nullptr;
    OnOutage on_outage = nullptr;
  };
  /// `first_retry`: the pause after a first failure; doubled after each further one.
  Delivery(net::io_context& context, Parts parts, SmtpOptions options, std::chrono::seconds first_retry);

  void start();

  /// From any thread: something was queued. Looks for it once its transaction had time to commit; what a look misses,
  /// the next one of every second finds.
  void look_soon();

  /// From any thread but the io thread: takes no more mail, ends a transfer that is under way, gives back what was
  /// claimed, and returns then, or after a few seconds. What could not be given back waits for its lease to end.
  void stop();

 private:
  using Claimed = delivery_store::Claimed;
  struct Batch {
    std::string lease;
    Timestamp ends;
    std::vector<Claimed> mails;
  };
  enum class Attempt { on, off };  ///< whether the rest of the batch may be tried

  net::awaitable<void> run();
  net::awaitable<void> wait_for_mail();
  net::awaitable<void> drain();
  net::awaitable<bool> claim_and_deliver();
  net::awaitable<Attempt> try_one(const Batch& batch, const Claimed& mail);
  net::awaitable<Attempt> deliver(const Batch& batch, const Claimed& mail);
  SmtpVerdict sealed_by_another(const Claimed& mail);
  net::awaitable<void> settle(const Batch& batch, const Claimed& mail, SmtpVerdict verdict);
  net::awaitable<void> give_up(const Batch& batch, const Claimed& mail, std::string reason);
  net::awaitable<void> settle_once(const Batch& batch, const Claimed& mail, const SmtpVerdict& verdict);
  net::awaitable<void> pause(std::chrono::milliseconds time);
  [[nodiscard]] Timestamp next_try(const Claimed& mail, bool server_fault) const;
  void notice(const SmtpVerdict& verdict);

  net::io_context& context_;
  Parts parts_;
  Sender sender_;
  std::chrono::seconds timeout_;
  std::chrono::seconds first_retry_;
  net::steady_timer timer_;
  Backoff outage_pause_;
  std::atomic<bool> woken_ = false;  ///< by look_soon(), since the last look
  bool idle_ = false;                ///< waits for the next look, and may be woken
  bool outage_ = false;
  bool outbox_fails_ = false;       ///< and was said to
  bool sealed_by_another_ = false;  ///< met one, and said so
  bool hurried_ = false;            ///< the last batch had no time for all of its mails
  bool stopping_ = false;
  std::promise<void> ended_;
  bool started_ = false;
  SmtpThread smtp_;
};

}  // namespace secureauth::mail
