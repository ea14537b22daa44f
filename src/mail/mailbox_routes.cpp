#include "mail/mailbox_routes.hpp"

namespace secureauth::mail {
namespace {

constexpr int kMostShown = 200;

}  // namespace

void MailboxRoutes::add_to(http::Router& router) {
  router.add(
      {http::Method::get, "/dev/mailbox/messages", http::Body::none, [this](http::Request&) { return messages(); }});
}

net::awaitable<Result<http::Response>> MailboxRoutes::messages() const {
  const auto stored = co_await outbox_.newest(database_, kMostShown);
  boost::json::array list;
  for (const auto& [id, kind, message, created_at] : stored) {
    list.push_back({{"id", id},
                    {"to", message.recipient},
                    {"subject", message.subject},
                    {"text", message.text},
                    {"html", message.html},
                    {"sent_at", to_rfc3339(created_at)}});
  }
  const boost::json::object body{{"messages", std::move(list)}};
  co_return http::json(body);
}

}  // namespace secureauth::mail
