#include "ephemeral/redis/pool.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <exception>
#include <optional>
#include <utility>

namespace secureauth::ephemeral::redis {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kMostRedirections = 5;
constexpr int kMostTriesAgain = 3;
constexpr std::chrono::milliseconds kBeforeTryAgain{10};

net::awaitable<Endpoint> fixed(Endpoint endpoint) {
  co_return endpoint;
}

net::awaitable<Endpoint> connected_or(std::shared_ptr<Cluster> cluster, net::awaitable<Endpoint> url) {
  const auto otherwise = co_await std::move(url);
  co_return cluster->any_endpoint(otherwise);
}

/// What `work` returns or throws, if it does so in time; else it goes on unheard.
net::awaitable<Reply> until(net::any_io_executor executor, Clock::time_point deadline, net::awaitable<Reply> work) {
  struct Race {
    net::steady_timer timer;
    std::optional<Reply> reply;
    std::exception_ptr error;
  };
  const std::shared_ptr<Race> race(new Race{net::steady_timer(executor, deadline), {}, {}});
  net::co_spawn(executor, std::move(work), [race](std::exception_ptr error, Reply reply) {
    race->error = std::move(error);
    race->reply = std::move(reply);
    race->timer.cancel();
  });
  boost::system::error_code ended;
  if (!race->reply) co_await race->timer.async_wait(net::redirect_error(net::use_awaitable, ended));
  if (race->error) std::rethrow_exception(race->error);
  if (!race->reply) throw RedisUnavailable("Redis did not answer in time");
  co_return *std::move(race->reply);
}

bool leads_on(const std::string& code) {
  return code == "MOVED" || code == "ASK" || code == "TRYAGAIN";
}

bool cannot_serve_now(const std::string& code) {
  return code == "READONLY" || code == "MASTERDOWN" || code == "LOADING" || code == "BUSY" || code == "CLUSTERDOWN" ||
         leads_on(code);
}

}  // namespace

Pool::Pool(net::any_io_executor executor, std::shared_ptr<Shared> shared)
    : executor_(std::move(executor)),
      shared_(std::move(shared)),
      sentinels_(std::make_shared<Sentinels>(executor_, shared_)),
      seed_(std::make_shared<Node>(executor_, shared_, locate())),
      cluster_(std::make_shared<Cluster>(executor_, shared_, seed_)) {}

Node::Locate Pool::locate() {
  if (shared_->url().topology == Url::Topology::sentinel) {
    return [sentinels = sentinels_] { return sentinels->master(); };
  }
  return [shared = shared_, next = std::size_t{0}]() mutable {
    const auto& endpoints = shared->url().endpoints;
    return fixed(endpoints[next++ % endpoints.size()]);
  };
}

net::awaitable<Reply> Pool::execute(std::string key, std::string wire) {
  const auto self = shared_from_this();
  const auto begun = Clock::now();
  const auto node = cluster_->node_for(key);
  const auto patience = node->was_tried() ? shared_->timeouts().command : shared_->timeouts().connect;
  auto reply = co_await ask(node, wire, 1);
  if (!reply.is_error()) co_return reply;
  if (!leads_on(reply.error_code())) {
    require_served(reply, *node);
    co_return reply;
  }
  auto rest = follow(node, std::move(wire), std::move(reply));
  co_return co_await until(executor_, begun + patience, std::move(rest));
}

net::awaitable<Reply> Pool::follow(std::shared_ptr<Node> node, std::string wire, Reply reply) {
  const auto self = shared_from_this();
  std::string prefix;
  for (int redirections = 0, tries = 0; reply.is_error();) {
    const auto elsewhere = redirection(reply, node->endpoint().host);
    if (elsewhere && redirections++ < kMostRedirections) {
      node = cluster_->node_at(elsewhere->endpoint);
      prefix = elsewhere->once ? command_of({"ASKING"}) : std::string();
      if (!elsewhere->once) cluster_->moved(elsewhere->slot, elsewhere->endpoint);
    } else if (reply.error_code() == "TRYAGAIN" && tries++ < kMostTriesAgain) {
      co_await pause();
    } else {
      require_served(reply, *node);
      break;
    }
    reply = co_await ask(node, prefix + wire, prefix.empty() ? 1 : 2);
  }
  co_return reply;
}

net::awaitable<void> Pool::ping() {
  const auto self = shared_from_this();
  const auto masters = cluster_->masters();
  for (const auto& node : masters) {
    auto question = command_of({"PING"});
    const auto reply = co_await ask(node, std::move(question), 1);
    if (reply.is_error()) require_served(reply, *node);
    if (reply.is_error()) throw CommandRefused(reply.error_code());
  }
}

net::awaitable<Reply> Pool::ask(std::shared_ptr<Node> node, std::string wire, std::size_t replies) {
  try {
    co_return co_await node->execute(std::move(wire), replies);
  } catch (const RedisUnavailable&) {
    cluster_->refresh();  // a replica may have taken the slots over
    throw;
  }
}

void Pool::require_served(const Reply& error, Node& node) {
  const auto code = error.error_code();
  if (!cannot_serve_now(code)) return;
  if (code == "READONLY" || code == "MASTERDOWN") node.renew("the server is not the master: " + code);
  cluster_->refresh();
  throw RedisUnavailable("Redis cannot serve now: " + code);
}

net::awaitable<void> Pool::pause() {
  net::steady_timer timer(executor_, kBeforeTryAgain);
  co_await timer.async_wait(net::use_awaitable);
}

void Pool::subscribe(std::string channel, Listener listener) {
  if (closed_) return;
  // In a cluster a message reaches every node: a master that is connected already is as good as the URL's servers, and
  // still there when those are not.
  auto where = [cluster = cluster_, next = locate()] { return connected_or(cluster, next()); };
  subscriptions_.push_back(
      std::make_shared<Subscription>(executor_, shared_, std::move(where), std::move(channel), std::move(listener)));
  subscriptions_.back()->start();
}

void Pool::close() noexcept {
  closed_ = true;
  sentinels_->close();
  seed_->close();
  cluster_->close();
  for (const auto& one : subscriptions_) one->close();
}

}  // namespace secureauth::ephemeral::redis
