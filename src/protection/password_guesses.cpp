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

std::string guesses_of(const Spent& spent, bool known_browser) {
  const auto& before = spent.before.of(known_browser);
  return "guesses:password:" + crypto::base64url_encode(spent.guess.subject) + (known_browser ? ":known:" : ":") +
         std::to_string(before.unlocked);
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

PasswordGuesses::PasswordGuesses(Parts parts, const crypto::RotatingKey& names_key, Options options)
    : parts_(parts), names_(names_key, "secureauth/password-guesses"), options_(options) {}

GuessSubject PasswordGuesses::subject_of(std::string_view email_key) const {
  return names_.sign({email_key});
}

net::awaitable<PasswordGuesses::Spent> PasswordGuesses::spend(Guess guess, FailedGuesses before) {
  Spent spent{.refusal = waits(guess, before), .guess = std::move(guess), .before = before};
  if (spent.refusal) co_return spent;
  spent.refusal = co_await spend_in_window(spent);
  if (spent.refusal) co_return spent;
  const bool known = spent.guess.known_browser.has_value();
  const auto in_a_row = before.of(known).in_a_row;
  if (!must_be_reserved(known, before.of(known))) co_return spent;
  spent.reserved = co_await reserve(spent);
  if (spent.reserved) co_return spent;
  co_await give_back_in_window(spent);
  const auto locks_at = std::max(in_a_row + 1, options_.in_window);
  spent.refusal = refusal(ErrorCode::account_locked, wait_after(locks_at));  // others were faster
  co_return spent;
}

net::awaitable<std::optional<std::int64_t>> PasswordGuesses::reserve(const Spent& spent) {
  const bool known = spent.guess.known_browser.has_value();
  // Up to the threshold as many as are left; behind each wait one, whose time begins anew with it.
  const auto up_to_threshold = std::min(options_.in_window, most_in_a_row(known));
  const auto limit = std::max(up_to_threshold, spent.before.of(known).in_a_row + 1);
  auto counted =
      co_await password_guess_store::reserve(parts_.database, spent.guess.subject, known, limit, parts_.clock.now());
  co_return counted;
}

net::awaitable<void> PasswordGuesses::give_back(Spent spent) {
  co_await give_back_in_window(spent);
  if (!spent.reserved) co_return;
  const bool known = spent.guess.known_browser.has_value();
  co_await password_guess_store::give_back(parts_.database, spent.guess.subject, known, spent.before.of(known));
}

net::awaitable<PasswordGuesses::Failure> PasswordGuesses::count_failure(db::Transaction& tx, Spent spent) {
  const bool known = spent.guess.known_browser.has_value();
  Failure failure{.in_a_row = spent.reserved.value_or(0)};
  if (!spent.reserved) {
    failure.in_a_row = co_await password_guess_store::count(tx, spent.guess.subject, known, parts_.clock.now());
  }
  const auto most = most_in_a_row(known);
  const auto locks_at = std::min(options_.in_window, most);
  failure.locks = failure.in_a_row >= locks_at;
  failure.is_news = failure.in_a_row == locks_at || failure.in_a_row == most;
  co_return failure;
}

net::awaitable<void> PasswordGuesses::forgive(db::Transaction& tx, const Guess& guess) {
  if (guess.known_browser) {
    co_await password_guess_store::forgive_known(tx, guess.subject);
  } else {
    co_await password_guess_store::forgive(tx, guess.subject);
  }
}

net::awaitable<void> PasswordGuesses::forgive_window(Spent spent) {
  std::vector<net::awaitable<void>> tasks;
  const auto windows = windows_of(spent);
  for (std::size_t i = 0; i < windows.size(); ++i) {
    tasks.push_back(windows[i].whose == ErrorCode::account_locked
                        ? parts_.store.forgive(windows[i].key, options_.window)
                        : give_back_to(windows[i].key, spent.ends.at(i)));
  }
  co_await together(std::move(tasks));
}

net::awaitable<void> PasswordGuesses::unlock(db::Transaction& tx, GuessSubject subject) {
  co_await password_guess_store::unlock(tx, subject, parts_.clock.now());
}

net::awaitable<std::vector<GuessStanding>> PasswordGuesses::standing(db::Executor& database,
                                                                     GuessSubject subject) const {
  const auto failed = co_await password_guess_store::find(database, subject);
  co_return standing_of(failed);
}

net::awaitable<std::map<GuessSubject, std::vector<GuessStanding>>> PasswordGuesses::standings(
    db::Executor& database, std::vector<GuessSubject> subjects) const {
  const auto failed = co_await password_guess_store::find_all(database, std::move(subjects));
  std::map<GuessSubject, std::vector<GuessStanding>> standings;
  for (const auto& [subject, guesses] : failed) standings.emplace(subject, standing_of(guesses));
  co_return standings;
}

std::vector<GuessStanding> PasswordGuesses::standing_of(const FailedGuesses& failed) const {
  std::vector<GuessStanding> standing;
  for (const bool known : {true, false}) {
    const auto& share = failed.of(known);
    if (share.in_a_row > 0) standing.push_back(standing_of(known, share));
  }
  return standing;
}

GuessStanding PasswordGuesses::standing_of(bool known_browsers, const FailedGuesses::Share& share) const {
  GuessStanding standing{.authenticator = accounts::Factor::password,
                         .known_browsers = known_browsers,
                         .failed_in_a_row = share.in_a_row,
                         .locked = share.in_a_row >= most_in_a_row(known_browsers)};
  const auto until = share.last_failed_at + wait_after(share.in_a_row);
  if (!standing.locked && share.in_a_row >= options_.in_window && until > parts_.clock.now()) {
    standing.locked = true;
    standing.locked_until = until;
  }
  return standing;
}

net::awaitable<void> PasswordGuesses::forget_old(const db::GoOn& go_on) {
  const auto now = parts_.clock.now();
  co_await password_guess_store::forget_old(parts_.database, now - kLongestWindow, options_.in_window,
                                            now - kRemembered, go_on);
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

bool PasswordGuesses::must_be_reserved(bool known_browser, const FailedGuesses::Share& share) const {
  const auto& [in_a_row, last_failed_at, unlocked] = share;
  if (in_a_row == 0) return false;  // there is no row to reserve on, and a first window holds no more than the share
  const bool has_to_wait = in_a_row >= options_.in_window;
  const bool window_passes_end = in_a_row + options_.in_window > most_in_a_row(known_browser);
  const bool new_window = last_failed_at + options_.window <= parts_.clock.now();
  return has_to_wait || window_passes_end || new_window;
}

std::vector<PasswordGuesses::Window> PasswordGuesses::windows_of(const Spent& spent) const {
  const auto& guess = spent.guess;
  const bool known = guess.known_browser.has_value();
  const auto most = known ? std::min(options_.in_window, kForKnown) : options_.in_window;
  std::vector<Window> windows{{guesses_of(spent, known), known ? kForKnown : most, ErrorCode::account_locked}};
  if (known) {
    windows.push_back({guesses_of(spent, true) + ':' + *guess.known_browser, most, ErrorCode::account_locked});
  } else if (options_.of_network > 0) {
    windows.push_back({guesses_from(guess), options_.of_network, ErrorCode::rate_limited});
  }
  return windows;
}

net::awaitable<std::optional<Error>> PasswordGuesses::spend_in_window(Spent& spent) {
  const auto life = std::chrono::milliseconds(options_.window);
  const auto windows = windows_of(spent);
  // All at once: with Redis they share a round trip.
  std::vector<Said> said;
  std::vector<net::awaitable<void>> spends;
  for (const auto& window : windows) {
    said.push_back(std::make_shared<EphemeralStore::Spent>(false, window.limit, life));
    spends.push_back(spend_one(parts_.store, window.key, {.limit = window.limit, .window = life}, said.back()));
  }
  co_await together(std::move(spends));
  std::optional<Error> refused;
  const auto now = parts_.clock.now();
  for (const auto& one : said) spent.ends.push_back(now + one->until_reset);
  for (std::size_t i = 0; i < windows.size() && !refused; ++i) {
    if (!said[i]->allowed) refused = refusal(windows[i].whose, said[i]->until_reset);
  }
  if (!refused) co_return std::nullopt;
  // What one allowed and another refused was no guess.
  for (std::size_t i = 0; i < windows.size(); ++i) {
    if (said[i]->allowed) co_await give_back_to(windows[i].key, spent.ends[i]);
  }
  co_return refused;
}

net::awaitable<void> PasswordGuesses::give_back_in_window(const Spent& spent) {
  std::vector<net::awaitable<void>> tasks;
  const auto windows = windows_of(spent);
  for (std::size_t i = 0; i < windows.size(); ++i) {
    tasks.push_back(give_back_to(windows[i].key, spent.ends.at(i)));
  }
  co_await together(std::move(tasks));
}

net::awaitable<void> PasswordGuesses::give_back_to(std::string window, Timestamp end) {
  if (end > parts_.clock.now()) co_await parts_.store.give_back(std::move(window));
}

}  // namespace secureauth::protection
