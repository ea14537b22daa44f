#include "mfa/passkeys/passkey_challenges.hpp"

#include "crypto/encoding.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace secureauth::mfa {
namespace {

namespace json = boost::json;
using webauthn::UserVerification;

constexpr std::size_t kChallengeBytes = 32;

constexpr db::Statement kInsert{R"sql(
  INSERT INTO webauthn_challenges (challenge_hash, purpose, binding, user_id, challenge, expected, created_at, expires_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8))sql"};

// Taken by its id alone: a finish of the wrong kind or from elsewhere burns it too.
constexpr db::Statement kTake{R"sql(
  DELETE FROM webauthn_challenges WHERE challenge_hash = $1
  RETURNING purpose, binding, user_id, challenge, expected, expires_at)sql"};

constexpr db::Statement kForgetExpired{R"sql(
  DELETE FROM webauthn_challenges
   WHERE challenge_hash IN (SELECT challenge_hash FROM webauthn_challenges WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2))sql"};

constexpr auto kPurposes = std::to_array<std::pair<PasskeyPurpose, std::string_view>>({
    {PasskeyPurpose::registration, "registration"},
    {PasskeyPurpose::sign_up, "sign_up"},
    {PasskeyPurpose::sign_in, "sign_in"},
    {PasskeyPurpose::second_factor, "second_factor"},
    {PasskeyPurpose::step_up, "step_up"},
});

std::string_view to_text(PasskeyPurpose purpose) {
  return std::ranges::find(kPurposes, purpose, &std::pair<PasskeyPurpose, std::string_view>::first)->second;
}

UserVerification user_verification_from(std::string_view text) {
  using enum UserVerification;
  for (const auto one : {required, preferred, discouraged}) {
    if (to_text(one) == text) return one;
  }
  throw std::logic_error("unknown user verification in the database");
}

json::value encoded(std::span<const std::byte> bytes) {
  return json::string(crypto::base64url_encode(bytes));
}

std::vector<std::byte> decoded(const json::value& text) {
  return crypto::base64url_decode(text.as_string()).value();
}

crypto::Sha256 hash_in(const json::value& text) {
  crypto::Sha256 hash{};
  const auto bytes = decoded(text);
  if (bytes.size() != hash.size()) throw std::logic_error("a hash of another length in the database");
  std::ranges::copy(bytes, hash.begin());
  return hash;
}

std::string to_json(const PasskeyChallenge& asked) {
  json::object object{{"user_verification", to_text(asked.user_verification)}};
  json::array named;
  for (const auto& id : asked.named) named.push_back(encoded(id));
  object["named"] = std::move(named);
  if (asked.user_handle) object["user_handle"] = encoded(*asked.user_handle);
  if (asked.sign_in) object["sign_in"] = encoded(*asked.sign_in);
  if (const auto& sign_up = asked.sign_up) {
    const auto name = sign_up->name ? json::value(*sign_up->name) : json::value();
    object["sign_up"] = {{"email", sign_up->email}, {"name", name}};
  }
  return json::serialize(object);
}

void read_json(std::string_view text, PasskeyChallenge& asked) {
  const auto value = json::parse(text);
  const auto& object = value.as_object();
  asked.user_verification = user_verification_from(object.at("user_verification").as_string());
  for (const auto& id : object.at("named").as_array()) asked.named.push_back(hash_in(id));
  if (const auto* handle = object.if_contains("user_handle")) asked.user_handle = decoded(*handle);
  if (const auto* sign_in = object.if_contains("sign_in")) asked.sign_in = hash_in(*sign_in);
  if (const auto* sign_up = object.if_contains("sign_up")) {
    const auto& name = sign_up->at("name");
    asked.sign_up = {.email = std::string(sign_up->at("email").as_string()),
                     .name = name.is_null() ? std::nullopt : std::optional(std::string(name.as_string()))};
  }
}

}  // namespace

net::awaitable<PasskeyChallenges::Issued> PasskeyChallenges::issue(db::Executor& database, PasskeyChallenge asked) {
  const auto now = clock_.now();
  Issued issued{PasskeyChallengeId::generate(random_), std::vector<std::byte>(kChallengeBytes), now + life_};
  random_.fill(issued.challenge);
  std::optional<std::string> user;
  if (asked.user) user = asked.user->text();
  db::Params params(issued.id.hash(), to_text(asked.purpose), asked.binding, std::move(user), issued.challenge,
                    to_json(asked), now, issued.expires_at);
  co_await database.write(kInsert, std::move(params));
  co_return issued;
}

net::awaitable<Result<PasskeyChallenge>> PasskeyChallenges::take(db::Executor& database, std::string id,
                                                                 std::vector<PasskeyPurpose> purposes,
                                                                 crypto::Sha256 binding) {
  const auto token = PasskeyChallengeId::parse(id);
  if (!token) co_return ErrorCode::challenge_expired;  // none has such an id
  db::Params params(token->hash());
  const auto rows = co_await database.execute(kTake, std::move(params));
  if (rows.empty()) co_return ErrorCode::challenge_expired;
  const auto& row = rows.front();
  const auto* const purpose =
      std::ranges::find(kPurposes, row.text(0), &std::pair<PasskeyPurpose, std::string_view>::second);
  const bool fits =
      std::ranges::find(purposes, purpose->first) != purposes.end() && crypto::equal(row.bytes(1), binding);
  if (!fits || row.time(5) <= clock_.now()) co_return ErrorCode::challenge_expired;
  PasskeyChallenge asked{.purpose = purpose->first, .binding = binding, .user = {}, .challenge = row.bytes(3)};
  if (const auto user = row.optional_text(2)) asked.user = UserId(*user);
  read_json(row.text(4), asked);
  co_return asked;
}

net::awaitable<void> PasskeyChallenges::forget_expired(db::Executor& database, const db::GoOn& go_on) {
  co_await forget_ending(database, clock_.now(), go_on);
}

net::awaitable<void> PasskeyChallenges::forget_ending(db::Executor& database, Timestamp end, const db::GoOn& go_on) {
  db::Params params(end);
  co_await db::in_batches(database, kForgetExpired, std::move(params), go_on);
}

}  // namespace secureauth::mfa
