#pragma once

#include "core/net.hpp"
#include "core/per_context.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace secureauth {

/// Runs one coroutine to its end on this thread, in an io_context of its own, and returns what it returned or throws
/// what it threw. For the command line and tests.
template <class T>
T run_to_end(net::awaitable<T> work) {
  using Kept = std::conditional_t<std::is_void_v<T>, std::monostate, T>;
  std::optional<Kept> value;  // NOLINT(misc-const-correctness): where T is void nobody writes it
  std::exception_ptr error;
  net::io_context context{1};
  auto task = [&]() -> net::awaitable<void> {
    try {
      if constexpr (std::is_void_v<T>) {
        co_await std::move(work);
      } else {
        value.emplace(co_await std::move(work));
      }
    } catch (...) {
      error = std::current_exception();
    }
    close_parts(context);  // an idle connection would keep run() from returning
  };
  net::co_spawn(context, task, net::detached);
  context.run();
  if (error) std::rethrow_exception(error);
  if constexpr (!std::is_void_v<T>) return *std::move(value);
}

}  // namespace secureauth
