#include "audit/entry_counts.hpp"

#include "telemetry/metrics.hpp"

#include <string_view>

namespace secureauth::audit {
namespace {

std::string_view text_of(const Entry& entry, std::string_view member) {
  const auto* value = entry.details.if_contains(member);
  const auto* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string_view() : std::string_view(*text);
}

/// By what somebody tried to show who he is. An entry that says nothing of it is about a password.
std::string_view method_of(const Entry& entry) {
  const auto method = text_of(entry, "method");
  if (method.empty() && entry.details.contains("passkey")) return "webauthn";
  return method.empty() || method == "pwd" ? "password" : method;
}

}  // namespace

void count(const Entry& entry) {
  auto& metrics = telemetry::metrics();
  metrics.audit_entries.add(entry.outcome == Outcome::success ? "success" : "failure");
  switch (entry.event) {
    case Event::login_succeeded:
      metrics.sign_ins.add("success", method_of(entry));
      metrics.sessions_opened.add("sign_in");
      break;
    case Event::login_challenged:
      metrics.sign_ins.add("challenged", method_of(entry));
      break;
    case Event::login_failed:
      metrics.sign_ins.add("failure", method_of(entry));
      break;
    case Event::step_up_succeeded:
      metrics.step_ups.add("success", method_of(entry));
      break;
    case Event::step_up_failed:
      metrics.step_ups.add("failure", method_of(entry));
      break;
    case Event::account_locked:
      metrics.lockouts.add(method_of(entry));
      break;
    case Event::session_ended:
      metrics.sessions_ended.add(text_of(entry, "reason"));
      if (text_of(entry, "reason") == "renewed") metrics.sessions_opened.add("renewal");
      break;
    default:
      break;
  }
}

}  // namespace secureauth::audit
