#include "http/trace_context.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace secureauth::http {
namespace {

constexpr std::size_t kTraceDigits = 32;
constexpr std::size_t kSpanDigits = 16;
constexpr std::size_t kSize = 2 + 1 + kTraceDigits + 1 + kSpanDigits + 1 + 2;

bool is_hex(std::string_view text) {  // lower case only: §3.2.2
  return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_id(std::string_view text) {
  return is_hex(text) && std::ranges::any_of(text, [](char c) { return c != '0'; });
}

std::uint64_t number_in(std::string_view digits) {
  std::uint64_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
  return number;
}

/// Unlike that of any other request of the trace, on whichever thread and instance: the request's id is.
std::string span_of(std::string_view request_id) {
  constexpr std::uint64_t kSpread = 0x9e3779b97f4a7c15;  // 2^64 over the golden ratio: odd, so that it keeps all apart
  const auto half = std::min(kSpanDigits, request_id.size());
  auto number = number_in(request_id.substr(0, half)) ^ (number_in(request_id.substr(half)) * kSpread);
  if (number == 0) number = 1;
  std::string digits(kSpanDigits, '0');
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, number >>= 4U) {
    *digit = "0123456789abcdef"[number & 0xfU];
  }
  return digits;
}

}  // namespace

std::optional<TraceParent> parse_traceparent(std::string_view field) {
  if (field.size() < kSize || field[2] != '-' || field[35] != '-' || field[52] != '-') return std::nullopt;
  const auto version = field.substr(0, 2);
  if (!is_hex(version) || version == "ff") return std::nullopt;
  if (version == "00" && field.size() != kSize) return std::nullopt;
  if (field.size() > kSize && field[kSize] != '-') return std::nullopt;
  const TraceParent parent{field.substr(3, kTraceDigits), field.substr(36, kSpanDigits)};
  if (!is_id(parent.trace_id) || !is_id(parent.parent_id) || !is_hex(field.substr(53, 2))) return std::nullopt;
  return parent;
}

TraceContext trace_of(const Request& request) {
  const auto& id = request.client.request_id;
  TraceContext trace{.trace_id = id, .span_id = span_of(id), .parent_id = {}};
  const auto field = request.only_header("traceparent");
  if (!field) return trace;
  const auto parent = parse_traceparent(*field);
  if (!parent) return trace;
  trace.trace_id = parent->trace_id;
  trace.parent_id = parent->parent_id;
  return trace;
}

}  // namespace secureauth::http
