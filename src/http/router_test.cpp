#include "http/router.hpp"

#include <gtest/gtest.h>

namespace secureauth::http {
namespace {

class RouterTest : public testing::Test {
 protected:
  RouterTest() {
    for (const auto& [method, pattern] :
         {std::pair(Method::get, "/things"), std::pair(Method::post, "/things"), std::pair(Method::del, "/things/{id}"),
          std::pair(Method::post, "/things/all")}) {
      router_.add({method, pattern, Body::none, nullptr});
    }
  }
  Router::Match match(Method method, std::string_view path) {
    request_.method = method;
    request_.path = path;
    return router_.match(request_);
  }
  Router router_;
  Request request_;
};

TEST_F(RouterTest, FindsByPathAndMethod) {
  EXPECT_EQ(match(Method::post, "/things").route->method, Method::post);
  EXPECT_EQ(match(Method::head, "/things").route->method, Method::get);
  EXPECT_EQ(match(Method::del, "/things/7").route->pattern, "/things/{id}");
  EXPECT_EQ(request_.path_parameter("id"), "7");
}

TEST_F(RouterTest, ALiteralSegmentBeatsAParameter) {
  EXPECT_EQ(match(Method::post, "/things/all").route->pattern, "/things/all");
}

TEST_F(RouterTest, AKnownPathTellsItsMethods) {  // RFC 9110 §15.5.6
  const auto found = match(Method::put, "/things");
  EXPECT_EQ(found.route, nullptr);
  EXPECT_EQ(found.allow, "OPTIONS, GET, HEAD, POST");
}

TEST_F(RouterTest, WhatEdgesAskTellsNoMethodsAndKeepsTheirPathsFromLogs) {  // ASVS 8.2.1, 14.2.1
  Route route{Method::get, "/ask/{path}", Body::none, nullptr};
  route.takes_rest = route.for_edges = true;
  router_.add(std::move(route));
  for (const auto method : {Method::get, Method::options, Method::other}) {
    const auto found = match(method, "/ask/reset/secret");
    EXPECT_TRUE(found.for_edges);
    EXPECT_EQ(found.allow, "GET, HEAD");
    EXPECT_EQ(request_.path_for_logs(), "/ask/{path}");
    request_.reset();
  }
  EXPECT_FALSE(match(Method::get, "/things").for_edges);
  EXPECT_EQ(request_.path_for_logs(), "/things");
}

TEST_F(RouterTest, TheLastParameterMayTakeTheRest) {
  Route route{Method::get, "/below/{what}/{path}", Body::none, nullptr};
  route.takes_rest = true;
  router_.add(std::move(route));
  for (const auto* rest : {"", "a", "a/b", "../x", "/", "a//b/"}) {
    const auto path = std::string("/below/7/") + rest;
    ASSERT_NE(match(Method::get, path).route, nullptr) << path;
    EXPECT_EQ(request_.path_parameter("what"), "7");
    EXPECT_EQ(request_.path_parameter("path"), rest);
  }
  for (const auto* path : {"/below", "/below/", "/below/7", "/below//x"}) {
    EXPECT_EQ(match(Method::get, path).route, nullptr) << path;
  }
}

TEST_F(RouterTest, EveryRouteCanBeSettled) {
  router_.each([](Route& route) { route.limit = "of " + route.pattern; });
  EXPECT_EQ(match(Method::post, "/things").route->limit, "of /things");
  EXPECT_EQ(match(Method::del, "/things/7").route->limit, "of /things/{id}");
}

TEST_F(RouterTest, AnythingElseIsUnknown) {
  for (const auto* path : {"/", "/things/", "/things/1/2", "/Things", "//things", "/things/%2e%2e"}) {
    const auto found = match(Method::get, path);
    EXPECT_EQ(found.route, nullptr) << path;
  }
  EXPECT_TRUE(match(Method::get, "/things/").allow.empty());
}

}  // namespace
}  // namespace secureauth::http
