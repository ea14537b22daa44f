#pragma once

#include "http/request.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace secureauth::http {

/// Where a request belongs in a trace that reaches over several services. Source: W3C Trace Context.
struct TraceContext {
  std::string trace_id;   ///< 32 hexadecimal digits
  std::string span_id;    ///< 16, of this request here
  std::string parent_id;  ///< of the caller's span; empty: the trace begins here
};

/// What a `traceparent` names, or nothing where it is malformed: then the trace begins anew (§3.2.2). A version that is
/// not known is read as far as the one that is (§3.2.4).
struct TraceParent {
  std::string_view trace_id;
  std::string_view parent_id;
};
[[nodiscard]] std::optional<TraceParent> parse_traceparent(std::string_view field);

/// Of a request that has its id. Its trace is the caller's, taken for what lines of logs are put together by and
/// nothing else: anybody can send one. Without one the trace begins here, and its id is the request's. Nothing is asked
/// of the clock or the random source, so that it costs only who logs.
[[nodiscard]] TraceContext trace_of(const Request& request);

}  // namespace secureauth::http
