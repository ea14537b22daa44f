#include "audit/recorded_entry.hpp"

#include "core/json.hpp"
#include "db/unexpected_type.hpp"

#include <chrono>
#include <stdexcept>

namespace secureauth::audit {
namespace {

std::optional<std::string> text_of(const db::Row& row, std::size_t column) {
  try {
    return row.optional_text(column);
  } catch (const db::UnexpectedType&) {  // SQLite keeps what is of another type
    return std::nullopt;
  }
}

std::string text_or_none(const db::Row& row, std::size_t column) {
  return text_of(row, column).value_or("");
}

}  // namespace

RecordedEntry recorded_entry(const db::Row& row) {
  return {.number = std::nullopt,
          .id = text_or_none(row, 0),
          .at = text_or_none(row, 1),
          .event = text_or_none(row, 2),
          .outcome = text_or_none(row, 3),
          .actor = text_of(row, 4),
          .subject = text_of(row, 5),
          .session = text_of(row, 6),
          .ip = text_or_none(row, 7),
          .user_agent = text_or_none(row, 8),
          .request_id = text_or_none(row, 9),
          .details = text_or_none(row, 10)};
}

boost::json::object details_of(const RecordedEntry& entry) {
  return details_from(entry.details);
}

boost::json::object details_from(std::string_view text) {
  auto parsed = parse_json(text);
  if (!parsed || !parsed->is_object()) return {};
  boost::json::object details;  // in memory of its own: the parser's is wiped and goes with its value
  for (const auto& [name, value] : parsed->get_object()) details.emplace(name, value);
  return details;
}

std::int64_t milliseconds_of(const RecordedEntry& entry) {
  try {
    const auto at = from_rfc3339(entry.at).time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(at).count();
  } catch (const std::invalid_argument&) {
    return 0;
  }
}

}  // namespace secureauth::audit
