#pragma once

#include "core/net.hpp"
#include "db/database.hpp"
#include "passwords/hashing_pool.hpp"
#include "process/watchdog.hpp"

#include <boost/asio/io_context.hpp>

#include <string>

namespace secureauth::app {

/// A thread that runs this context answers.
[[nodiscard]] process::Watchdog::Part watched_context(net::io_context& context);

/// The pool has nothing to do, or has done something since it was last asked: it need not be idle, nor take more.
[[nodiscard]] process::Watchdog::Part watched_pool(std::string name, passwords::HashingPool& pool);

/// A check of the store comes to an end, whatever that is: for one that runs on threads of this process. Of another
/// process nobody here can tell whether it hangs. `context` is where it waits.
[[nodiscard]] process::Watchdog::Part watched_store(net::io_context& context, db::Database& database);

}  // namespace secureauth::app
