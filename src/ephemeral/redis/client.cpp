#include "ephemeral/redis/client.hpp"

#include <boost/asio/execution/context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/this_coro.hpp>

#include <string_view>
#include <utility>

namespace secureauth::ephemeral::redis {
namespace {

/// EVALSHA or EVAL of a script with one key.
std::string call_of(std::string_view how, std::string_view script, std::string_view key,
                    const std::vector<std::string>& arguments) {
  std::vector<std::string_view> all{how, script, "1", key};
  all.insert(all.end(), arguments.begin(), arguments.end());
  std::string wire;
  append_command(wire, all);
  return wire;
}

Reply accepted(Reply reply) {
  if (reply.is_error()) throw CommandRefused(reply.error_code());
  return reply;
}

}  // namespace

Client::Client(ClientOptions options) : shared_(std::make_shared<Shared>(std::move(options))) {}

net::awaitable<Reply> Client::command(std::string key, std::vector<std::string> arguments) {
  const auto executor = co_await net::this_coro::executor;
  std::string wire;
  append_command(wire, arguments);
  auto reply = co_await pool(executor)->execute(std::move(key), std::move(wire));
  co_return accepted(std::move(reply));
}

net::awaitable<Reply> Client::run(const Script& script, std::string key, std::vector<std::string> arguments) {
  const auto executor = co_await net::this_coro::executor;
  const auto connections = pool(executor);
  auto reply = co_await connections->execute(key, call_of("EVALSHA", script.digest(), key, arguments));
  // The server never heard of the script or has forgotten it, and did nothing. EVAL makes it known.
  if (reply.is_error() && reply.error_code() == "NOSCRIPT") {
    reply = co_await connections->execute(key, call_of("EVAL", script.source(), key, arguments));
  }
  co_return accepted(std::move(reply));
}

net::awaitable<void> Client::ping() {
  const auto executor = co_await net::this_coro::executor;
  const auto connections = pool(executor);
  co_await connections->ping();
}

void Client::subscribe(net::io_context& context, std::string channel, Listener listener) {
  net::post(context, [pools = pools_, shared = shared_, &context, channel = std::move(channel),
                      listener = std::move(listener)]() mutable {
    const auto made = pools.of(context, [&] { return std::make_shared<Pool>(context.get_executor(), shared); });
    made->subscribe(std::move(channel), std::move(listener));
  });
}

std::shared_ptr<Pool> Client::pool(const net::any_io_executor& executor) const {
  return pools_.of(net::query(executor, net::execution::context),
                   [&] { return std::make_shared<Pool>(executor, shared_); });
}

}  // namespace secureauth::ephemeral::redis
