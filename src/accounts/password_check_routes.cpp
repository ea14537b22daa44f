#include "accounts/password_check_routes.hpp"

#include "http/json_body.hpp"
#include "protection/rate_limits.hpp"

namespace secureauth::accounts {
namespace {

using http::Body;
using http::FieldReader;
using http::Method;

constexpr std::size_t kMostEmailBytes = 254;
constexpr std::size_t kMostNameBytes = 800;  // 200 characters

/// What a form holds so far need not be an address or a name yet, only no more than one may be.
std::optional<std::string> read_half_typed(FieldReader& fields, std::string_view name, std::size_t most) {
  auto given = fields.optional_text(name);
  if (given && given->size() > most) fields.refuse(name, "too_long", "This is longer than it may be.");
  return given;
}

boost::json::object as_json(const passwords::PasswordPolicy::Assessment& assessment) {
  boost::json::array errors;
  if (const auto& refusal = assessment.refusal) {
    errors.push_back(boost::json::object{{"code", refusal->code}, {"message", refusal->message}});
  }
  return {{"acceptable", errors.empty()},
          {"score", assessment.strength.score},
          {"pattern", passwords::name(assessment.strength.pattern)},
          {"errors", std::move(errors)}};
}

}  // namespace

void PasswordCheckRoutes::add_to(http::Router& router) {
  router.add(gate_.open_route(Method::post, "/auth/password/check", Body::json,
                              [this](http::Request& request) { return check(request); }),
             protection::RateLimits::kPasswordCheck);
}

PasswordCheckRoutes::Answer PasswordCheckRoutes::check(http::Request& request) {
  FieldReader fields(request.json);
  passwords::Password password(fields.secret("password"));
  passwords::PasswordOwner owner{.email = read_half_typed(fields, "email", kMostEmailBytes).value_or(""),
                                 .name = read_half_typed(fields, "name", kMostNameBytes)};
  if (auto error = fields.error()) co_return *std::move(error);
  const auto assessed = co_await policy_.assess(std::move(password), std::move(owner));
  if (!assessed) co_return assessed.error();
  co_return http::json(as_json(*assessed));
}

}  // namespace secureauth::accounts
