#pragma once

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace secureauth {

/// Runs `work()` on another thread and resumes the awaiting coroutine on its own executor with what it returned; what
/// it threw is thrown here. `work` may be move-only, and may return void.
///
///   const auto digest = co_await offload([this](auto job) { pool_.push(std::move(job)); }, [&] { return hash(x); });
///
/// `post(std::function<void()>)` hands the job to the worker. It must not throw and must not run the job itself.
/// The awaiting executor is kept from running out of work meanwhile; its io_context must outlive the worker's jobs,
/// so workers are joined before it is destroyed. A job that the worker drops unrun destroys the coroutine.
///
/// g++ 12 destroys twice what a lambda written inside a co_await expression holds: give a `work` or `post` that owns
/// anything (a captured string, a shared_ptr) a name first, and move it in.
template <class Post, class Work>
boost::asio::awaitable<std::invoke_result_t<Work&>> offload(Post post, Work work) {
  namespace net = boost::asio;
  using T = std::invoke_result_t<Work&>;
  using Kept = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

  // These live in the coroutine's frame, which lives as long as the job holds its handler.
  std::optional<Kept> value;
  std::exception_ptr error;

  auto initiate = [&](auto handler) {
    using Handler = decltype(handler);
    // std::function copies what it holds, and a handler only moves.
    auto resume = std::make_shared<Handler>(std::move(handler));
    auto awake = net::make_work_guard(net::get_associated_executor(*resume));
    // The coroutine may be resumed, and its frame gone, before the call to `enqueue` returns: it is called off the
    // frame.
    Post enqueue = std::move(post);
    enqueue(std::function<void()>([&work, &value, &error, resume = std::move(resume), awake = std::move(awake)] {
      try {
        if constexpr (std::is_void_v<T>) {
          work();
        } else {
          value.emplace(work());
        }
      } catch (...) {
        error = std::current_exception();
      }
      net::post(std::move(*resume));
    }));
  };
  co_await net::async_initiate<const net::use_awaitable_t<>, void()>(std::move(initiate), net::use_awaitable);

  if (error) std::rethrow_exception(error);
  if constexpr (!std::is_void_v<T>) co_return *std::move(value);
}

}  // namespace secureauth
