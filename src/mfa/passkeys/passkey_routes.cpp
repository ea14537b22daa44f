#include "mfa/passkeys/passkey_routes.hpp"

#include "crypto/encoding.hpp"
#include "crypto/uuid.hpp"

namespace secureauth::mfa {
namespace {

using http::Body;
using http::Method;
using sessions::Proof;
using sessions::SessionRef;

/// The passkey that the path names; one that no passkey can have is not asked for.
Result<PasskeyId> named_in(const http::Request& request) {
  std::string id(request.path_parameter("id"));
  if (!crypto::is_uuid(id)) return ErrorCode::not_found;
  return PasskeyId(std::move(id));
}

}  // namespace

void PasskeyRoutes::add_to(http::Router& router) {
  // As fresh a proof as the account can give: whoever finds a session open must not make it his own.
  const sessions::Access fresh{.proof = Proof::recent, .while_enrolling = true};
  router.add(parts_.gate.session_route(
      Method::post, "/auth/webauthn/register/start", Body::optional_json,
      [this](http::Request& request, SessionRef session) { return start(request, std::move(session)); }, fresh));
  auto finish_registration = parts_.gate.session_route(
      Method::post, "/auth/webauthn/register/finish", Body::json,
      [this](http::Request& request, SessionRef session) { return finish(request, std::move(session)); }, fresh);
  finish_registration.most_body = http::kLargeBody;
  router.add(std::move(finish_registration));
  router.add(parts_.gate.session_route(Method::get, "/auth/webauthn/credentials", Body::none,
                                       [this](http::Request&, SessionRef session) { return list(std::move(session)); },
                                       {.while_enrolling = true}));
  router.add(parts_.gate.session_route(
      Method::patch, "/auth/webauthn/credentials/{id}", Body::json,
      [this](http::Request& request, SessionRef session) { return rename(request, std::move(session)); },
      {.proof = Proof::recent}));  // the owner goes by the names when he removes one
  router.add(parts_.gate.session_route(
      Method::del, "/auth/webauthn/credentials/{id}", Body::optional_json,
      [this](http::Request& request, SessionRef session) { return remove(request, std::move(session)); },
      {.proof = Proof::stepped_up}));
  router.add(parts_.gate.open_route(Method::get, "/.well-known/webauthn", Body::none,
                                    [this](http::Request&) { return related_origins(); }));
}

PasskeyRoutes::Answer PasskeyRoutes::start(http::Request& request, SessionRef session) {
  const auto asked = co_await parts_.registration.start(std::move(session), request.client);
  if (!asked) co_return asked.error();
  co_return http::json(*asked);
}

PasskeyRoutes::Answer PasskeyRoutes::finish(http::Request& request, SessionRef session) {
  http::FieldReader fields(request.json);
  auto challenge_id = fields.text("challenge_id");
  std::string name;
  if (const auto given = fields.optional_text("name")) {
    name = fields.check("name", parse_passkey_name(*given)).value_or("");
  }
  const bool end_other_sessions = fields.optional_switch("end_other_sessions", true);
  if (auto error = fields.error()) co_return *std::move(error);
  PasskeyRegistration::Finish finish{.session = std::move(session),
                                     .challenge_id = std::move(challenge_id),
                                     .body = request.json.as_object(),
                                     .name = std::move(name),
                                     .end_other_sessions = end_other_sessions,
                                     .client = request.client};
  const auto registered = co_await parts_.registration.finish(std::move(finish));
  if (!registered) co_return registered.error();
  const boost::json::object body{{"success", true}, {"credential", parts_.passkeys.view(registered->passkey)}};
  auto response = http::json(body);
  parts_.gate.set_cookies(response, registered->session.token);
  co_return response;
}

PasskeyRoutes::Answer PasskeyRoutes::list(SessionRef session) {
  const auto& user = session->user;
  const auto listed = co_await parts_.passkeys.list(user.id);
  boost::json::array credentials;
  boost::json::array ids;
  for (const auto& passkey : listed.passkeys) {
    credentials.push_back(parts_.passkeys.view(passkey));
    ids.emplace_back(crypto::base64url_encode(passkey.credential_id));
  }
  // What a browser's Signal API takes (WebAuthn Level 3 §5.1.10), so that password managers drop what is gone.
  boost::json::value handle;
  if (!listed.user_handle.empty()) handle = crypto::base64url_encode(listed.user_handle);
  const boost::json::object owner{
      {"id", handle}, {"name", user.email}, {"display_name", user.name ? *user.name : user.email}};
  const boost::json::object body{{"credentials", credentials},
                                 {"rp_id", parts_.settings.relying_party.id},
                                 {"user", owner},
                                 {"accepted_credential_ids", ids}};
  co_return http::json(body);
}

PasskeyRoutes::Answer PasskeyRoutes::rename(http::Request& request, SessionRef session) {
  http::FieldReader fields(request.json);
  auto name = fields.check("name", parse_passkey_name(fields.text("name")));
  if (auto error = fields.error()) co_return *std::move(error);
  auto id = named_in(request);
  if (!id) co_return id.error();
  const auto renamed =
      co_await parts_.passkeys.rename(std::move(session), *std::move(id), *std::move(name), request.client);
  if (!renamed) co_return renamed.error();
  co_return http::json(parts_.passkeys.view(*renamed));
}

PasskeyRoutes::Answer PasskeyRoutes::remove(http::Request& request, SessionRef session) {
  http::FieldReader fields(request.json);
  const bool end_other_sessions = fields.optional_switch("end_other_sessions", true);
  if (auto error = fields.error()) co_return *std::move(error);
  auto id = named_in(request);
  if (!id) co_return id.error();
  Passkeys::Removal removal{.session = std::move(session),
                            .id = *std::move(id),
                            .end_other_sessions = end_other_sessions,
                            .client = request.client};
  const auto opened = co_await parts_.passkeys.remove(std::move(removal));
  if (!opened) co_return opened.error();
  const boost::json::object body{{"success", true}};
  auto response = http::json(body);
  parts_.gate.set_cookies(response, opened->token);
  co_return response;
}

PasskeyRoutes::Answer PasskeyRoutes::related_origins() {
  const auto& origins = parts_.settings.relying_party.origins;
  const boost::json::object body{{"origins", boost::json::array(origins.begin(), origins.end())}};
  co_return http::json(body);
}

}  // namespace secureauth::mfa
