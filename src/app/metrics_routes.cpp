#include "app/metrics_routes.hpp"

#include <chrono>
#include <utility>

namespace secureauth::app {
namespace {

using std::chrono::seconds;

constexpr std::size_t kMostScrapers = 64;  // connections

}  // namespace

bool has_metrics_on_the_site(const settings::Config& config) {
  return config.environment == settings::Environment::development && !config.metrics_listen;
}

void add_metrics_route(http::Router& router, std::function<std::string()> text) {
  router.add({http::Method::get, "/metrics", http::Body::none,
              [text = std::move(text)](http::Request&) -> net::awaitable<Result<http::Response>> {
                http::Response response;
                response.content = http::Content::metrics;
                response.body = text();
                co_return response;
              }});
}

std::unique_ptr<http::Server> make_metrics_server(const settings::Config& config, std::function<std::string()> text) {
  if (!config.metrics_listen) return nullptr;
  http::Router router;
  add_metrics_route(router, std::move(text));
  http::SitePolicy site({.own_origin = "", .frontend_origins = {}, .hosts = {}, .any_host = true});
  http::ServerOptions options{
      .listen_address = config.metrics_listen->address,
      .port = config.metrics_listen->port,
      .threads = 1,
      .max_connections = kMostScrapers,
      .max_connections_per_address = 0,
      .proxy_protocol = false,
      .head_timeout = seconds(10),
      .body_timeout = seconds(10),
      .idle_timeout = seconds(120),  // scrapers keep theirs from one scrape to the next
      .write_timeout = seconds(10),
      .shutdown_grace = seconds(1),
      .shutdown_idle_timeout = config.shutdown_idle_timeout,
      .reuse_port = config.listen_reuse_port,
      .forwarded_field = "x-forwarded-for",
      .client_address = [](const net::ip::address& peer, std::string_view) { return peer.to_string(); },
      .is_trusted_proxy = [](const net::ip::address&) { return false; }};
  http::Dispatcher dispatcher(std::move(router), std::move(site), nullptr);
  return std::make_unique<http::Server>(std::move(options), std::move(dispatcher), http::Wire(false));
}

}  // namespace secureauth::app
