#include "ephemeral/redis/sentinels.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <charconv>
#include <utility>

namespace secureauth::ephemeral::redis {
namespace {

/// Reads answers until the link is ended.
net::awaitable<void> read(std::shared_ptr<Link> link) {
  try {
    co_await link->serve({});
  } catch (const RedisUnavailable&) {
    co_return;  // whoever waits for an answer gets the same
  }
}

Endpoint endpoint(const Reply& reply) {
  if (reply.is_error()) throw RedisUnavailable("a sentinel refused: " + reply.error_code());
  if (reply.is_null()) throw RedisUnavailable("a sentinel does not know the master");
  Endpoint master;
  if (reply.kind() == Reply::Kind::array && reply.size() == 2 && reply[0].kind() == Reply::Kind::text &&
      reply[1].kind() == Reply::Kind::text) {
    master.host = reply[0].text();
    const auto& port = reply[1].text();
    std::from_chars(port.data(), port.data() + port.size(), master.port);
  }
  if (master.host.empty() || master.port == 0) throw RedisUnavailable("a sentinel's answer cannot be read");
  return master;
}

}  // namespace

Sentinels::Sentinels(net::any_io_executor executor, std::shared_ptr<Shared> shared)
    : executor_(std::move(executor)), shared_(std::move(shared)) {}

net::awaitable<Endpoint> Sentinels::master() {
  const auto self = shared_from_this();
  const auto& sentinels = shared_->url().endpoints;
  std::string last_error;
  for (std::size_t tried = 0; tried < sentinels.size() && !closed_; ++tried) {
    try {
      co_return co_await ask(sentinels[next_ % sentinels.size()]);
    } catch (const RedisUnavailable& error) {
      last_error = error.what();
    }
    ++next_;
  }
  throw RedisUnavailable("no sentinel knows the master of Redis: " + last_error);
}

net::awaitable<Endpoint> Sentinels::ask(Endpoint sentinel) {
  const auto patience = shared_->timeouts().command;
  const auto link = Link::begin(executor_, shared_->tls(), Link::Timeouts{patience, patience});
  // Ends the link however this ends; the set lets close() end it earlier.
  const auto forget = [this](Link* asked) {
    asked->lose("the sentinel was asked");
    asking_.erase(asked->shared_from_this());
  };
  asking_.insert(link);
  const std::unique_ptr<Link, decltype(forget)> until_asked(link.get(), forget);

  const auto login = shared_->sentinel_login();
  co_await link->open(sentinel, login);
  net::co_spawn(executor_, read(link), net::detached);
  auto question = command_of({"SENTINEL", "GET-MASTER-ADDR-BY-NAME", shared_->url().master_name});
  const auto reply = co_await link->execute(std::move(question));
  co_return endpoint(reply);
}

void Sentinels::close() noexcept {
  closed_ = true;
  for (const auto& link : asking_) link->lose("the client of Redis is closed");
}

}  // namespace secureauth::ephemeral::redis
