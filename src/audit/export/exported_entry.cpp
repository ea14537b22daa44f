#include "audit/export/exported_entry.hpp"

#include "core/json.hpp"

namespace secureauth::audit {

ExportedEntry exported_entry(const db::Row& row) {
  ExportedEntry entry;
  entry.id = row.text(0);
  entry.at = to_rfc3339(row.time(1));
  entry.event = row.text(2);
  entry.success = row.text(3) == "success";
  entry.actor = row.optional_text(4);
  entry.subject = row.optional_text(5);
  entry.session = row.optional_text(6);
  entry.ip = row.text(7);
  entry.user_agent = row.text(8);
  entry.request_id = row.text(9);
  entry.details = row.text(10);
  return entry;
}

boost::json::object details_of(const ExportedEntry& entry) {
  auto parsed = parse_json(entry.details);
  if (!parsed || !parsed->is_object()) return {};
  boost::json::object details;  // in memory of its own: the parser's is wiped and goes with its value
  for (const auto& [name, value] : parsed->get_object()) details.emplace(name, value);
  return details;
}

}  // namespace secureauth::audit
