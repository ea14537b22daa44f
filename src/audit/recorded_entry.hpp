#pragma once

#include "db/database.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace secureauth::audit {

/// An entry as the record store holds it, to be shown or sent: nobody has vouched for it. Where somebody changed it
/// behind the service's back, any text may be anything.
struct RecordedEntry {
  std::optional<std::int64_t> number;  ///< its place in the sealed log; none where it was not looked up
  std::string id;
  std::string at;  ///< RFC 3339, UTC, microseconds
  std::string event;
  std::string outcome;  ///< success, failure
  std::optional<std::string> actor;
  std::optional<std::string> subject;
  std::optional<std::string> session;
  std::string ip;
  std::string user_agent;
  std::string request_id;
  std::string details;  ///< the text of a JSON object

  [[nodiscard]] bool succeeded() const { return outcome == "success"; }
};

/// Reads a row whose columns are id, at, event, outcome, actor_id, subject_id, session_id, ip, user_agent, request_id,
/// details. What is no text, which only somebody behind the service's back writes, is read as none: one such row must
/// not hide the others.
[[nodiscard]] RecordedEntry recorded_entry(const db::Row& row);

/// The details as an object; an empty one where the text is none.
[[nodiscard]] boost::json::object details_of(const RecordedEntry& entry);
[[nodiscard]] boost::json::object details_from(std::string_view text);

/// When it was, in milliseconds since 1970; 0 where the text is no time.
[[nodiscard]] std::int64_t milliseconds_of(const RecordedEntry& entry);

}  // namespace secureauth::audit
