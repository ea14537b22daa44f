#include "login/login.hpp"

#include "accounts/password_credential.hpp"

namespace secureauth::login {
namespace {

std::string_view reason_text(ErrorCode reason) {
  switch (reason) {
    case ErrorCode::email_not_verified:
      return "email_not_verified";
    case ErrorCode::account_disabled:
      return "account_disabled";
    default:
      return "invalid_credentials";
  }
}

}  // namespace

net::awaitable<Result<sessions::Sessions::Opened>> Login::operator()(Request request) {
  const auto now = parts_.clock.now();
  const auto credential = co_await accounts::find_password_credential(parts_.database, request.email.key(), now);

  std::optional<std::string> hash;
  std::optional<UserId> subject;
  if (credential) {
    hash = credential->password_hash;
    subject = credential->user.id;
  }
  const auto verdict = co_await parts_.hasher.verify(std::move(request.password), std::move(hash));
  if (!verdict) co_return verdict.error();
  if (!verdict->matches) {
    co_await record_failure(subject, ErrorCode::invalid_credentials, request.client);
    co_return ErrorCode::invalid_credentials;
  }

  std::vector<std::string> amr{"pwd"};  // RFC 8176
  auto opened = co_await parts_.sessions.open(credential->user, std::move(amr), request.client, request.presented);
  if (!opened) co_await record_failure(subject, opened.error().code, request.client);
  co_return opened;
}

net::awaitable<void> Login::record_failure(std::optional<UserId> subject, ErrorCode reason, ClientInfo client) {
  audit::Entry entry{.event = audit::Event::login_failed,
                     .outcome = audit::Outcome::failure,
                     .subject = std::move(subject),
                     .client = std::move(client),
                     .details = {{"reason", reason_text(reason)}}};
  co_await parts_.audit.record(parts_.database, std::move(entry));
}

}  // namespace secureauth::login
