#include "audit/push/deliveries.hpp"

#include "audit/export/sealed_entries.hpp"

#include <utility>

namespace secureauth::audit {

net::awaitable<Result<std::int64_t>> Deliveries::move(std::string sink, std::optional<std::int64_t> entry,
                                                      Operator by) {
  auto body = [&](db::Transaction& tx) -> net::awaitable<Result<std::int64_t>> {
    const auto sealed = co_await sealed_entries::count(tx);
    const auto next = entry.value_or(sealed);
    if (next < 0 || next > sealed) co_return Error(ErrorCode::conflict, "there is no such entry yet");
    const bool moved = co_await cursor_store::move(tx, sink, next, clock_.now());
    if (!moved) co_return Error(ErrorCode::not_found, "nothing is delivered to " + sink);
    co_await record(tx, sink, next, by);
    co_return next;
  };
  co_return co_await database_.transaction(body);
}

net::awaitable<Result<void>> Deliveries::forget(std::string sink, Operator by) {
  auto body = [&](db::Transaction& tx) -> net::awaitable<Result<void>> {
    const bool gone = co_await cursor_store::forget(tx, sink);
    if (!gone) co_return Error(ErrorCode::not_found, "nothing is delivered to " + sink);
    co_await record(tx, sink, nullptr, by);
    co_return Result<void>();
  };
  co_return co_await database_.transaction(body);
}

net::awaitable<void> Deliveries::record(db::Transaction& tx, const std::string& sink, boost::json::value entry,
                                        const Operator& by) {
  Entry moved{.event = Event::delivery_moved,
              .actor = by.actor,
              .session = by.session,
              .client = by.client,
              .details = {{"sink", sink}, {"next_entry", std::move(entry)}}};
  co_await audit_.record(tx, std::move(moved));
}

}  // namespace secureauth::audit
