#include "protection/password_guesses.hpp"

#include "core/together.hpp"
#include "crypto/encoding.hpp"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

namespace secureauth::protection {
namespace {

using ephemeral::EphemeralStore;
using std::chrono::seconds;

/// Addresses that did not lock are forgotten after so long without a failure: nothing else bounds their number.
constexpr std::chrono::days kRemembered{365};
/// What is whole says only which windows are void, and these have ended.
constexpr std::chrono::days kLongestWindow{2};

using Spent = PasswordGuesses::Spent;

std::string guesses_of_strangers(const Spent& spent) {
  return "guesses:password:" + crypto::base64url_encode(spent.guess.subject) + ':' +
         std::to_string(spent.before.unknown.unlocked);
}

std::string guesses_of(const Spent& spent) {
  const auto& [subject, known_browser, network] = spent.guess;
  if (!known_browser) return guesses_of_strangers(spent);
  return "guesses:password:" + crypto::base64url_encode(subject) + ':' + std::to_string(spent.before.known.unlocked) +
         ':' + *known_browser;
}

std::string guesses_from(const PasswordGuesses::Guess& guess) {
  return "guesses:network:" + guess.network;
}

/// Starts out as used up: a store that fails is closed, not open.
using Said = std::shared_ptr<EphemeralStore::Spent>;

net::awaitable<void> spend_one(EphemeralStore& store, std::string key, EphemeralStore::Budget budget, Said said) {
  *said = co_await store.spend(std::move(key), budget, EphemeralStore::Known());
}

Error refusal(ErrorCode code, std::chrono::milliseconds wait) {
  Error error = code;
  error.retry_after = std::max(seconds(1), std::chrono::ceil<seconds>(wait));
  return error;
}

}  // namespace

PasswordGuesses::PasswordGuesses(Parts parts, const crypto::SecretBytes& secret_key, Options options)
    : parts_(parts), key_(crypto::derive_key(secret_key, "secureauth/password-guesses")), options_(options) {}

GuessSubject PasswordGuesses::subject_of(std::string_view email_key) const {
  return crypto::hmac_sha256(key_, {email_key});
}

net::awaitable<PasswordGuesses::Spent> PasswordGuesses::spend(Guess guess, FailedGuesses before) {
  Spent spent{.refusal = waits(guess, before), .guess = std::move(guess), .before = before};
  if (spent.refusal) co_return spent;
  spent.refusal = co_await spend_in_window(spent);
  if (spent.refusal) co_return spent;
  const bool known = spent.guess.known_browser.has_value();
  const auto in_a_row = before.of(known).in_a_row;
  if (in_a_row < options_.in_window) co_return spent;
  spent.reserved =
      co_await password_guess_store::reserve(parts_.database, spent.guess.subject, known, in_a_row, parts_.clock.now());
  if (spent.reserved) co_return spent;
  co_await give_back_in_window(spent);
  spent.refusal = refusal(ErrorCode::account_locked, wait_after(in_a_row + 1));  // another one was faster
  co_return spent;
}

net::awaitable<void> PasswordGuesses::give_back(Spent spent) {
  co_await give_back_in_window(spent);
  if (!spent.reserved) co_return;
  const bool known = spent.guess.known_browser.has_value();
  co_await password_guess_store::give_back(parts_.database, spent.guess.subject, known, spent.before.of(known));
}

net::awaitable<PasswordGuesses::Failure> PasswordGuesses::count_failure(db::Transaction& tx, Spent spent) {
  const bool known = spent.guess.known_browser.has_value();
  Failure failure{.in_a_row = spent.before.of(known).in_a_row + 1};
  if (!spent.reserved) {
    failure.in_a_row = co_await password_guess_store::count(tx, spent.guess.subject, known, parts_.clock.now());
  }
  const auto most = most_in_a_row(known);
  const auto locks_at = std::min(options_.in_window, most);
  failure.locks = failure.in_a_row >= locks_at;
  failure.is_news = failure.in_a_row == locks_at || failure.in_a_row == most;
  co_return failure;
}

net::awaitable<void> PasswordGuesses::forgive(db::Transaction& tx, GuessSubject subject) {
  co_await password_guess_store::forgive(tx, subject);
}

net::awaitable<void> PasswordGuesses::forgive_window(Spent spent) {
  std::vector<net::awaitable<void>> tasks;
  tasks.push_back(parts_.store.forgive(guesses_of_strangers(spent), options_.window));
  if (spent.guess.known_browser) tasks.push_back(parts_.store.forgive(guesses_of(spent), options_.window));
  if (counts_network(spent.guess)) tasks.push_back(parts_.store.give_back(guesses_from(spent.guess)));
  co_await together(std::move(tasks));
}

net::awaitable<void> PasswordGuesses::unlock(db::Transaction& tx, GuessSubject subject) {
  co_await password_guess_store::unlock(tx, subject, parts_.clock.now());
}

net::awaitable<void> PasswordGuesses::forget_old() {
  const auto now = parts_.clock.now();
  co_await password_guess_store::forget_old(parts_.database, now - kLongestWindow, options_.in_window,
                                            now - kRemembered);
}

std::int64_t PasswordGuesses::most_in_a_row(bool known_browser) const {
  return known_browser ? kForKnown : options_.in_a_row - kForKnown;
}

std::optional<Error> PasswordGuesses::waits(const Guess& guess, const FailedGuesses& before) const {
  const bool known = guess.known_browser.has_value();
  const auto& [in_a_row, last_failed_at, unlocked] = before.of(known);
  if (in_a_row >= most_in_a_row(known)) {
    auto locked = refusal(ErrorCode::account_locked, kLongestWait);
    locked.detail = "No more passwords are taken. Ask for a link by mail to set another one.";
    return locked;
  }
  if (in_a_row < options_.in_window) return std::nullopt;
  const auto until = last_failed_at + wait_after(in_a_row);
  const auto now = parts_.clock.now();
  if (until <= now) return std::nullopt;
  return refusal(ErrorCode::account_locked, std::chrono::ceil<std::chrono::milliseconds>(until - now));
}

seconds PasswordGuesses::wait_after(std::int64_t in_a_row) const {
  auto wait = options_.window;
  for (auto i = options_.in_window; i < in_a_row && wait < kLongestWait; ++i) wait *= 2;
  return std::min<seconds>(wait, kLongestWait);
}

bool PasswordGuesses::counts_network(const Guess& guess) const {
  return options_.of_network > 0 && !guess.known_browser;
}

net::awaitable<std::optional<Error>> PasswordGuesses::spend_in_window(const Spent& spent) {
  const auto& guess = spent.guess;
  const auto window = std::chrono::milliseconds(options_.window);
  const auto most = guess.known_browser ? std::min(options_.in_window, kForKnown) : options_.in_window;
  const auto account = std::make_shared<EphemeralStore::Spent>(false, most, window);
  const auto network = std::make_shared<EphemeralStore::Spent>(!counts_network(guess), 0, window);
  // Both at once: with Redis they share a round trip.
  std::vector<net::awaitable<void>> spends;
  spends.push_back(spend_one(parts_.store, guesses_of(spent), {.limit = most, .window = window}, account));
  if (counts_network(guess)) {
    spends.push_back(
        spend_one(parts_.store, guesses_from(guess), {.limit = options_.of_network, .window = window}, network));
  }
  co_await together(std::move(spends));
  if (account->allowed && network->allowed) co_return std::nullopt;
  // What the one allowed and the other refused was no guess.
  if (account->allowed) co_await parts_.store.give_back(guesses_of(spent));
  if (network->allowed && counts_network(guess)) co_await parts_.store.give_back(guesses_from(guess));
  if (!account->allowed) co_return refusal(ErrorCode::account_locked, account->until_reset);
  co_return refusal(ErrorCode::rate_limited, network->until_reset);
}

net::awaitable<void> PasswordGuesses::give_back_in_window(const Spent& spent) {
  std::vector<net::awaitable<void>> tasks;
  tasks.push_back(parts_.store.give_back(guesses_of(spent)));
  if (counts_network(spent.guess)) tasks.push_back(parts_.store.give_back(guesses_from(spent.guess)));
  co_await together(std::move(tasks));
}

}  // namespace secureauth::protection
