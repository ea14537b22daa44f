#include "mfa/passkeys/passkey_requests.hpp"

#include "crypto/digest.hpp"
#include "mfa/passkeys/passkey_store.hpp"

#include <algorithm>

namespace secureauth::mfa {

namespace json = boost::json;
using webauthn::UserVerification;

net::awaitable<json::object> PasskeyRequests::of_anybody(db::Executor& database, crypto::Sha256 browser) {
  PasskeyChallenge asked{.purpose = PasskeyPurpose::sign_in, .binding = browser, .user = std::nullopt};
  std::vector<PasskeyDescriptor> none;
  auto answer = co_await ask(database, std::move(asked), std::move(none), UserVerification::required);
  co_return answer;
}

net::awaitable<json::object> PasskeyRequests::of_address(db::Executor& database, std::string email_key,
                                                         crypto::Sha256 browser) {
  auto allowed = parts_.decoys.of(email_key);
  const auto found = co_await passkey_store::list_by_address(database, std::move(email_key));
  PasskeyChallenge asked{.purpose = PasskeyPurpose::sign_in, .binding = browser, .user = std::nullopt};
  if (!found.empty()) {
    allowed.clear();
    for (const auto& one : found) allowed.push_back({one.passkey.credential_id, one.passkey.transports});
    asked.user = found.front().account.user.id;
    asked.user_handle = found.front().user_handle;
  }
  auto answer = co_await ask(database, std::move(asked), std::move(allowed), UserVerification::required);
  co_return answer;
}

net::awaitable<json::object> PasskeyRequests::of_second_factor(db::Executor& database, UserId user,
                                                               crypto::Sha256 sign_in, crypto::Sha256 browser) {
  const auto passkeys = co_await passkey_store::list(database, user);
  PasskeyChallenge asked{.purpose = PasskeyPurpose::second_factor,
                         .binding = browser,
                         .user = user,
                         .user_verification = parts_.settings.user_verification,
                         .sign_in = sign_in};
  asked.user_handle = co_await passkey_store::find_user_handle(database, std::move(user));
  auto allowed = describe(passkeys);
  auto answer = co_await ask(database, std::move(asked), std::move(allowed), parts_.settings.user_verification);
  co_return answer;
}

net::awaitable<json::object> PasskeyRequests::of_session(db::Executor& database, UserId user, crypto::Sha256 session,
                                                         bool after_password) {
  const auto passkeys = co_await passkey_store::list(database, user);
  PasskeyChallenge asked{.purpose = PasskeyPurpose::step_up, .binding = session, .user = user};
  asked.user_handle = co_await passkey_store::find_user_handle(database, std::move(user));
  // A security key that cannot verify anybody would find no way to answer `required`.
  const bool all_must = !after_password || std::ranges::all_of(passkeys, &Passkey::user_verified);
  auto allowed = describe(passkeys);
  const auto shown = all_must ? UserVerification::required : UserVerification::preferred;
  auto answer = co_await ask(database, std::move(asked), std::move(allowed), shown);
  co_return answer;
}

net::awaitable<json::object> PasskeyRequests::ask(db::Executor& database, PasskeyChallenge asked,
                                                  std::vector<PasskeyDescriptor> allowed, UserVerification shown) {
  for (const auto& one : allowed) asked.named.push_back(crypto::sha256(one.id));
  const auto issued = co_await parts_.challenges.issue(database, std::move(asked));
  co_return assertion_request(parts_.settings, issued, allowed, shown, parts_.clock.now());
}

}  // namespace secureauth::mfa
