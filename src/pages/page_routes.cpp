#include "pages/page_routes.hpp"

#include "http/query.hpp"
#include "pages/api_docs_routes.hpp"

#include <map>

namespace secureauth::pages {
namespace {

using http::Body;
using http::Method;

constexpr std::string_view kMailbox = "dev/mailbox";
constexpr std::string_view kDocs = "docs";
constexpr std::string_view kLanguageCookie = "lang";

http::StaticFile as_file(const Rendered& rendered) {
  return {.content = http::content_of(rendered.name),
          .identity = rendered.identity,
          .gzip = rendered.gzip,
          .tag = rendered.tag};
}

/// What the address asks for, else what was chosen before, else what the browser prefers.
Locale language_of(const http::Request& request) {
  if (const auto query = http::Query::parse(request); query && query->text("lang")) {
    if (const auto locale = locale_from(*query->text("lang"))) return *locale;
  }
  if (const auto cookie = request.cookie(kLanguageCookie); cookie && *cookie) {
    if (const auto locale = locale_from(**cookie)) return *locale;
  }
  return choose_locale(request.header("accept-language").value_or(""));
}

http::Handler handler(std::function<Result<http::Response>(const http::Request&)> answer) {
  return [answer = std::move(answer)](http::Request& request) -> net::awaitable<Result<http::Response>> {
    co_return answer(request);
  };
}

}  // namespace

void PageRoutes::add_to(http::Router& router) {
  // For front ends of other origins too, at addresses that stay.
  for (const std::string script : {"webauthn.js", "proof-of-work.js"}) add_stable_asset(router, script);
  router.add(gate_.open_route(Method::get, "/auth/return-to", Body::none,
                              handler([this](const http::Request& request) { return return_to(request); })));
  if (!shown_.hosted && !shown_.mailbox && !shown_.docs) return;

  for (const auto& name : pages_.names()) {
    if (is_shown(name)) add_page(router, name);
  }
  if (shown_.docs) router.add(openapi_route());
  if (shown_.hosted) {
    router.add({Method::get, "/", Body::none, handler([](const auto&) { return http::see_other("/account"); })});
  }
  router.add({Method::get, "/assets/{version}/{folder}/{name}", Body::none, handler([this](const auto& request) {
                return asset(request, std::string(request.path_parameter("folder")) + '/' +
                                          std::string(request.path_parameter("name")));
              })});
  router.add({Method::get, "/assets/{version}/texts/{lang}/{name}", Body::none, handler([this](const auto& request) {
                return asset(request, "texts/" + std::string(request.path_parameter("lang")) + '/' +
                                          std::string(request.path_parameter("name")));
              })});
}

bool PageRoutes::is_shown(std::string_view page) const {
  if (page == kMailbox) return shown_.mailbox;
  if (page == kDocs) return shown_.docs;
  return shown_.hosted;
}

void PageRoutes::add_page(http::Router& router, const std::string& name) {
  std::map<Locale, http::StaticFile> files;
  for (const auto locale : kLocales) files.emplace(locale, as_file(pages_.page(name, locale)));
  router.add({Method::get, '/' + name, Body::none, handler([files = std::move(files)](const http::Request& request) {
                return http::answer_with(files.at(language_of(request)), request, http::kRevalidate,
                                         "Accept-Language, Cookie");
              })});
}

void PageRoutes::add_stable_asset(http::Router& router, const std::string& name) {
  router.add({Method::get, "/assets/" + name, Body::none,
              handler([file = as_file(*pages_.asset("scripts/" + name))](const http::Request& request) {
                return http::answer_with(file, request, http::kRevalidate);
              })});
}

/// Instances of two versions may answer one page's requests while one replaces the other: each gives what it has, but
/// only under its own version for good.
PageRoutes::Answer PageRoutes::asset(const http::Request& request, const std::string& path) const {
  const auto* found = pages_.asset(path);
  if (found == nullptr) return ErrorCode::not_found;
  const bool current = request.path_parameter("version") == pages_.version();
  return http::answer_with(as_file(*found), request, current ? http::kForever : http::kNoStore);
}

PageRoutes::Answer PageRoutes::return_to(const http::Request& request) const {
  const auto query = http::Query::parse(request);
  if (!query) return query.error();
  const auto checked = return_to_.check(query->text("to").value_or(""));
  if (!checked) return checked.error();
  return http::json({{"return_to", *checked}});
}

}  // namespace secureauth::pages
