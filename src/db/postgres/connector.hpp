#pragma once

#include "db/postgres/conninfo.hpp"
#include "db/postgres/wire.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace secureauth::db::postgres {

/// Opens connections: each host of the string in turn, beginning with the one that answered last, each of its
/// addresses for at most the timeout. Names are resolved off the io thread, which libpq would block. Thread-safe.
class Connector {
 public:
  struct Options {
    std::chrono::milliseconds timeout{3000};            ///< an address
    std::chrono::milliseconds statement_timeout{5000};  ///< the server ends what takes longer
  };
  using OnAttempt = std::function<void(const std::shared_ptr<Wire>&)>;

  Connector(ConnectionString where, Options options);

  /// A connected wire. `on_attempt` is shown each wire before it connects, so that it can be aborted. Throws
  /// DatabaseError that says what each host answered.
  net::awaitable<std::shared_ptr<Wire>> connect(net::any_io_executor executor, OnAttempt on_attempt);

 private:
  net::awaitable<std::vector<std::string>> addresses_of(net::any_io_executor executor, Host host) const;
  [[nodiscard]] Keywords keywords_for(const Host& host, const std::string& address) const;

  ConnectionString where_;
  Options options_;
  Keywords session_;  // what is asked of every session
  std::atomic<std::size_t> preferred_{0};
};

}  // namespace secureauth::db::postgres
