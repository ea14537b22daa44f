#include "tokens/session_tokens.hpp"

#include "crypto/uuid.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <utility>

namespace secureauth::tokens {
namespace {

using std::chrono::seconds;

std::int64_t to_numeric_date(Timestamp time) {  // RFC 7519 §2
  return std::chrono::floor<seconds>(time).time_since_epoch().count();
}

}  // namespace

bool SessionTokens::is_audience(std::string_view name) const {
  return parts_.keys.can_sign() && std::ranges::find(options_.audiences, name) != options_.audiences.end();
}

std::optional<std::string> SessionTokens::sole_audience() const {
  if (options_.audiences.size() != 1) return std::nullopt;
  return options_.audiences.front();
}

SessionTokens::Made SessionTokens::make(const sessions::Session& session, const std::string& audience) const {
  const auto now = parts_.clock.now();
  const auto left = std::chrono::floor<seconds>(session.expires_at - std::chrono::floor<seconds>(now));
  Made made{.token = {},
            .id = crypto::uuid_v7(parts_.random, now),
            .made_at = now,
            .life = std::clamp(left, seconds(0), options_.ttl)};
  const auto& assurance = session.assurance;
  const auto issued_at = to_numeric_date(now);
  const boost::json::object claims{{"iss", options_.issuer},
                                   {"sub", session.user.id.text()},
                                   {"aud", audience},
                                   {"iat", issued_at},
                                   {"exp", issued_at + made.life.count()},
                                   {"jti", made.id},
                                   {"sid", session.id.text()},
                                   {"role", accounts::to_text(session.user.role)},
                                   {"aal", assurance.aal},
                                   {"amr", boost::json::array(assurance.amr.begin(), assurance.amr.end())},
                                   {"auth_time", to_numeric_date(assurance.auth_time)}};
  made.token = parts_.keys.sign(claims);
  return made;
}

net::awaitable<SessionTokens::Made> SessionTokens::make_and_record(sessions::SessionRef session, std::string audience,
                                                                   ClientInfo client) {
  auto made = make(*session, audience);
  audit::Entry entry{.event = audit::Event::token_issued,
                     .actor = session->user.id,
                     .subject = session->user.id,
                     .session = session->id,
                     .client = std::move(client),
                     .details = {{"audience", audience}, {"token", made.id}, {"seconds", made.life.count()}}};
  co_await parts_.audit.record_alone(parts_.database, std::move(entry));
  co_return made;
}

net::awaitable<SessionTokens::Issued> SessionTokens::issue(sessions::SessionRef session, std::string audience,
                                                           ClientInfo client) {
  auto made = co_await make_and_record(std::move(session), std::move(audience), std::move(client));
  co_return Issued{.token = std::move(made.token), .expires_in = made.life};
}

net::awaitable<std::string> SessionTokens::current(sessions::SessionRef session, std::string audience,
                                                   ClientInfo client) {
  if (auto kept = recent_.find(*session, audience, parts_.clock.now())) co_return *std::move(kept);
  auto key = RecentTokens::key_of(*session, audience);
  auto work = [this, session = std::move(session), audience = std::move(audience),
               client = std::move(client)]() -> net::awaitable<std::string> {
    return renew(session, audience, client);
  };
  auto token = co_await issuing_(std::move(key), std::move(work));
  co_return token;
}

net::awaitable<std::string> SessionTokens::renew(sessions::SessionRef session, std::string audience,
                                                 ClientInfo client) {
  // Another one may have been made between the look and the turn.
  if (auto kept = recent_.find(*session, audience, parts_.clock.now())) co_return *std::move(kept);
  auto made = co_await make_and_record(session, audience, std::move(client));
  recent_.keep(*session, audience, made.token, made.made_at + made.life / 2, made.made_at);
  co_return std::move(made.token);
}

}  // namespace secureauth::tokens
