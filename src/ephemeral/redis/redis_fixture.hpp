#pragma once

#include "core/environment_fixture.hpp"
#include "core/per_context.hpp"
#include "ephemeral/redis/client.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace secureauth::ephemeral::redis {

/// A client on a context that the test runs.
class ClientFixture : public testing::Test {
 protected:
  void SetUp() override { client_ = std::make_unique<Client>(options()); }

  void TearDown() override {
    if (HasFailure() && !last_refused_.empty()) ADD_FAILURE() << "the last command that was refused: " << last_refused_;
    close_parts(*context_);
    context_->restart();
    context_->run();
    context_.reset();
  }

  /// Of the client.
  [[nodiscard]] virtual ClientOptions options() const = 0;
  Client& client() { return *client_; }
  net::io_context& context() { return *context_; }

  /// A key that no other test run uses.
  static std::string key(const std::string& name) {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    const auto started = testing::UnitTest::GetInstance()->start_timestamp();
    return std::string(test->name()) + ":" + std::to_string(started) + ":" + name;
  }

  /// Starts `body() -> awaitable<void>`; what it throws fails the test.
  void spawn(std::function<net::awaitable<void>()> body) {
    ++pending_;
    auto whole = [](ClientFixture& test, std::function<net::awaitable<void>()> work) -> net::awaitable<void> {
      try {
        co_await work();
      } catch (const std::exception& error) {
        ADD_FAILURE() << error.what();
      }
      --test.pending_;
    };
    net::co_spawn(*context_, whole(*this, std::move(body)), net::detached);
  }
  bool run_all() {
    return run_until([this] { return pending_ == 0; });
  }

  /// Runs the context until `done()`; false after ten seconds.
  template <class Done>
  bool run_until(Done done) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    context_->restart();
    while (!done()) {
      if (std::chrono::steady_clock::now() > end) return false;
      context_->run_one_for(std::chrono::milliseconds(50));
      context_->restart();
    }
    return true;
  }

  /// One command; throws what it throws.
  Reply run(std::vector<std::string> words) {
    auto key = words.size() > 1 ? words[1] : std::string();
    return run_on(*client_, std::move(words), std::move(key));
  }
  Reply run_on(Client& asked, std::vector<std::string> words, std::string key) {
    std::string line;
    for (const auto& word : words) line += word.substr(0, 64) + ' ';
    try {
      return wait(asked.command(std::move(key), std::move(words)));
    } catch (const CommandRefused&) {
      last_refused_ = line;
      throw;
    }
  }
  Reply run_script(const Script& script, std::string key, std::vector<std::string> arguments) {
    return wait(client_->run(script, std::move(key), std::move(arguments)));
  }

  /// Whether commands succeed again within ten seconds.
  bool comes_back(const std::vector<std::string>& words) {
    for (int i = 0; i < 200; ++i) {
      try {
        run(words);
        return true;
      } catch (const RedisUnavailable&) {
        context_->restart();
        context_->run_for(std::chrono::milliseconds(50));
      }
    }
    return false;
  }

  static void expect_text(const Reply& reply, const std::string& text) { EXPECT_EQ(reply.text(), text); }

  /// Runs it to its end on the test's context; throws what it throws.
  template <class T>
  T wait(net::awaitable<T> work) {
    std::optional<std::conditional_t<std::is_void_v<T>, std::monostate, T>> value;
    std::exception_ptr error;
    auto task = [&]() -> net::awaitable<void> {
      try {
        if constexpr (std::is_void_v<T>) {
          co_await std::move(work);
          value.emplace();
        } else {
          value.emplace(co_await std::move(work));
        }
      } catch (...) {
        error = std::current_exception();
      }
    };
    net::co_spawn(*context_, task, net::detached);
    if (!run_until([&] { return value || error; })) throw std::runtime_error("no answer within ten seconds");
    if (error) std::rethrow_exception(error);
    if constexpr (!std::is_void_v<T>) return *std::move(value);
  }

 private:
  std::unique_ptr<Client> client_;
  std::unique_ptr<net::io_context> context_ = std::make_unique<net::io_context>(1);
  int pending_ = 0;
  std::string last_refused_;
};

/// A client of the real server whose URL the environment variable holds; without it every test is skipped and says so.
class RedisFixture : public ClientFixture {
 protected:
  explicit RedisFixture(const char* variable) : variable_(variable) {}

  void SetUp() override {
    if (!test_variable(variable_)) GTEST_SKIP() << variable_ << " names no server: NOT TESTED";
    ClientFixture::SetUp();
  }

  [[nodiscard]] ClientOptions options() const override {
    ClientOptions options;
    options.url = parse_url(test_variable(variable_).value());
    return options;
  }

 private:
  const char* variable_;
};

}  // namespace secureauth::ephemeral::redis
