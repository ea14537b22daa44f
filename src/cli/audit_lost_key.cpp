#include "cli/audit_lost_key.hpp"

#include "admin/operator.hpp"
#include "audit/new_beginning.hpp"
#include "audit/push/deliveries.hpp"
#include "audit/stranded_entries.hpp"
#include "cli/component_command.hpp"
#include "core/run_to_end.hpp"
#include "core/unicode.hpp"

#include <boost/json/array.hpp>

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

namespace secureauth::cli {
namespace {

constexpr std::size_t kMostOfAReason = 500;
constexpr std::size_t kMostOfAnId = 16;

struct Arguments {
  std::string folder;
  std::string file;
  std::string reason;
};

std::string reason_of(const Arguments& arguments) {
  auto reason = unicode::one_line(arguments.reason, kMostOfAReason);
  if (reason.find_first_not_of(' ') == std::string::npos) throw std::runtime_error("--reason must say something");
  return reason;
}

/// The head in AUDIT_HEAD_FILE is by the lost key, too: nobody would believe it any more.
void move_head_file(const app::Components& components, const std::filesystem::path& file,
                    const std::filesystem::path& folder, const std::optional<audit::SignedHead>& anchor) {
  if (file.empty()) return;
  if (std::filesystem::exists(file)) std::filesystem::copy_file(file, folder / "head.json");
  if (anchor) {
    components.audit_head_file.write(*anchor);
  } else {
    std::filesystem::remove(file);
  }
}

/// What receivers will never get: only the folder has it.
void tell_undelivered(app::Components& components, std::uint64_t begins) {
  audit::Deliveries deliveries(*components.database, components.audit, components.clock);
  for (const auto& one : run_to_end(deliveries.all())) {
    if (std::cmp_greater_equal(one.next_entry, begins)) continue;
    complain(unicode::one_line(one.sink, 100) + " has not confirmed entries " + std::to_string(one.next_entry) +
             " to " + std::to_string(begins - 1) + ": it will not get them");
  }
}

void begin_anew(const CommandContext& context, app::Components& components, const settings::Config& config,
                const Arguments& arguments) {
  const audit::NewBeginning begin({.database = *components.database,
                                   .keys = components.audit_keys,
                                   .heads = components.audit_heads,
                                   .audit = components.audit,
                                   .clock = components.clock});
  const auto done = run_to_end(begin(arguments.folder, reason_of(arguments), admin::command_line_operator()));
  if (!done) throw std::runtime_error(done.error().detail);
  const auto begins = done->anchor ? done->anchor->head.tree_size : 0;
  const auto lost = unicode::one_line(done->former.key_id, kMostOfAnId);
  const auto key = components.audit_keys.current_id();
  say(context,
      "the audit log goes on under key " + key + " from entry " + std::to_string(begins) + "; what was before, " +
          std::to_string(done->entries) + " entries under key " + lost + ", is in " + arguments.folder +
          " (SHA-256 of its SHA256SUMS " + done->sha256 + ")",
      {{"begins", begins},
       {"entries", done->entries},
       {"key_id", key},
       {"former_key_id", lost},
       {"folder", arguments.folder},
       {"sha256", done->sha256}});
  if (done->knows_some_head) {
    complain("keys of the settings signed heads before the newest: if " + lost +
             " was never a key of yours, somebody wrote that head; the folder is the evidence");
  }
  tell_undelivered(components, begins);
  move_head_file(components, config.audit_head_file, arguments.folder, done->anchor);
}

void set_aside(const CommandContext& context, app::Components& components, const Arguments& arguments) {
  const audit::StrandedEntries stranded({.database = *components.database,
                                         .keys = components.audit_keys,
                                         .audit = components.audit,
                                         .clock = components.clock});
  const auto done =
      run_to_end(stranded.set_aside(arguments.file, reason_of(arguments), admin::command_line_operator()));
  if (!done) throw std::runtime_error(done.error().detail);
  if (done->entries == 0) {
    say(context, "nothing to set aside: no entry has waited for an hour for a key that is not in the settings",
        {{"entries", 0}});
    return;
  }
  std::string keys;
  for (const auto& id : done->key_ids) keys += " " + id;
  boost::json::array key_ids(done->key_ids.begin(), done->key_ids.end());
  say(context,
      "set aside " + std::to_string(done->entries) + " entries, under keys" + keys + ", into " + arguments.file +
          " (SHA-256 " + done->sha256 + ")",
      {{"entries", done->entries},
       {"key_ids", std::move(key_ids)},
       {"file", arguments.file},
       {"sha256", done->sha256}});
}

}  // namespace

void add_audit_lost_key(CLI::App& audit, CommandContext& context) {
  const auto arguments = std::make_shared<Arguments>();
  auto* begin = add_component_command(
      audit, context, "begin-anew", "Let the log go on when its key is lost; what was before moves into a folder",
      [&context, arguments](app::Components& components, const settings::Config& config) {
        begin_anew(context, components, config, *arguments);
      },
      {.keys = KeysNeeded::none});
  begin->add_option("--keep-in", arguments->folder, "The folder to make, mode 0700")->required();
  begin->add_option("--reason", arguments->reason, "Why, for the log: no names, no addresses")->required();
  begin->footer(
      "Stop every instance first. Refused while the newest head's key is in the settings. `audit verify` says from "
      "then\n"
      "on that the log was begun anew; `audit verify --file FOLDER/log.jsonl --public-key KEY` verifies what was "
      "before,\n"
      "by the public key that somebody wrote down. docs/keys.md");

  auto* aside = add_component_command(
      audit, context, "set-aside", "Move entries that wait for a key that is gone into a file: nobody can seal them",
      [&context, arguments](app::Components& components) { set_aside(context, components, *arguments); });
  aside->add_option("--to", arguments->file, "The file to make, mode 0600")->required();
  aside->add_option("--reason", arguments->reason, "Why, for the log: no names, no addresses")->required();
  aside->footer("Only such as have waited for an hour: until then another instance may know their key.");
}

}  // namespace secureauth::cli
