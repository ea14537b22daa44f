#include "cli/keys.hpp"

#include "admin/command_line.hpp"
#include "cli/component_command.hpp"
#include "core/run_to_end.hpp"
#include "crypto/encoding.hpp"
#include "mfa/totp/totp_keys.hpp"

#include <algorithm>
#include <array>
#include <iostream>
#include <memory>
#include <string>

namespace secureauth::cli {
namespace {

std::string secrets(std::int64_t count) {
  return std::to_string(count) + (count == 1 ? " secret" : " secrets");
}

void print(const CommandContext& context, const std::string& id, std::string_view state, std::int64_t sealed) {
  const auto shown = id.empty() ? std::string("(unreadable)") : id;
  say(context, shown + "  " + std::string(state) + "  " + secrets(sealed),
      {{"key_id", id}, {"state", state}, {"secrets", sealed}});
}

void list(const CommandContext& context, app::Components& components) {
  mfa::TotpKeys keys(*components.database, components.totp_keys, components.random);
  auto counts = run_to_end(keys.count());
  std::string_view state = "current";
  for (const auto& id : components.totp_keys.key_ids()) {
    print(context, id, state, counts[id]);
    counts.erase(id);
    state = "old";
  }
  for (const auto& [id, sealed] : counts) print(context, id, "not in the settings", sealed);
}

void generate(const CommandContext& context) {
  std::array<std::byte, 32> key{};
  crypto::SystemRandom random;
  random.fill(key);
  const auto text = crypto::hex_encode(key);
  say(context, text, {{"key", text}});
}

void rotate_totp(CommandContext& context, app::Components& components) {
  mfa::TotpKeys keys(*components.database, components.totp_keys, components.random);
  const auto rotated = run_to_end(keys.rotate());
  const auto id = components.totp_keys.key_ids().front();
  audit::Entry entry{
      .event = audit::Event::keys_rotated,
      .outcome = rotated.unreadable > 0 ? audit::Outcome::failure : audit::Outcome::success,
      .client = admin::command_line(),
      .details = {
          {"purpose", "totp"}, {"key_id", id}, {"resealed", rotated.resealed}, {"unreadable", rotated.unreadable}}};
  run_to_end(components.audit.record_alone(*components.database, std::move(entry)));
  std::string line = secrets(rotated.resealed) + " sealed anew under " + id;
  if (rotated.unreadable > 0) line += "; " + secrets(rotated.unreadable) + " could not be opened, see keys list";
  say(context, line, {{"key_id", id}, {"resealed", rotated.resealed}, {"unreadable", rotated.unreadable}});
  if (rotated.unreadable > 0) context.exit_code = kRefused;
}

}  // namespace

void add_keys(CLI::App& root, CommandContext& context) {
  auto* keys = root.add_subcommand("keys", "Look after the keys that TOTP secrets are sealed with");
  keys->require_subcommand(1);

  auto* list_command =
      add_component_command(*keys, context, "list", "List the keys by their ids, and how many secrets each has sealed",
                            [&context](app::Components& components) { list(context, components); });
  list_command->footer("Ids follow from the keys and give nothing away. The first is the current one.");

  auto* generate_command = keys->add_subcommand("generate", "Print a fresh random key, 64 hexadecimal digits");
  generate_command->callback([&context] { run_command(context, [&] { generate(context); }); });

  auto* rotate_command = keys->add_subcommand("rotate", "Seal anew, under the current key, what is under another");
  rotate_command->require_subcommand(1);
  auto* totp_command =
      add_component_command(*rotate_command, context, "totp", "TOTP secrets; the service may run meanwhile",
                            [&context](app::Components& components) { rotate_totp(context, components); });
  totp_command->footer(
      "Before: give every instance the new key in TOTP_ENCRYPTION_KEYS_OLD, then make it TOTP_ENCRYPTION_KEY and the\n"
      "former one old. After: `keys list` shows 0 secrets under the old key; remove it. Stopped half-way, run it "
      "again.");
}

}  // namespace secureauth::cli
