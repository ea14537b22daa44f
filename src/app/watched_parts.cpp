#include "app/watched_parts.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <utility>

namespace secureauth::app {

using process::Watchdog;

Watchdog::Part watched_context(net::io_context& context) {
  return {"network", [&context](Watchdog::Answer answer) { net::post(context, std::move(answer)); }};
}

Watchdog::Part watched_pool(std::string name, passwords::HashingPool& pool) {
  auto seen = std::make_shared<std::uint64_t>(pool.load().finished);
  return {std::move(name), [&pool, seen](const Watchdog::Answer& answer) {
            const auto load = pool.load();
            if (load.jobs == 0 || load.finished != std::exchange(*seen, load.finished)) answer();
          }};
}

Watchdog::Part watched_store(net::io_context& context, db::Database& database) {
  auto under_way = std::make_shared<std::atomic<bool>>(false);
  return {"record_store", [&context, &database, under_way](Watchdog::Answer answer) {
            if (under_way->exchange(true)) return;
            auto check = [&database, under_way, answer = std::move(answer)]() -> net::awaitable<void> {
              try {
                co_await database.check_ready();
              } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): to be told so is an answer
              }
              *under_way = false;
              answer();
            };
            net::co_spawn(context, std::move(check), net::detached);
          }};
}

}  // namespace secureauth::app
