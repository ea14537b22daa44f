#include "cli/audit_deliveries.hpp"

#include "admin/operator.hpp"
#include "audit/push/deliveries.hpp"
#include "audit/push/pushers.hpp"
#include "cli/component_command.hpp"
#include "core/run_to_end.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <charconv>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>

namespace secureauth::cli {
namespace {

namespace json = boost::json;
using Standing = audit::Deliveries::Standing;

struct Arguments {
  std::string sink;
  std::string entry;
};

audit::Deliveries deliveries_of(app::Components& components) {
  return {*components.database, components.audit, components.clock};
}

void print(const Standing& one, bool configured, bool as_json) {
  const auto error = one.last_error ? json::value(*one.last_error) : json::value(nullptr);
  const auto held = one.held_until ? json::value(to_rfc3339(*one.held_until)) : json::value(nullptr);
  if (as_json) {
    const json::object object{
        {"sink", one.sink},     {"configured", configured}, {"next_entry", one.next_entry},
        {"sealed", one.sealed}, {"lag", one.lag()},         {"failures", one.failures},
        {"last_error", error},  {"held_until", held},       {"updated_at", to_rfc3339(one.updated_at)}};
    std::cout << json::serialize(object) << '\n';
    return;
  }
  std::cout << one.sink << "  next entry " << one.next_entry << "  behind by " << one.lag() << "  last change "
            << to_rfc3339(one.updated_at);
  if (one.failures > 0) std::cout << "  failed " << one.failures << " times";
  if (one.last_error) std::cout << ": " << *one.last_error;
  std::cout << (configured ? "\n" : "  (not in these settings)\n");
}

void list(CommandContext& context, app::Components& components, const settings::Config& config) {
  auto deliveries = deliveries_of(components);
  const auto standings = run_to_end(deliveries.all());
  const auto names = audit::sink_names(config.push);
  for (const auto& one : standings) print(one, std::ranges::find(names, one.sink) != names.end(), context.json);
  if (std::ranges::any_of(standings, &Standing::fails)) context.exit_code = kRefused;
  if (standings.empty() && !context.json) std::cout << "Audit events are delivered nowhere.\n";
}

std::optional<std::int64_t> read_entry(const std::string& text) {
  if (text == "newest") return std::nullopt;
  std::int64_t entry = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), entry);
  if (error != std::errc{} || end != text.data() + text.size() || entry < 0) {
    throw std::runtime_error("--entry must be the number of an entry, or newest");
  }
  return entry;
}

void reset(CommandContext& context, app::Components& components, const Arguments& arguments) {
  auto deliveries = deliveries_of(components);
  const auto moved =
      run_to_end(deliveries.move(arguments.sink, read_entry(arguments.entry), admin::command_line_operator()));
  if (!moved) throw std::runtime_error(moved.error().detail);
  say(context, arguments.sink + " goes on from entry " + std::to_string(*moved),
      {{"sink", arguments.sink}, {"next_entry", *moved}});
}

void forget(CommandContext& context, app::Components& components, const settings::Config& config,
            const Arguments& arguments) {
  const auto names = audit::sink_names(config.push);
  if (std::ranges::find(names, arguments.sink) != names.end()) {
    throw std::runtime_error(arguments.sink + " is in the settings: it would be there again at once");
  }
  auto deliveries = deliveries_of(components);
  const auto gone = run_to_end(deliveries.forget(arguments.sink, admin::command_line_operator()));
  if (!gone) throw std::runtime_error(gone.error().detail);
  say(context, arguments.sink + " is forgotten", {{"sink", arguments.sink}});
}

}  // namespace

void add_audit_deliveries(CLI::App& audit, CommandContext& context) {
  auto* deliveries = audit.add_subcommand("deliveries", "Print how far each receiver of audit events has got");
  deliveries->require_subcommand(0, 1);
  const auto arguments = std::make_shared<Arguments>();
  deliveries->callback([&context, deliveries] {
    if (!deliveries->get_subcommands().empty()) return;
    with_components(context, [&context](app::Components& components, const settings::Config& config) {
      list(context, components, config);
    });
  });

  auto* move = add_component_command(
      *deliveries, context, "reset", "Let a receiver go on from another entry",
      [&context, arguments](app::Components& components) { reset(context, components, *arguments); });
  move->add_option("SINK", arguments->sink, "The receiver, as `audit deliveries` names it")->required();
  move->add_option("--entry", arguments->entry, "The number of the entry, or newest for what comes next")->required();

  auto* drop = add_component_command(
      *deliveries, context, "forget", "Drop a receiver that is in the settings no more: nothing waits for it from here",
      [&context, arguments](app::Components& components, const settings::Config& config) {
        forget(context, components, config, *arguments);
      });
  drop->add_option("SINK", arguments->sink, "The receiver")->required();
  deliveries->footer("The exit code is 1 where one of them fails.");  // last: those above would have it, too
}

}  // namespace secureauth::cli
