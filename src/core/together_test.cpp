#include "core/together.hpp"

#include "core/run_to_end.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

namespace secureauth {
namespace {

TEST(TogetherTest, AllHaveBegunBeforeOneEndsAndAllHaveEndedAfterIt) {
  int begun = 0;
  int begun_at_first_end = 0;
  int ended = 0;
  auto task = [&]() -> net::awaitable<void> {
    ++begun;
    co_await net::post(net::use_awaitable);
    if (ended++ == 0) begun_at_first_end = begun;
  };
  std::vector<net::awaitable<void>> tasks;
  for (int i = 0; i < 5; ++i) tasks.push_back(task());
  run_to_end(together(std::move(tasks)));
  EXPECT_EQ(begun_at_first_end, 5);
  EXPECT_EQ(ended, 5);
}

TEST(TogetherTest, NothingToDoEndsAtOnce) {
  run_to_end(together({}));
}

}  // namespace
}  // namespace secureauth
