#pragma once

#include "http/router.hpp"
#include "http/server.hpp"
#include "settings/config.hpp"

#include <functional>
#include <memory>
#include <string>

namespace secureauth::app {

/// Whether the site's own port serves /metrics: in development, unless METRICS_LISTEN says where (ASVS 13.4.5).
[[nodiscard]] bool has_metrics_on_the_site(const settings::Config& config);

/// `GET /metrics`: what `text` says, of which no cache keeps anything.
void add_metrics_route(http::Router& router, std::function<std::string()> text);

/// The listener of METRICS_LISTEN, with one thread: `/metrics` and nothing else, whatever Host it is asked as, for a
/// scraper knows an instance by its address. Null where there is none.
[[nodiscard]] std::unique_ptr<http::Server> make_metrics_server(const settings::Config& config,
                                                                std::function<std::string()> text);

}  // namespace secureauth::app
