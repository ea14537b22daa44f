#pragma once

#include "http/request.hpp"
#include "telemetry/log.hpp"

#include <array>
#include <optional>
#include <string_view>

namespace secureauth::http {

/// Where a request belongs in a trace that reaches over several services. Its views point into the request and do not
/// outlive it. Source: W3C Trace Context.
struct TraceContext {
  std::string_view trace_id;          ///< 32 hexadecimal digits
  std::array<char, 16> span{};        ///< hexadecimal digits, of this request here
  std::string_view foreign_trace_id;  ///< what somebody named who is no trusted proxy; empty: nobody did

  [[nodiscard]] std::string_view span_id() const { return {span.data(), span.size()}; }
  /// Left out of the line where it is empty.
  [[nodiscard]] telemetry::Field foreign_field() const {
    return {foreign_trace_id.empty() ? std::string_view() : "foreign_trace_id", foreign_trace_id};
  }
};

/// The trace that a `traceparent` names, or nothing where it is malformed: then the trace begins anew (§3.2.2). A
/// version that is not known is read as far as the one that is (§3.2.4).
[[nodiscard]] std::optional<std::string_view> trace_named_by(std::string_view field);

/// Of a request that has its id. A trusted proxy's trace goes on. Anybody else's is told under another name, and the
/// trace begins here with the request's id as its own: else a stranger could file what he does under the trace of
/// somebody else's request. Nothing is allocated or asked of the clock or the random source; only who logs pays.
[[nodiscard]] TraceContext trace_of(const Request& request);

}  // namespace secureauth::http
