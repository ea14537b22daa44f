#include "cli/option_checks.hpp"

#include "audit/export/event_class.hpp"
#include "cli/times.hpp"
#include "core/unicode.hpp"
#include "crypto/uuid.hpp"

#include <cstddef>
#include <stdexcept>
#include <string>

namespace secureauth::cli {

CLI::Validator is_time() {
  const auto check = [](std::string& text) -> std::string {
    try {
      static_cast<void>(read_time("it", text));
      return {};
    } catch (const std::runtime_error& error) {
      return error.what();
    }
  };
  return {check, "TIME"};
}

CLI::Validator is_event() {
  const auto check = [](std::string& pattern) -> std::string {
    constexpr std::size_t kMostTold = 64;
    if (audit::names_any_event(pattern)) return {};
    return "there is no event " + unicode::one_line(pattern, kMostTold) + ": see docs/audit.md";
  };
  return {check, "EVENT"};
}

CLI::Validator is_id() {
  const auto check = [](std::string& id) -> std::string { return crypto::is_uuid(id) ? "" : "it must be a UUID"; };
  return {check, "ID"};
}

}  // namespace secureauth::cli
