#include "cli/key_rotation.hpp"

#include "admin/command_line.hpp"
#include "cli/component_command.hpp"
#include "cli/settings.hpp"
#include "core/run_to_end.hpp"
#include "keys/key_standing.hpp"
#include "keys/names_key.hpp"
#include "mfa/totp/totp_keys.hpp"
#include "settings/key_files.hpp"

#include <stdexcept>
#include <utility>

namespace secureauth::cli {
namespace {

std::string secrets(std::int64_t count) {
  return std::to_string(count) + (count == 1 ? " secret" : " secrets");
}

void rotate_totp(CommandContext& context, app::Components& components) {
  mfa::TotpKeys keys(*components.database, components.totp_keys, components.random);
  const auto rotated = run_to_end(keys.rotate());
  const auto id = components.totp_keys.key_ids().front();
  record(components, audit::Event::keys_rotated,
         {{"purpose", "totp"}, {"key_id", id}, {"resealed", rotated.resealed}, {"unreadable", rotated.unreadable}},
         rotated.unreadable > 0 ? audit::Outcome::failure : audit::Outcome::success);
  std::string line = secrets(rotated.resealed) + " sealed anew under " + id;
  if (rotated.unreadable > 0) line += "; " + secrets(rotated.unreadable) + " could not be opened, see keys list";
  say(context, line, {{"key_id", id}, {"resealed", rotated.resealed}, {"unreadable", rotated.unreadable}});
  if (rotated.unreadable > 0) context.exit_code = kRefused;
}

void rotate_secret(CommandContext& context, app::Components& components) {
  const auto mails = run_to_end(components.outbox.reseal(*components.database));
  const crypto::KeyRing ring(components.keys.secret);
  const bool names =
      run_to_end(keys::names_key::reseal(*components.database, ring, components.random, components.clock));
  const auto lost = mails.by_key.find("");
  const std::int64_t unreadable = lost == mails.by_key.end() ? 0 : lost->second;
  const auto resealed = mails.resealed + (names ? 1 : 0);
  const auto id = components.keys.secret.ids().current;
  record(components, audit::Event::keys_rotated,
         {{"purpose", "secret"}, {"key_id", id}, {"resealed", resealed}, {"unreadable", unreadable}},
         unreadable > 0 ? audit::Outcome::failure : audit::Outcome::success);
  std::string line =
      std::to_string(mails.resealed) + " mails" + (names ? " and the names' key" : "") + " sealed anew under " + id;
  if (unreadable > 0) line += "; " + std::to_string(unreadable) + " mails could not be opened";
  say(context, line, {{"key_id", id}, {"resealed", resealed}, {"unreadable", unreadable}});
  if (unreadable > 0) context.exit_code = kRefused;
}

void rotate_rows(CommandContext& context, app::Components& components, const std::string& purpose) {
  if (purpose == "totp") return rotate_totp(context, components);
  if (purpose == "secret") return rotate_secret(context, components);
  const std::string why = purpose == "pepper" ? "hashes are renewed when their owners sign in"
                                              : "what it made is checked with it until it ends, and never made anew";
  say(context, "nothing lies sealed under this key: " + why, {{"purpose", purpose}, {"resealed", 0}});
}

/// A key that no instance accepts yet must not be one that another signs with.
void check_announced(app::Components& components, const settings::KeyPurpose& purpose, const std::string& id) {
  if (keys::is_announced(*components.database, purpose, id)) return;
  throw std::runtime_error("no running service has taken the next key " + id +
                           " yet: first send each instance a SIGHUP of its own (--force does not ask)");
}

void rotate_files(const CommandContext& context, app::Components& components, const settings::Config& config,
                  const settings::KeyPurpose& purpose, bool force) {
  const auto file = key_file(config, purpose);
  const auto& keys = config.*purpose.keys;
  const bool cut_short = keys.next.empty() && settings::has_next_key(file);  // it is the current one already
  if (keys.next.empty() && !cut_short) {
    throw std::runtime_error("there is no next key; make it with `secureauth keys generate " +
                             std::string(purpose.name) + " --files`");
  }
  const auto id = purpose.id_of(cut_short ? keys.current : keys.next);
  if (!force && !cut_short) check_announced(components, purpose, id);
  settings::move_key_on(file, keys);
  record(components, audit::Event::keys_rotated, {{"purpose", purpose.name}, {"key_id", id}, {"files", true}});
  say(context, id + " is the current key in the files; " + std::string(kThenReload),
      {{"purpose", purpose.name}, {"key_id", id}, {"files", true}});
}

/// Works where SECRET_KEY does not open the one that there is, too.
void rotate_names(CommandContext& context, bool files) {
  if (files) throw std::runtime_error("the names' key lies in no file but in the database: leave --files out");
  const auto config = settings_or_complain(context);
  if (!config) return;
  app::Components components(*config);
  components.prepare_schema(*config);
  components.check_audit_key();
  const crypto::KeyRing ring(components.keys.secret);
  run_to_end(keys::names_key::draw_anew(*components.database, ring, components.random, components.clock));
  components.load_names_key();
  const auto id = components.keys.names.ids().current;
  record(components, audit::Event::keys_rotated, {{"purpose", keys::names_key::kName}, {"key_id", id}});
  seal_what_was_recorded(components);
  say(context, "the names' key is " + id + "; " + std::string(kThenReload),
      {{"purpose", keys::names_key::kName}, {"key_id", id}});
}

}  // namespace

std::filesystem::path key_file(const settings::Config& config, const settings::KeyPurpose& purpose) {
  const auto found = config.key_files.find(std::string(purpose.setting));
  if (found != config.key_files.end()) return found->second;
  if (config.wrapped_keys.contains(std::string(purpose.setting))) {
    throw std::runtime_error(
        std::string(purpose.setting) +
        " is wrapped: beside its file a key would lie unwrapped; wrap it and change the settings by "
        "hand (docs/keys-kms.md)");
  }
  throw std::runtime_error(std::string(purpose.setting) + " comes from no file: set " + std::string(purpose.setting) +
                           "_FILE, or change the settings by hand (docs/keys.md)");
}

void record(app::Components& components, audit::Event event, boost::json::object details, audit::Outcome outcome) {
  audit::Entry entry{
      .event = event, .outcome = outcome, .client = admin::command_line(), .details = std::move(details)};
  run_to_end(components.audit.record_alone(*components.database, std::move(entry)));
}

void rotate(CommandContext& context, const std::string& purpose, RotateOptions options) {
  if (purpose == keys::names_key::kName) {
    rotate_names(context, options.files);
    return;
  }
  const ActionBySettings action = [&](app::Components& components, const settings::Config& config) {
    if (options.files) {
      rotate_files(context, components, config, *settings::key_purpose(purpose), options.force);
    } else {
      rotate_rows(context, components, purpose);
    }
    seal_what_was_recorded(components);
  };
  with_components(context, action, {.keys = KeysNeeded::all});
}

}  // namespace secureauth::cli
