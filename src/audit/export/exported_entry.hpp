#pragma once

#include "db/database.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace secureauth::audit {

/// An audit entry on its way out, as the record store holds it. `details` is the text of a JSON object.
struct ExportedEntry {
  std::optional<std::int64_t> number;  ///< its place in the sealed log; none where it was not looked up
  std::string id;
  std::string at;  ///< RFC 3339, UTC, microseconds
  std::string event;
  bool success = true;
  std::optional<std::string> actor;
  std::optional<std::string> subject;
  std::optional<std::string> session;
  std::string ip;
  std::string user_agent;
  std::string request_id;
  std::string details;
};

/// Reads a row whose columns are id, at, event, outcome, actor_id, subject_id, session_id, ip, user_agent, request_id,
/// details.
[[nodiscard]] ExportedEntry exported_entry(const db::Row& row);

/// The details as an object; an empty one where the text is none, which only somebody behind the service's back writes.
[[nodiscard]] boost::json::object details_of(const ExportedEntry& entry);

}  // namespace secureauth::audit
