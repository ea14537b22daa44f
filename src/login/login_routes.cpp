#include "login/login_routes.hpp"

#include "http/json_body.hpp"
#include "login/sign_in_cookies.hpp"

namespace secureauth::login {
namespace {

using protection::ProofOfWork;

std::optional<ProofOfWork::Solution> solution_from(const boost::json::value& member) {
  const auto* object = member.if_object();
  const auto* challenge = object != nullptr ? object->if_contains("challenge") : nullptr;
  const auto* numbers = object != nullptr ? object->if_contains("numbers") : nullptr;
  if (challenge == nullptr || numbers == nullptr || !challenge->is_string() || !numbers->is_array()) {
    return std::nullopt;
  }
  ProofOfWork::Solution solution{std::string(challenge->get_string()), {}};
  if (numbers->get_array().size() > ProofOfWork::kParts) return std::nullopt;
  for (const auto& number : numbers->get_array()) {
    const auto* value = number.if_int64();
    if (value == nullptr || *value < 0) return std::nullopt;
    solution.numbers.push_back(static_cast<std::uint64_t>(*value));
  }
  return solution;
}

/// The proof of work, where the body has one.
std::optional<ProofOfWork::Solution> read_solution(const boost::json::value& body, http::FieldReader& fields) {
  const auto* object = body.if_object();
  const auto* member = object != nullptr ? object->if_contains("proof_of_work") : nullptr;
  if (member == nullptr || member->is_null()) return std::nullopt;
  auto solution = solution_from(*member);
  if (!solution)
    fields.refuse("proof_of_work", "invalid_format", "Give the challenge and a whole number for each of its parts.");
  return solution;
}

}  // namespace

void LoginRoutes::add_to(http::Router& router) {
  router.add(gate_.open_route(http::Method::post, "/auth/login", http::Body::json,
                              [this](http::Request& request) { return sign_in(request); }),
             protection::RateLimits::kLogin);
}

net::awaitable<Result<http::Response>> LoginRoutes::sign_in(http::Request& request) {
  http::FieldReader fields(request.json);
  auto email = fields.check("email", accounts::EmailAddress::parse(fields.text("email")));
  passwords::Password password(fields.secret("password"));
  auto work = read_solution(request.json, fields);
  if (auto error = fields.error()) co_return *std::move(error);
  auto cookies = read_sign_in_cookies(request, gate_);
  if (!cookies) co_return cookies.error();

  Login::Request sign_in{.email = *std::move(email),
                         .password = std::move(password),
                         .client = request.client,
                         .presented = cookies->presented,
                         .known_browser = std::move(cookies->known_browser),
                         .trusted_browser = std::move(cookies->trusted_browser),
                         .work = std::move(work)};
  const auto outcome = co_await login_(std::move(sign_in));
  if (!outcome) co_return outcome.error();
  if (const auto* due = std::get_if<Login::MfaDue>(&*outcome)) co_return ask_for_second_factor(*due);

  auto response = http::json({{"mfa_required", false}, {"methods", boost::json::array()}});
  set_sign_in_cookies(response, std::get<Admitted>(*outcome), gate_);
  co_return response;
}

http::Response LoginRoutes::ask_for_second_factor(const Login::MfaDue& due) const {
  boost::json::array methods;
  for (const auto method : due.methods) methods.emplace_back(accounts::to_text(method));
  boost::json::object body{
      {"mfa_required", true}, {"methods", std::move(methods)}, {"challenge_id", due.challenge.text()}};
  if (!due.webauthn.empty()) body["webauthn"] = due.webauthn;
  auto response = http::json(body);
  gate_.set_browser(response, due.browser, due.life);
  return response;
}

}  // namespace secureauth::login
