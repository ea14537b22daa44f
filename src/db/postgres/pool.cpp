#include "db/postgres/pool.hpp"

#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace secureauth::db::postgres {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds kFirstPause{100};
constexpr milliseconds kLongestPause{3000};
constexpr std::chrono::seconds kTrust{1};      // between two times that every connection is replaced
constexpr std::chrono::minutes kIdleLife{10};  // then a connection costs the server more than it is worth

}  // namespace

PooledConnection::PooledConnection(std::shared_ptr<Pool> pool, std::unique_ptr<Connection> connection)
    : pool_(std::move(pool)), connection_(std::move(connection)) {}

PooledConnection::~PooledConnection() {
  if (pool_) pool_->give_back(std::move(connection_));
}

void PooledConnection::fill(std::unique_ptr<Connection> connection) {
  connection_ = std::move(connection);
  --pool_->attempts_;
  pool_->tell();
}

void PooledConnection::distrust() const noexcept {
  pool_->distrust(connection_->epoch());
}

Pool::Waiter::Waiter(Pool& owner, Time deadline)
    : pool(owner), timer(owner.executor_, deadline), place(owner.waiters_.insert(owner.waiters_.end(), this)) {
  pool.tell();
}

Pool::Waiter::~Waiter() {
  if (!queued) return;
  pool.waiters_.erase(place);
  pool.tell();
}

void Pool::Waiter::wake(std::optional<PooledConnection> given) {
  pool.waiters_.erase(place);
  queued = false;
  pool.tell();
  if (given) pooled.emplace(*std::move(given));
  timer.cancel();
}

Pool::Pool(net::any_io_executor executor, std::shared_ptr<Connector> connector, Options options)
    : executor_(std::move(executor)),
      connector_(std::move(connector)),
      options_(options),
      backoff_(kFirstPause, kLongestPause) {}

Pool::~Pool() {
  alive_ = taken_ = 0;
  tell();
}

void Pool::tell() noexcept {
  auto& metrics = telemetry::metrics();
  const Told now{static_cast<std::int64_t>(alive_), static_cast<std::int64_t>(taken_), std::ssize(waiters_)};
  metrics.store_connections.add(now.alive - told_.alive);
  metrics.store_in_use.add(now.taken - told_.taken);
  metrics.store_waiting.add(now.waiting - told_.waiting);
  told_ = now;
}

net::awaitable<PooledConnection> Pool::acquire() {
  const auto self = shared_from_this();
  const auto deadline = Clock::now() + options_.wait;
  for (;;) {
    auto pooled = co_await take_place(deadline);
    if (pooled.is_filled()) co_return pooled;
    auto connection = co_await connect();
    if (connection) {
      pooled.fill(std::move(connection));
      co_return pooled;
    }
    // It cannot grow now, but what it has works: wait for that.
  }
}

net::awaitable<PooledConnection> Pool::take_place(Time deadline) {
  require_hope();
  if (waiters_.empty()) {
    auto pooled = take_now();
    if (pooled) co_return *std::move(pooled);
  }
  Waiter waiter(*this, deadline);
  serve_waiters();
  while (waiter.queued && Clock::now() < deadline) {
    co_await waiter.timer.async_wait(net::as_tuple(net::use_awaitable));
  }
  if (waiter.pooled) co_return *std::move(waiter.pooled);
  require_hope();
  throw DatabaseError("every connection to PostgreSQL is busy");
}

/// An idle connection that works, or an empty place.
std::optional<PooledConnection> Pool::take_now() {
  const TellsAtEnd tells(*this);
  drop_stale_idle(Clock::now());
  while (!idle_.empty()) {
    auto connection = std::move(idle_.back().connection);
    idle_.pop_back();
    if (connection->is_usable()) {
      ++taken_;
      return PooledConnection(shared_from_this(), std::move(connection));
    }
    --alive_;
  }
  if (taken_ >= options_.size || !may_connect()) return std::nullopt;
  ++taken_;
  ++attempts_;
  return PooledConnection(shared_from_this(), nullptr);
}

void Pool::drop_stale_idle(Time now) {
  while (!idle_.empty() && now - idle_.front().since > kIdleLife) {
    idle_.pop_front();
    --alive_;
  }
}

bool Pool::may_connect() const {
  return trouble_.empty() || (attempts_ == 0 && Clock::now() >= try_again_);
}

void Pool::require_hope() const {
  if (closed_) throw DatabaseError("the record store is closed");
  if (alive_ == 0 && !may_connect()) throw DatabaseError(trouble_);
}

/// Null when it failed while others are alive. Throws DatabaseError when there is none.
net::awaitable<std::unique_ptr<Connection>> Pool::connect() {
  const auto epoch = epoch_;
  std::string why;
  try {
    Connector::OnAttempt remember = [this](const std::shared_ptr<Wire>& wire) {
      std::erase_if(wires_, [](const auto& old) { return old.expired(); });
      wires_.push_back(wire);
      if (closed_) wire->abort();
    };
    auto wire = co_await connector_->connect(executor_, std::move(remember));
    connected();
    co_return std::make_unique<Connection>(std::move(wire), options_.patience, epoch);
  } catch (const DatabaseError& error) {
    why = error.what();
  }
  failed(why);
  if (alive_ == 0 || closed_) throw DatabaseError(why);
  co_return nullptr;
}

void Pool::connected() {
  const TellsAtEnd tells(*this);
  ++alive_;
  telemetry::metrics().store_connects.add("success");
  if (!trouble_.empty()) telemetry::log(telemetry::Level::info, "PostgreSQL is reached again", {});
  trouble_.clear();
  backoff_.reset();
}

void Pool::failed(const std::string& why) {
  telemetry::metrics().store_connects.add("failure");
  if (trouble_.empty() && !closed_) telemetry::log(telemetry::Level::warning, "no connection", {{"cause", why}});
  // Of several that fail together, the first sets the pause.
  if (trouble_.empty() || Clock::now() >= try_again_) try_again_ = Clock::now() + backoff_.next();
  trouble_ = why;
}

void Pool::give_back(std::unique_ptr<Connection> connection) noexcept {
  --taken_;
  if (!connection) --attempts_;
  if (connection && (closed_ || !connection->is_usable() || connection->epoch() != epoch_)) {
    connection.reset();
    --alive_;
  }
  if (connection) idle_.push_back({std::move(connection), Clock::now()});
  tell();
  serve_waiters();
}

/// Gives what is free to those who wait longest; when there is nothing left to wait for, tells them.
void Pool::serve_waiters() {
  while (!waiters_.empty()) {
    auto pooled = closed_ ? std::nullopt : take_now();
    const bool hopeless = closed_ || (alive_ == 0 && !may_connect());
    if (!pooled && !hopeless) return;
    waiters_.front()->wake(std::move(pooled));
  }
}

void Pool::distrust(std::size_t epoch) noexcept {
  const auto now = Clock::now();
  if (epoch != epoch_ || now < trust_until_) return;
  trust_until_ = now + kTrust;
  replace_all();
}

void Pool::replace_all() noexcept {
  ++epoch_;
  alive_ -= idle_.size();
  idle_.clear();
  tell();
}

void Pool::close() noexcept {
  closed_ = true;
  replace_all();
  serve_waiters();
  for (const auto& wire : wires_) {
    if (const auto alive = wire.lock()) alive->abort();
  }
}

}  // namespace secureauth::db::postgres
