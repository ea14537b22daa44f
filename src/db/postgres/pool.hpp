#pragma once

#include "core/backoff.hpp"
#include "core/per_context.hpp"
#include "db/postgres/connection.hpp"
#include "db/postgres/connector.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <optional>
#include <string>

namespace secureauth::db::postgres {

class Pool;

/// A place in the pool, and the connection that fills it. Gives both back when it goes. While it is empty, its holder
/// is the one who tries to connect.
class PooledConnection {
 public:
  PooledConnection(std::shared_ptr<Pool> pool, std::unique_ptr<Connection> connection);
  PooledConnection(PooledConnection&& other) noexcept = default;
  PooledConnection& operator=(PooledConnection&&) = delete;
  ~PooledConnection();

  [[nodiscard]] bool is_filled() const { return connection_ != nullptr; }
  void fill(std::unique_ptr<Connection> connection);
  Connection& operator*() const { return *connection_; }
  Connection* operator->() const { return connection_.get(); }
  /// Its connection failed in a way that the pool's others will, too.
  void distrust() const noexcept;

 private:
  std::shared_ptr<Pool> pool_;
  std::unique_ptr<Connection> connection_;
};

/// The connections of one io_context: handed out one at a time to one coroutine, newest used first. Who finds all of
/// them busy waits its turn, in the order of coming, for a bounded time. Idle ones that the server closed are noticed
/// and replaced. While no connection can be made, requests fail at once; after pauses that grow up to a cap, one
/// request at a time tries again.
class Pool final : public ContextPart, public std::enable_shared_from_this<Pool> {
 public:
  struct Options {
    std::size_t size = 2;
    std::chrono::milliseconds wait{2000};      ///< for a connection to become free
    std::chrono::milliseconds patience{7000};  ///< for an answer
  };

  Pool(net::any_io_executor executor, std::shared_ptr<Connector> connector, Options options);
  ~Pool() override;
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  /// Throws DatabaseError: every connection is busy, or the server cannot be reached.
  net::awaitable<PooledConnection> acquire();

  /// Of the connections made from now on. Goes up with each distrust().
  [[nodiscard]] std::size_t epoch() const { return epoch_; }

  /// A connection of `epoch` showed that the server is gone or changed: closes every connection of that epoch, those in
  /// use when they come back. What fails late, after the others were replaced, changes nothing; nor does what fails
  /// within a second of the last time, so that a server that stays as it is meets no storm of connections.
  void distrust(std::size_t epoch) noexcept;

  void close() noexcept override;

 private:
  friend class PooledConnection;
  using Time = std::chrono::steady_clock::time_point;

  struct Idle {
    std::unique_ptr<Connection> connection;
    Time since;
  };
  /// Stands in the queue while its coroutine sleeps; leaves it when that is destroyed.
  struct Waiter {
    Waiter(Pool& owner, Time deadline);
    ~Waiter();
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;
    void wake(std::optional<PooledConnection> given);

    Pool& pool;
    net::steady_timer timer;
    std::list<Waiter*>::iterator place;
    bool queued = true;
    std::optional<PooledConnection> pooled;
  };

  net::awaitable<PooledConnection> take_place(Time deadline);
  net::awaitable<std::unique_ptr<Connection>> connect();
  std::optional<PooledConnection> take_now();
  void drop_stale_idle(Time now);
  void replace_all() noexcept;
  void give_back(std::unique_ptr<Connection> connection) noexcept;
  void serve_waiters();
  void connected();
  void failed(const std::string& why);
  [[nodiscard]] bool may_connect() const;
  void require_hope() const;
  /// Tells the metrics what has changed since it last did.
  void tell() noexcept;
  /// Tells at the end of its scope, however that is left.
  struct TellsAtEnd {
    explicit TellsAtEnd(Pool& owner) : pool(owner) {}
    ~TellsAtEnd() { pool.tell(); }
    TellsAtEnd(const TellsAtEnd&) = delete;
    TellsAtEnd& operator=(const TellsAtEnd&) = delete;
    Pool& pool;
  };

  net::any_io_executor executor_;
  std::shared_ptr<Connector> connector_;
  Options options_;
  std::deque<Idle> idle_;                 // the newest used at the back
  std::list<Waiter*> waiters_;            // the first to come in front
  std::size_t taken_ = 0;                 // places given out, filled or being filled
  std::size_t alive_ = 0;                 // connections, idle or in use
  std::list<std::weak_ptr<Wire>> wires_;  // to be ended by close()
  std::size_t epoch_ = 0;                 // of the connections made since replace_all()
  Time trust_until_{};                    // distrust() does nothing before
  bool closed_ = false;

  Backoff backoff_;
  std::string trouble_;  // why the last attempt to connect failed; empty after one that did not
  Time try_again_{};
  std::size_t attempts_ = 0;  // under way: empty places given out

  struct Told {
    std::int64_t alive = 0;
    std::int64_t taken = 0;
    std::int64_t waiting = 0;
  };
  Told told_;
};

}  // namespace secureauth::db::postgres
