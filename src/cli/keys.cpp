#include "cli/keys.hpp"

#include "cli/component_command.hpp"
#include "cli/key_rotation.hpp"
#include "cli/settings.hpp"
#include "crypto/encoding.hpp"
#include "keys/key_standing.hpp"
#include "keys/names_key.hpp"
#include "settings/key_files.hpp"

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>

namespace secureauth::cli {
namespace {

using keys::KeyStanding;
using settings::KeyPurpose;

keys::StandingParts standing_parts(app::Components& components) {
  return {.database = *components.database,
          .outbox = components.outbox,
          .totp_keys = components.totp_keys,
          .random = components.random};
}

struct Arguments {
  std::string purpose;
  std::string id;
  bool files = false;
  bool force = false;
};

void print(const CommandContext& context, std::string_view purpose, const KeyStanding& key, Timestamp now) {
  boost::json::object depends;
  std::string line = std::string(purpose) + "  " + (key.id.empty() ? "(unreadable)" : key.id) + "  " + key.state;
  if (key.since) line += " since " + to_rfc3339(*key.since);
  for (const auto& [name, what, count] : key.dependents) {
    depends[name] = count;
    line += "  " + std::string(what) + ": " + std::to_string(count);
  }
  if (key.needed_until && *key.needed_until > now) line += "  needed until " + to_rfc3339(*key.needed_until);
  if (key.state == "old" && keys::needs(key, now).empty()) line += "  nothing needs it";
  const auto time = [](const std::optional<Timestamp>& at) {
    return at ? boost::json::value(to_rfc3339(*at)) : boost::json::value(nullptr);
  };
  say(context, line,
      {{"purpose", purpose},
       {"key_id", key.id},
       {"state", key.state},
       {"since", time(key.since)},
       {"depends", std::move(depends)},
       {"needed_until", time(key.needed_until)}});
}

void list(const CommandContext& context, app::Components& components, const settings::Config& config,
          const std::string& only) {
  const auto parts = standing_parts(components);
  const auto now = components.clock.now();
  for (const auto& purpose : settings::key_purposes()) {
    if (!only.empty() && only != purpose.name) continue;
    for (const auto& key : keys::key_standings(parts, config, purpose)) print(context, purpose.name, key, now);
  }
  if (!only.empty() && only != keys::names_key::kName) return;
  const KeyStanding names{
      .id = components.keys.names.ids().current, .state = "current", .since = {}, .dependents = {}, .needed_until = {}};
  print(context, keys::names_key::kName, names, now);
}

const KeyPurpose& purpose_named(const std::string& name) {
  const auto* purpose = settings::key_purpose(name);
  if (purpose == nullptr) throw std::runtime_error("only a key of the settings can be named here, not '" + name + "'");
  return *purpose;
}

void generate(CommandContext& context, const Arguments& arguments) {
  crypto::SecretBytes key(32);
  crypto::SystemRandom random;
  random.fill(key.bytes());
  if (!arguments.files) {
    const auto text = crypto::hex_encode(key.bytes());
    say(context, text, {{"key", text}});
    return;
  }
  const auto config = settings_or_complain(context);
  if (!config) return;
  const auto& purpose = purpose_named(arguments.purpose);
  const auto file = key_file(*config, purpose);
  settings::write_next_key(file, key);
  const auto id = purpose.id_of(key);
  say(context, "the next key is " + id + ", in " + file.string() + ".next; " + std::string(kThenReload),
      {{"purpose", purpose.name}, {"key_id", id}, {"file", file.string() + ".next"}});
}

/// What a key is still good for once nothing in the record store hangs on it any more.
std::string about_backups(const KeyPurpose& purpose) {
  if (!keys::is_needed_by_backups(purpose)) return {};
  return ". Backups of the database from before now still need it: keep a copy for as long as you keep them";
}

std::string place_of_old_keys(const settings::Config& config, const KeyPurpose& purpose) {
  const auto file = config.key_files.find(std::string(purpose.setting));
  const std::string setting(purpose.old_setting);
  return file == config.key_files.end() ? setting : file->second.string().append(settings::kOldKeys) + " or " + setting;
}

/// What the settings name no more, after a leak or by mistake: a reload takes that only when somebody said so.
void let_go(const CommandContext& context, app::Components& components, const KeyPurpose& purpose,
            const std::string& id) {
  if (!keys::is_noted(*components.database, purpose, id))
    throw std::runtime_error("no service has had a key " + id + " in force");
  keys::forget_key(*components.database, purpose, id);
  record(components, audit::Event::keys_retired,
         {{"purpose", purpose.name}, {"key_id", id}, {"removed", false}, {"forced", true}});
  say(context, id + " is let go of; " + std::string(kThenReload) + about_backups(purpose),
      {{"purpose", purpose.name},
       {"key_id", id},
       {"removed", false},
       {"needed_by_backups", keys::is_needed_by_backups(purpose)}});
}

void retire(const CommandContext& context, app::Components& components, const settings::Config& config,
            const Arguments& arguments) {
  const auto& purpose = purpose_named(arguments.purpose);
  const auto counted = arguments.force ? keys::Dependents::left_out : keys::Dependents::counted;
  const auto all = keys::key_standings(standing_parts(components), config, purpose, counted);
  const auto key = std::ranges::find(all, arguments.id, &KeyStanding::id);
  const bool gone = key == all.end() || key->state == keys::kNotInSettings;
  if (gone && arguments.force) {
    let_go(context, components, purpose, arguments.id);
    return;
  }
  if (key == all.end()) throw std::runtime_error("there is no key " + arguments.id + "; see `keys list`");
  if (key->state != "old") {
    throw std::runtime_error("it is " + key->state + ": only an old key is retired; see `keys rotate`");
  }
  std::string why;
  if (!arguments.force) {
    for (const auto& need : keys::needs(*key, components.clock.now())) why += (why.empty() ? "" : "; ") + need;
  }
  if (!why.empty()) {
    throw std::runtime_error(arguments.id + " is still needed: " + why + " (--force does not ask)");
  }
  std::string done = "remove " + arguments.id + " from " + place_of_old_keys(config, purpose);
  if (arguments.files) {
    const auto& old = (config.*purpose.keys).old;
    const auto is_it = [&](const crypto::SecretBytes& one) { return purpose.id_of(one) == arguments.id; };
    settings::drop_old_key(key_file(config, purpose), *std::ranges::find_if(old, is_it));
    done = arguments.id + " is removed from the files";
  }
  keys::forget_key(*components.database, purpose, arguments.id);
  record(
      components, audit::Event::keys_retired,
      {{"purpose", purpose.name}, {"key_id", arguments.id}, {"removed", arguments.files}, {"forced", arguments.force}});
  say(context, done + "; " + std::string(kThenReload) + about_backups(purpose),
      {{"purpose", purpose.name},
       {"key_id", arguments.id},
       {"removed", arguments.files},
       {"needed_by_backups", keys::is_needed_by_backups(purpose)}});
}

CLI::Option* add_purpose(CLI::App& command, Arguments& arguments, bool with_names) {
  std::vector<std::string> names;
  for (const auto& purpose : settings::key_purposes()) names.emplace_back(purpose.name);
  if (with_names) names.emplace_back(keys::names_key::kName);
  return command.add_option("PURPOSE", arguments.purpose, "What the key is for")->check(CLI::IsMember(names));
}

}  // namespace

void add_keys(CLI::App& root, CommandContext& context) {
  auto* keys = root.add_subcommand("keys", "Look after the keys: docs/keys.md");
  keys->require_subcommand(1);
  const auto arguments = std::make_shared<Arguments>();
  const char* files_help = "Change the files that the keys come from";

  auto* list_command = add_component_command(
      *keys, context, "list", "List the keys by their ids, and what still depends on each",
      ActionBySettings([&context, arguments](app::Components& components, const settings::Config& config) {
        list(context, components, config, arguments->purpose);
      }),
      {.keys = KeysNeeded::names});
  add_purpose(*list_command, *arguments, true);
  list_command->footer(
      "Ids follow from the keys and give nothing away. What depends on them is counted by reading all passwords, TOTP "
      "secrets, mails or audit entries: with many of them name the PURPOSE that you mean, and only its own are read.");

  auto* generate_command = keys->add_subcommand("generate", "Print a fresh random key, 64 hexadecimal digits");
  auto* purpose = add_purpose(*generate_command, *arguments, false);
  generate_command->add_flag("--files", arguments->files, "Write it beside the key's file instead, as the next one")
      ->needs(purpose);
  generate_command->callback([&context, arguments] { run_command(context, [&] { generate(context, *arguments); }); });

  auto* rotate_command = keys->add_subcommand("rotate", "Seal anew, under the current key, what is under another");
  add_purpose(*rotate_command, *arguments, true)->required();
  rotate_command->add_flag("--files", arguments->files, "Make the next key the current one in the files");
  rotate_command->add_flag("--force", arguments->force, "Also when no running service has taken the next one yet");
  rotate_command->footer("The service may run meanwhile; stopped half-way, run it again. The steps: docs/keys.md");
  rotate_command->callback(
      [&context, arguments] { rotate(context, arguments->purpose, {arguments->files, arguments->force}); });

  auto* retire_command = add_component_command(
      *keys, context, "retire", "Let go of an old key, unless something depends on it",
      ActionBySettings([&context, arguments](app::Components& components, const settings::Config& config) {
        retire(context, components, config, *arguments);
      }));
  add_purpose(*retire_command, *arguments, false)->required();
  retire_command->add_option("ID", arguments->id, "As `keys list` shows it")->required();
  retire_command->add_flag("--files", arguments->files, files_help);
  retire_command->add_flag("--force", arguments->force, "Whatever depends on it is lost");
  retire_command->footer("Backups of the database from before still need the key: keep a copy for as long as them.");
}

}  // namespace secureauth::cli
