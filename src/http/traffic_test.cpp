#include "http/traffic.hpp"

#include "http/problem.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <thread>

namespace secureauth::http {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

Traffic of_two_routes(std::size_t threads = 1) {
  return {{{"GET", "/auth/me"}, {"POST", "/auth/login"}}, threads};
}

std::string told(const Traffic& traffic) {
  telemetry::Exposition to;
  traffic.expose(to);
  return to.text();
}

bool has_line(const std::string& text, const std::string& line) {
  return ('\n' + text).find('\n' + line + '\n') != std::string::npos;
}

TEST(TrafficTest, CountsByRouteAndStatus) {
  auto traffic = of_two_routes();
  traffic.of(0).count(0, 200, microseconds(300));
  traffic.of(0).count(0, 200, milliseconds(3));
  traffic.of(0).count(1, 401, milliseconds(60));
  const auto text = told(traffic);
  EXPECT_TRUE(has_line(text, R"(secureauth_http_requests_total{method="GET",route="/auth/me",status="200"} 2)"))
      << text;
  EXPECT_TRUE(has_line(text, R"(secureauth_http_requests_total{method="POST",route="/auth/login",status="401"} 1)"));
  const std::string me = R"(secureauth_http_request_duration_seconds_bucket{method="GET",route="/auth/me",le=)";
  EXPECT_TRUE(has_line(text, me + R"("0.0005"} 1)")) << text;
  EXPECT_TRUE(has_line(text, me + R"("0.0025"} 1)"));
  EXPECT_TRUE(has_line(text, me + R"("0.005"} 2)"));
  EXPECT_TRUE(has_line(text, me + R"("+Inf"} 2)"));
  EXPECT_TRUE(has_line(text, R"(secureauth_http_request_duration_seconds_sum{method="GET",route="/auth/me"} 0.0033)"));
}

TEST(TrafficTest, WhatNoRouteTookIsOneSeriesAMethod) {  // attack 42: no stranger makes a series
  auto traffic = of_two_routes();
  for (int i = 0; i < 100; ++i) traffic.of(0).count(Method::other, 404, microseconds(1));
  traffic.of(0).count(Method::get, 299, microseconds(1));
  const auto text = told(traffic);
  EXPECT_TRUE(has_line(text, R"x(secureauth_http_requests_total{method="other",route="(none)",status="404"} 100)x"));
  EXPECT_TRUE(has_line(text, R"x(secureauth_http_requests_total{method="GET",route="(none)",status="other"} 1)x"));
}

TEST(TrafficTest, ThreadsAreAddedUp) {
  auto traffic = of_two_routes(2);
  constexpr int kEach = 10'000;
  std::vector<std::thread> threads;
  for (const std::size_t number : {0U, 1U}) {
    threads.emplace_back([&traffic, number] {
      for (int i = 0; i < kEach; ++i) {
        const Tally::InFlight in_flight(traffic.of(number));
        traffic.of(number).count(0, 200, microseconds(1));
      }
    });
  }
  for (auto& thread : threads) thread.join();
  const Tally::InFlight one(traffic.of(1));
  const auto text = told(traffic);
  EXPECT_TRUE(has_line(text, R"(secureauth_http_requests_total{method="GET",route="/auth/me",status="200"} 20000)"));
  EXPECT_TRUE(has_line(text, "secureauth_http_requests_in_flight 1"));
}

TEST(TrafficTest, ASessionCheckHasBucketsOfItsOwn) {  // tens of microseconds
  auto traffic = of_two_routes();
  for (const int us : {40, 90, 200}) traffic.of(0).count(0, 200, microseconds(us));
  const auto text = told(traffic);
  const std::string me = R"(secureauth_http_request_duration_seconds_bucket{method="GET",route="/auth/me",le=)";
  EXPECT_TRUE(has_line(text, me + R"("5e-05"} 1)")) << text;
  EXPECT_TRUE(has_line(text, me + R"("0.0001"} 2)"));
  EXPECT_TRUE(has_line(text, me + R"("0.00025"} 3)"));
}

TEST(TrafficTest, NoThreadSharesALineOfTheCacheWithAnother) {
  auto traffic = of_two_routes(3);
  for (std::size_t thread = 0; thread < 3; ++thread) {
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(&traffic.of(thread)) % kCacheLine, 0U);
  }
  EXPECT_EQ(sizeof(Tally) % kCacheLine, 0U);
}

TEST(TrafficTest, EachServerHasConnectionsOfItsOwn) {
  auto site = of_two_routes();
  const auto of_scrapers = of_two_routes();
  site.count_connection();
  EXPECT_TRUE(has_line(told(site), "secureauth_http_connections_total 1"));
  EXPECT_TRUE(has_line(told(of_scrapers), "secureauth_http_connections_total 0"));
}

TEST(TrafficTest, EveryCodeOfTheContractIsCountedByItsName) {
  const auto known = problem_codes();
  for (int code = 0; code <= static_cast<int>(ErrorCode::internal); ++code) {
    const auto name = problem_kind(static_cast<ErrorCode>(code)).code;
    EXPECT_NE(std::ranges::find(known, name), known.end()) << name;
  }
}

}  // namespace
}  // namespace secureauth::http
