#include "cli/audit.hpp"

#include "admin/operator.hpp"
#include "audit/proof.hpp"
#include "audit/pruner.hpp"
#include "cli/audit_deliveries.hpp"
#include "cli/audit_export.hpp"
#include "cli/audit_list.hpp"
#include "cli/audit_lost_key.hpp"
#include "cli/audit_verify.hpp"
#include "cli/component_command.hpp"
#include "cli/log_keys.hpp"
#include "cli/option_checks.hpp"
#include "cli/times.hpp"
#include "core/run_to_end.hpp"
#include "core/unicode.hpp"

#include <boost/json/serialize.hpp>

#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace secureauth::cli {
namespace {

/// What the command line gave; one for all commands, living as long as the parser.
struct Arguments {
  std::string id;
  std::string file;
  std::string before;
  std::vector<std::string> public_keys;
};

void print(const boost::json::object& object) {
  std::cout << boost::json::serialize(object) << std::endl;
}

void prove(app::Components& components, const Arguments& arguments) {
  constexpr std::size_t kMostOfAnId = 64;
  audit::Entry read{.event = audit::Event::audit_read,
                    .client = admin::command_line(),
                    .details = {{"entry", unicode::one_line(arguments.id, kMostOfAnId)}}};
  run_to_end(components.audit.record_alone(*components.database, std::move(read)));
  auto proof = run_to_end(audit::prove(*components.database, components.audit_heads, arguments.id));
  if (!proof) throw std::runtime_error(proof.error().detail);
  print(*proof);
}

void check_proof(const CommandContext& context, const Arguments& arguments) {
  const audit::HeadVerifier heads(read_public_keys(arguments.public_keys));
  const auto proven = audit::check_proof(read_whole(arguments.file), heads);
  if (!proven) throw std::runtime_error(proven.error().detail);
  const auto& head = proven->head.head;
  say(context,
      "entry " + std::to_string(proven->entry) + " (" + proven->id + ") is in the log of " +
          std::to_string(head.tree_size) + " entries sealed at " + to_rfc3339(head.sealed_at),
      {{"proven", true}, {"id", proven->id}, {"entry_number", proven->entry}, {"head", audit::as_json(proven->head)}});
}

void print_head(app::Components& components) {
  const auto newest = run_to_end(audit::log_store::newest(*components.database));
  if (!newest) throw std::runtime_error("nothing is sealed yet");
  if (components.audit_heads.check(newest->head) != audit::HeadVerifier::Verdict::right) {
    throw std::runtime_error("the newest head is not signed by a key of this log: see audit verify");
  }
  print(audit::as_json(newest->head));
}

void print_public_keys(const CommandContext& context, const app::Components& components) {
  std::string_view state = "current";
  for (const auto& known : components.audit_heads.known()) {
    const auto text = known.key.text();
    say(context, text + "  " + known.key_id + "  " + std::string(state),
        {{"public_key", text}, {"key_id", known.key_id}, {"state", state}});
    state = "old";
  }
}

/// Which receiver kept it from pruning more.
void tell_waited_for(const std::optional<audit::log_store::Undelivered>& receiver) {
  if (!receiver) return;
  complain("it stopped before entry " + std::to_string(receiver->next_entry) + ": " +
           unicode::one_line(receiver->sink, 100) +
           " has not confirmed more. See audit deliveries; what is in the settings no more must be forgotten there");
}

boost::json::value as_json(const std::optional<audit::log_store::Undelivered>& receiver) {
  if (!receiver) return nullptr;
  return boost::json::object{{"sink", receiver->sink}, {"next_entry", receiver->next_entry}};
}

void prune(const CommandContext& context, app::Components& components, const Arguments& arguments) {
  const audit::Pruner pruner(
      {.database = *components.database, .heads = components.audit_heads, .audit = components.audit});
  auto by = admin::command_line_operator();
  const auto done = run_to_end(pruner(read_time("--before", arguments.before), arguments.file, std::move(by)));
  if (!done) throw std::runtime_error(done.error().detail);
  tell_waited_for(done->waited_for);
  if (!done->pruned) {
    const std::string why = done->waited_for ? "a receiver waits for the oldest" : "no whole batch is that old";
    say(context, "nothing to prune: " + why, {{"pruned", 0}, {"waited_for", as_json(done->waited_for)}});
    return;
  }
  const auto& pruned = *done->pruned;
  const auto count = pruned.tree_size - pruned.first_entry;
  say(context,
      "pruned " + std::to_string(count) + " entries, " + std::to_string(pruned.first_entry) + " to " +
          std::to_string(pruned.tree_size - 1) + ", into " + arguments.file + " (SHA-256 " + pruned.sha256 + ")",
      {{"pruned", count},
       {"from", pruned.first_entry},
       {"until", pruned.tree_size},
       {"sha256", pruned.sha256},
       {"waited_for", as_json(done->waited_for)}});
}

void add_proofs(CLI::App& audit, CommandContext& context, const std::shared_ptr<Arguments>& arguments) {
  auto* prove_command =
      add_component_command(audit, context, "prove", "Print a proof that an entry is in the log",
                            [arguments](app::Components& components) { prove(components, *arguments); });
  prove_command->add_option("ID", arguments->id, "The entry's id")->required();
  prove_command->footer("Whoever has the public key checks it with `audit check-proof`, without the service.");

  auto* check_command =
      audit.add_subcommand("check-proof", "Check what `audit prove` printed; needs no database and no settings");
  check_command->add_option("FILE", arguments->file, "The proof; - for standard input")->required();
  check_command->add_option("--public-key", arguments->public_keys, "What `audit public-key` prints; may be repeated")
      ->required();
  check_command->callback([&context, arguments] { run_command(context, [&] { check_proof(context, *arguments); }); });
}

}  // namespace

void add_audit(CLI::App& root, CommandContext& context) {
  auto* audit =
      root.add_subcommand("audit", "Read, verify, prove, export and prune the audit log, and see to its delivery");
  audit->require_subcommand(1);
  const auto arguments = std::make_shared<Arguments>();
  add_audit_list(*audit, context);
  add_audit_verify(*audit, context);
  add_proofs(*audit, context, arguments);

  auto* head = add_log_command(*audit, context, "head", "Print the newest signed head, one JSON line, to be published",
                               [](app::Components& components) { print_head(components); });
  head->footer(
      "Kept where whoever can write the database cannot, it lets `audit verify --head` find a cut or replaced end.");

  add_log_command(*audit, context, "public-key", "Print the keys that heads are verified with, the current one first",
                  [&context](app::Components& components) { print_public_keys(context, components); });

  auto* prune_command = add_component_command(
      *audit, context, "prune", "Move the oldest entries into a file that stays verifiable",
      [&context, arguments](app::Components& components) { prune(context, components, *arguments); });
  prune_command->add_option("--before", arguments->before, "Batches sealed before this time, RFC 3339 or a date in UTC")
      ->required()
      ->check(is_time());
  prune_command->add_option("--to", arguments->file, "The file to make, mode 0600")->required();
  prune_command->footer(
      "`audit verify --file FILE` verifies what was moved, and that what stayed begins where it ends.");

  add_audit_lost_key(*audit, context);
  add_audit_export(*audit, context);
  add_audit_deliveries(*audit, context);
}

}  // namespace secureauth::cli
