#pragma once

#include "audit/audit_log.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace secureauth::audit {

/// How much an event matters to whoever watches, in OCSF's severity_id.
enum class Severity : std::uint8_t { informational = 1, low = 2, medium = 3, high = 4 };

/// A class of OCSF 1.3 (https://schema.ocsf.io/1.3.0).
enum class OcsfClass : std::uint16_t {
  account_change = 3001,
  authentication = 3002,
  entity_management = 3004,
  api_activity = 6003,
};

/// What an event is in the words of those who collect events: one row of one table, from which every format takes its
/// own.
struct EventClass {
  Event event;
  std::string_view title;         ///< CEF's name, OCSF's message: a few words, ASCII
  std::string_view ecs_category;  ///< ECS 8 event.category
  std::string_view ecs_type;      ///< ECS 8 event.type, one that its category expects
  OcsfClass ocsf_class;
  std::uint8_t ocsf_activity;  ///< activity_id of that class; 99: other
  Severity severity;           ///< of a success; a failure is at least medium
};

/// Throws std::logic_error where the table has no row: a bug that a test finds.
[[nodiscard]] const EventClass& class_of(Event event);

/// By an entry's event; of a name that this binary does not know, such as one of a newer instance, what is true of any
/// event.
[[nodiscard]] const EventClass& class_of(std::string_view event);

/// Whether one of `patterns` means the event: each a name, `PREFIX.*`, or `*`.
[[nodiscard]] bool is_chosen(const std::vector<std::string>& patterns, std::string_view event);

/// Whether a pattern is of that form and means any event at all.
[[nodiscard]] bool names_any_event(std::string_view pattern);

[[nodiscard]] Severity severity_of(const EventClass& event, bool success);

}  // namespace secureauth::audit
