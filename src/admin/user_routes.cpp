#include "admin/user_routes.hpp"

#include "admin/views.hpp"
#include "crypto/encoding.hpp"
#include "crypto/uuid.hpp"
#include "http/json_body.hpp"
#include "http/query.hpp"

#include <utility>

namespace secureauth::admin {
namespace {

using http::Body;
using http::Method;
using sessions::SessionRef;

Operator operator_of(const http::Request& request, const SessionRef& session) {
  return {.actor = session->user.id, .session = session->id, .client = request.client};
}

/// The account that the path names; not_found for what can be no id.
Result<UserId> target_of(const http::Request& request) {
  const auto named = request.path_parameter("id");
  if (!crypto::is_uuid(named)) return ErrorCode::not_found;
  return UserId(std::string(named));
}

Error unknown_value(std::string_view field, std::string_view message) {
  return Error(std::vector<FieldError>{{std::string(field), "invalid_format", std::string(message)}});
}

Result<UserFilter> filter_of(const http::Query& query) {
  UserFilter filter;
  if (const auto prefix = query.text("email_prefix")) {
    auto key = accounts::EmailAddress::key_prefix(*prefix);
    if (!key) return key.error();
    filter.email_prefix = *std::move(key);
  }
  if (const auto role = query.text("role")) {
    filter.role = accounts::role_from(*role);
    if (!filter.role) return unknown_value("role", "The role must be user, staff or admin.");
  }
  if (const auto status = query.text("status")) {
    filter.status = accounts::known_status(*status);
    if (!filter.status) return unknown_value("status", "The status must be active or disabled.");
  }
  return filter;
}

/// What a cursor is bound to: a list with other filters is another list.
std::string list_name(const UserFilter& filter) {
  std::string name = "admin/users";
  name.append("\nrole=").append(filter.role ? to_text(*filter.role) : "");
  name.append("\nstatus=").append(filter.status ? to_text(*filter.status) : "");
  return name.append("\nemail_prefix=").append(filter.email_prefix);
}

std::string written(std::string_view position) {
  return crypto::base64url_encode(std::as_bytes(std::span(position)));
}

std::string read(std::string_view position) {
  const auto bytes = crypto::base64url_decode(position).value();  // it was signed
  std::string text;
  for (const auto byte : bytes) text += static_cast<char>(byte);
  return text;
}

}  // namespace

void UserRoutes::add_to(http::Router& router) {
  router.add(gate_.session_route(
      Method::get, "/admin/users", Body::none,
      [this](http::Request& request, SessionRef session) { return list(request, std::move(session)); },
      access_for(Permission::read_users)));
  router.add(gate_.session_route(
      Method::get, "/admin/users/{id}", Body::none,
      [this](http::Request& request, SessionRef session) { return view(request, std::move(session)); },
      access_for(Permission::read_users)));
  router.add(gate_.session_route(
      Method::patch, "/admin/users/{id}", Body::json,
      [this](http::Request& request, SessionRef session) { return change(request, std::move(session)); },
      access_for(Permission::change_users)));
  const std::string user = "/admin/users/{id}";
  add_deed(router, Method::del, user, Permission::delete_users, &UserAdmin::erase);
  add_deed(router, Method::post, user + "/revoke-sessions", Permission::end_sessions, &UserAdmin::end_sessions);
  add_deed(router, Method::post, user + "/unlock", Permission::unlock_users, &UserAdmin::unlock);
  add_deed(router, Method::post, user + "/reset-mfa", Permission::reset_factors, &UserAdmin::reset_factors);
  add_deed(router, Method::post, user + "/send-reset", Permission::send_resets, &UserAdmin::send_reset);
  add_deed(router, Method::post, user + "/demand-password-change", Permission::demand_password_changes,
           &UserAdmin::demand_password_change);
}

void UserRoutes::add_deed(http::Router& router, Method method, std::string path, Permission permission, Deed deed) {
  auto handler = [this, deed](http::Request& request, SessionRef session) {
    return carry_out(deed, request, std::move(session));
  };
  router.add(gate_.session_route(method, std::move(path), Body::none, std::move(handler), access_for(permission)));
}

UserRoutes::Answer UserRoutes::list(http::Request& request, SessionRef session) {
  const auto query = http::Query::parse(request);
  if (!query) co_return query.error();
  const auto limit = query->limit();
  if (!limit) co_return limit.error();
  const auto filter = filter_of(*query);
  if (!filter) co_return filter.error();
  const auto name = list_name(*filter);
  const auto& owner = session->user.id;
  std::optional<std::string> after;
  if (const auto cursor = query->text("cursor")) {
    const auto position = cursors_.read(name, owner.text(), *cursor);
    if (!position) co_return Error(ErrorCode::invalid_request, "The cursor is not one of this list.");
    after = read(*position);
  }

  const auto page = co_await directory_.list(*filter, std::move(after), *limit, operator_of(request, session));
  boost::json::array users;
  for (const auto& user : page.users) users.push_back(shown(user));
  boost::json::value next;
  if (page.next) next = cursors_.issue(name, owner.text(), written(*page.next));
  const boost::json::object body{{"users", std::move(users)}, {"next_cursor", std::move(next)}};
  co_return http::json(body);
}

UserRoutes::Answer UserRoutes::view(http::Request& request, SessionRef session) {
  const auto id = target_of(request);
  if (!id) co_return id.error();
  const auto details = co_await directory_.view(*id, operator_of(request, session));
  if (!details) co_return details.error();
  co_return http::json(shown(*details));
}

UserRoutes::Answer UserRoutes::change(http::Request& request, SessionRef session) {
  const auto id = target_of(request);
  http::FieldReader body(request.json);
  const auto role = body.optional_text("role");
  const auto status = body.optional_text("status");
  UserAdmin::Change change;
  if (role) change.role = accounts::role_from(*role);
  if (status) change.status = accounts::known_status(*status);
  if (role && !change.role) body.refuse("role", "invalid_format", "The role must be user, staff or admin.");
  if (status && !change.status) body.refuse("status", "invalid_format", "The status must be active or disabled.");
  if (!role && !status) body.refuse("", "required", "Say the role or the status that the account is to have.");
  if (auto refused = body.error()) co_return *std::move(refused);
  if (!id) co_return id.error();
  const auto changed = co_await admin_.change(*id, change, operator_of(request, session));
  if (!changed) co_return changed.error();
  co_return http::json(shown(*changed));
}

UserRoutes::Answer UserRoutes::carry_out(Deed deed, http::Request& request, SessionRef session) {
  const auto id = target_of(request);
  if (!id) co_return id.error();
  const auto done = co_await (admin_.*deed)(*id, operator_of(request, session));
  if (!done) co_return done.error();
  co_return http::ok();
}

}  // namespace secureauth::admin
