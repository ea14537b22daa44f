#include "cli/audit_list.hpp"

#include "admin/audit_filter.hpp"
#include "audit/export/event_class.hpp"
#include "audit/export/formats.hpp"
#include "cli/component_command.hpp"
#include "cli/option_checks.hpp"
#include "cli/results.hpp"
#include "cli/times.hpp"
#include "core/run_to_end.hpp"
#include "core/unicode.hpp"

#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace secureauth::cli {
namespace {

using admin::AuditReader;

constexpr std::uint64_t kUsualMost = 100;

/// What the command line gave, living as long as the parser.
struct Arguments {
  std::map<std::string, std::string, std::less<>> filter;  ///< by the names of admin::read_audit_filter
  std::string events;                                      ///< a name, or the beginning of names
  std::uint64_t most = kUsualMost;
  bool all = false;
};

void print(const audit::RecordedEntry& entry, bool json) {
  if (json) {
    std::cout << boost::json::serialize(audit::as_jsonl(entry)) << '\n';
    return;
  }
  const auto line = entry.at + "  " + entry.event + "  " + entry.outcome + "  actor " + entry.actor.value_or("-") +
                    "  subject " + entry.subject.value_or("-") + "  " + entry.ip + "  " + entry.details;
  std::cout << unicode::one_line(line, line.size()) << '\n';  // somebody may have written more than text
}

void list(app::Components& components, const Arguments& arguments, bool json) {
  constexpr int kPage = 200;
  const admin::NamedText given = [&arguments](std::string_view name) -> std::optional<std::string> {
    const auto found = arguments.filter.find(name);
    if (found == arguments.filter.end() || found->second.empty()) return std::nullopt;
    if (name == "from" || name == "to") return to_rfc3339(read_time("--" + std::string(name), found->second));
    return found->second;
  };
  auto filter = value_or_throw(admin::read_audit_filter(given));
  const auto events = arguments.events.empty() ? std::vector<std::string>() : std::vector{arguments.events};
  const auto& reader = components.audit_reader;
  const auto extent = arguments.all ? AuditReader::Extent::everything : AuditReader::Extent::one_page;
  if (!events.empty()) filter.event = arguments.events;  // as it is recorded
  run_to_end(reader.begin(filter, extent, admin::command_line_operator()));
  const bool is_pattern = arguments.events.ends_with('*');
  if (is_pattern) filter.event.reset();
  std::uint64_t printed = 0;
  std::optional<audit::SearchPosition> after;
  do {
    auto page = run_to_end(reader.page(filter, std::move(after), kPage));
    for (const auto& entry : page.entries) {
      if (is_pattern && !audit::is_chosen(events, entry.event)) continue;
      if (!arguments.all && printed == arguments.most) return;
      print(entry, json);
      ++printed;
    }
    after = std::move(page.next);
  } while (after && std::cout);
}

}  // namespace

void add_audit_list(CLI::App& audit, CommandContext& context) {
  const auto arguments = std::make_shared<Arguments>();
  auto* command = add_component_command(
      audit, context, "list", "Print entries, newest first",
      [&context, arguments](app::Components& components) { list(components, *arguments, context.json); });
  const auto add = [&](const char* flag, const char* name, const char* help) {
    return command->add_option(flag, arguments->filter[name], help);
  };
  command->add_option("--event", arguments->events, "Of this event, such as login.failed, or of these: login.*")
      ->check(is_event());
  add("--outcome", "outcome", "success or failure")->check(CLI::IsMember({"success", "failure"}));
  add("--actor", "actor", "By the account with this id")->check(is_id());
  add("--subject", "subject", "About the account with this id")->check(is_id());
  add("--session", "session", "Of the session with this id")->check(is_id());
  add("--request-id", "request_id", "Of this request");
  add("--ip", "ip", "From this address");
  add("--from", "from", "Then or later: 2026-01-31, or 2026-01-31T12:00:00Z")->check(is_time());
  add("--to", "to", "Before then")->check(is_time());
  command->add_option("--limit", arguments->most, "At most so many; 100 unless it is said");
  command->add_flag("--all", arguments->all, "All of them");
}

}  // namespace secureauth::cli
