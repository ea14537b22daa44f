#include "http/trace_context.hpp"

#include "http/request_id.hpp"

#include <gtest/gtest.h>

#include <set>

namespace secureauth::http {
namespace {

constexpr std::string_view kTraceId = "0af7651916cd43dd8448eb211c80319c";
constexpr std::string_view kField = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

Request request(std::vector<std::string_view> fields = {}) {
  Request request;
  request.client.request_id = new_request_id();
  for (const auto field : fields) request.headers.emplace_back("TraceParent", field);
  return request;
}

TEST(TraceContextTest, TheCallersTraceGoesOn) {  // W3C Trace Context §3.2
  const auto parent = parse_traceparent(kField);
  ASSERT_TRUE(parent);
  EXPECT_EQ(parent->trace_id, kTraceId);
  EXPECT_EQ(parent->parent_id, "b7ad6b7169203331");
  const auto trace = trace_of(request({kField}));
  EXPECT_EQ(trace.trace_id, kTraceId);
  EXPECT_EQ(trace.parent_id, "b7ad6b7169203331");
  EXPECT_NE(trace.span_id, trace.parent_id);
}

TEST(TraceContextTest, AMalformedFieldIsAsGoodAsNone) {  // W3C Trace Context §3.2.2, §4.3
  for (const std::string_view field : {"", "00", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
                                       "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                                       "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                                       "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
                                       "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
                                       "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0x",
                                       "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
                                       "00-0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331-01",
                                       "0x-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                                       " 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                                       "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01more",
                                       "00-\"\n651916cd43dd8448eb211c80319c00-b7ad6b7169203331-01"}) {
    EXPECT_FALSE(parse_traceparent(field)) << field;
    const auto asked = request({field});
    const auto trace = trace_of(asked);
    EXPECT_EQ(trace.trace_id, asked.client.request_id) << "the trace begins anew";
    EXPECT_EQ(trace.parent_id, "");
  }
}

TEST(TraceContextTest, ALaterVersionIsReadAsFarAsItIsKnown) {  // W3C Trace Context §3.2.4
  EXPECT_TRUE(parse_traceparent("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));
  EXPECT_TRUE(parse_traceparent("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-the-future-brings"));
}

TEST(TraceContextTest, OfTwoFieldsNeitherIsBelieved) {
  const auto asked = request({kField, "00-11111111111111111111111111111111-b7ad6b7169203331-01"});
  EXPECT_EQ(trace_of(asked).trace_id, asked.client.request_id);
}

TEST(TraceContextTest, EveryRequestHasASpanOfItsOwn) {
  std::set<std::string> spans;
  for (int i = 0; i < 1000; ++i) {
    const auto trace = trace_of(request({kField}));
    EXPECT_EQ(trace.span_id.size(), 16U);
    EXPECT_EQ(trace.span_id.find_first_not_of("0123456789abcdef"), std::string::npos);
    EXPECT_NE(trace.span_id, std::string(16, '0'));
    spans.insert(trace.span_id);
  }
  EXPECT_EQ(spans.size(), 1000U);
}

TEST(TraceContextTest, WhatHasNoIdYetHasASpanAllTheSame) {
  EXPECT_EQ(trace_of(Request{}).span_id, "0000000000000001");
}

}  // namespace
}  // namespace secureauth::http
