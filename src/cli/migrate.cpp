#include "cli/migrate.hpp"

#include "app/record_store.hpp"
#include "app/schema_record.hpp"
#include "cli/settings.hpp"
#include "db/migration_files.hpp"
#include "db/migrations.hpp"
#include "db/postgres/grants.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace secureauth::cli {
namespace {

namespace json = boost::json;

// What the options of all sub-commands are read into; shared by their callbacks.
struct Arguments {
  std::optional<int> upgrade_target;
  std::string downgrade_target;
  std::string role;
  std::string message;
  std::string contract;
  bool compatible = false;
  std::string directory = "migrations";
};

// Runs a command on the schema of the settings; without settings it is refused.
using OnSchema = std::function<void(db::Migrations&, const settings::Config&)>;

void with_schema(CommandContext& context, const std::optional<settings::Config>& config, const OnSchema& body) {
  run_command(context, [&] {
    if (!config) return;
    const auto backend = app::open_migration_backend(*config);
    const SystemClock clock;
    db::Migrations migrations(*backend, db::read_migrations(embedded::migrations()), clock);
    body(migrations, *config);
  });
}

std::string listed(const std::vector<db::Migration>& migrations) {
  std::string text;
  for (const auto& migration : migrations) text += (text.empty() ? "" : ", ") + migration.label();
  return text;
}

json::array labels(const std::vector<db::Migration>& migrations) {
  json::array result;
  for (const auto& migration : migrations) result.emplace_back(migration.label());
  return result;
}

/// Of these, what no older instance may be there for.
std::vector<db::Migration> contracts(const std::vector<db::Migration>& migrations) {
  std::vector<db::Migration> found;
  for (const auto& migration : migrations) {
    if (!migration.is_compatible) found.push_back(migration);
  }
  return found;
}

/// Names the newest migration that instances must know to serve on what the pending ones make. A database that is new
/// has no older instances.
void warn_of_contracts(const std::vector<db::Migration>& pending, const std::optional<db::AppliedMigration>& current) {
  if (!current) return;
  int needed = current->version;
  for (const auto& migration : pending) needed = std::max(needed, db::oldest_tolerated(migration));
  const auto first = std::ranges::find(pending, needed, &db::Migration::version);
  if (first == pending.end()) return;
  complain("contract: instances that do not know " + first->label() + " must be gone before it is applied");
}

json::value label_or_null(const std::optional<db::AppliedMigration>& migration) {
  if (!migration) return nullptr;
  return json::string(migration->label());
}

std::string place(const std::optional<db::AppliedMigration>& current) {
  return current ? "at " + current->label() : "at base: no migration is applied";
}

void upgrade(db::Migrations& migrations, const settings::Config& config, const CommandContext& context,
             const Arguments& arguments) {
  warn_of_contracts(migrations.pending(), migrations.current());
  const auto done = migrations.upgrade(arguments.upgrade_target);
  const auto current = migrations.current();
  app::record_migration(config, "up", done, current);
  say(context,
      done.empty() ? "Nothing to do: the schema is " + place(current) + "."
                   : "Applied " + listed(done) + ": the schema is " + place(current) + ".",
      {{"applied", labels(done)}, {"contracts", labels(contracts(done))}, {"current", label_or_null(current)}});
}

void downgrade(db::Migrations& migrations, const settings::Config& config, const CommandContext& context,
               const Arguments& arguments) {
  const bool to_base = arguments.downgrade_target == "base";
  const auto done = migrations.downgrade(to_base ? 0 : std::stoi(arguments.downgrade_target));
  const auto current = migrations.current();
  app::record_migration(config, "down", done, current);
  say(context,
      done.empty() ? "Nothing to do: the schema is " + place(current) + "."
                   : "Took back " + listed(done) + ": the schema is " + place(current) + ".",
      {{"taken_back", labels(done)}, {"current", label_or_null(current)}});
}

void show_current(db::Migrations& migrations, const CommandContext& context) {
  const auto current = migrations.current();
  const auto applied_at = current ? json::value(to_rfc3339(current->applied_at)) : json::value(nullptr);
  say(context,
      current ? current->label() + ", applied " + to_rfc3339(current->applied_at) : "base: no migration is applied",
      {{"current", label_or_null(current)}, {"applied_at", applied_at}});
}

void show_history(db::Migrations& migrations, const CommandContext& context) {
  std::string text;
  json::array entries;
  for (const auto& [migration, applied_at] : migrations.history()) {
    const auto when = applied_at ? to_rfc3339(*applied_at) : std::string();
    text += (text.empty() ? "" : "\n") + migration.label() + (applied_at ? "  applied " + when : "  pending");
    entries.push_back({{"migration", migration.label()},
                       {"applied_at", applied_at ? json::value(when) : json::value(nullptr)},
                       {"checksum", migration.checksum}});
  }
  say(context, text, {{"migrations", std::move(entries)}});
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += "\n  " + line;
  return text;
}

void check(db::Migrations& migrations, CommandContext& context) {
  const auto pending = migrations.pending();
  const auto ahead = migrations.ahead();
  const auto differences = migrations.differences();
  const auto current = migrations.current();
  const bool good = pending.empty() && differences.empty();
  if (!pending.empty()) {
    complain("the schema is behind, " + listed(pending) + " not applied: run `secureauth migrate upgrade`");
    warn_of_contracts(pending, current);
  }
  if (!differences.empty()) complain("the schema is not what its migrations make:" + joined(differences));
  if (!good) context.exit_code = kRefused;
  if (!good && !context.json) return;
  json::array beyond;
  for (const auto& unknown : ahead) beyond.emplace_back(unknown.label());
  say(context,
      (ahead.empty() ? "Up to date: the schema is " : "Compatible: the schema is newer than this version, ") +
          place(current) + ".",
      {{"up_to_date", pending.empty()},
       {"pending", labels(pending)},
       {"contracts", labels(contracts(pending))},
       {"ahead", std::move(beyond)},
       {"differences", json::array(differences.begin(), differences.end())},
       {"current", label_or_null(current)}});
}

void revise(const CommandContext& context, const Arguments& arguments) {
  if (arguments.compatible != arguments.contract.empty()) {
    throw std::runtime_error("say --compatible (the version before goes on working), or --contract and why not");
  }
  const auto made = db::create_revision(arguments.directory, arguments.message, arguments.contract);
  say(context, "Made " + made.up.string() + " and " + made.down.string() + ": write the SQL, then build.",
      {{"up", made.up.string()}, {"down", made.down.string()}});
}

// A validator of CLI11: answers with what is wrong, or nothing.
std::string refuse_unless_version_or_base(const std::string& text) {
  const bool is_number = !text.empty() && text.size() < 6 && text.find_first_not_of("0123456789") == std::string::npos;
  return is_number || text == "base" ? "" : "'" + text + "' is neither a migration's number nor 'base'";
}

void add_upgrade(CLI::App& migrate, CommandContext& context, const std::shared_ptr<Arguments>& arguments) {
  auto* command = migrate.add_subcommand("upgrade", "Apply the migrations that the database lacks.");
  command->add_option("version", arguments->upgrade_target, "stop after this migration (default: apply all)")
      ->check(CLI::Range(1, 9999).description(""))
      ->type_name("N");
  command->footer(
      "Each migration runs in its own transaction under a lock: several may be started at once,\n"
      "and a failing one leaves the schema as it was. Back up the database first. A database of SQLite that is not\n"
      "there is made: in production nothing else makes one.\n\n"
      "  secureauth migrate upgrade      apply all\n"
      "  secureauth migrate upgrade 3    apply up to 0003");
  command->callback([&context, arguments] {
    with_schema(context, settings_or_complain(context, Beginning::anywhere),
                [&](auto& migrations, auto& config) { upgrade(migrations, config, context, *arguments); });
  });
}

void add_downgrade(CLI::App& migrate, CommandContext& context, const std::shared_ptr<Arguments>& arguments) {
  auto* command = migrate.add_subcommand("downgrade", "Take back every migration above a version. Loses their data.");
  command->add_option("version", arguments->downgrade_target, "the migration to end at, or 'base' to take back all")
      ->required()
      ->check(refuse_unless_version_or_base)
      ->type_name("N|base");
  command->footer(
      "The tables and columns that a migration added go with everything in them: back up first.\n\n"
      "  secureauth migrate downgrade 2       end at 0002\n"
      "  secureauth migrate downgrade base    take back all");
  command->callback([&context, arguments] {
    with_schema(context, settings_or_complain(context),
                [&](auto& migrations, auto& config) { downgrade(migrations, config, context, *arguments); });
  });
}

void add_revision(CLI::App& migrate, CommandContext& context, const std::shared_ptr<Arguments>& arguments) {
  auto* command = migrate.add_subcommand("revision", "Make the two files of a new migration (for developers).");
  command->add_option("-m,--message", arguments->message, "what it changes, in a few words")->required();
  command->add_flag("--compatible", arguments->compatible, "the version before goes on working on the new schema");
  command->add_option("--contract", arguments->contract, "no older instance may run when it is applied, and why")
      ->type_name("WHY");
  command->add_option("--directory", arguments->directory, "the folder of the migrations")->capture_default_str();
  command->footer(
      "Files get the next number and a name made of the message. They are compiled into the program.\n\n"
      "  secureauth migrate revision -m \"add totp factors\" --compatible\n"
      "    makes migrations/0002_add_totp_factors.up.sql, .down.sql");
  command->callback([&context, arguments] { run_command(context, [&] { revise(context, *arguments); }); });
}

void grant(const CommandContext& context, const settings::Config& config, const std::string& role) {
  if (config.postgres_url.empty()) throw std::runtime_error("SQLite has no roles: who may read the file may do all");
  const auto backend = app::open_migration_backend(config);
  db::grant_service(*backend, role);
  say(context, "Role " + role + " may do what the service needs: of the audit log only read and add.",
      {{"role", role}});
}

void add_grants(CLI::App& migrate, CommandContext& context, const std::shared_ptr<Arguments>& arguments) {
  auto* command = migrate.add_subcommand("grants", "Give a PostgreSQL role what the service needs, and no more.");
  command->add_option("role", arguments->role, "whom the service signs in as")->required()->type_name("ROLE");
  command->footer(
      "Run it as the schema's owner, after each upgrade. The role changes no schema and deletes no audit entry;\n"
      "`audit prune` needs the owner, too.\n\n"
      "  CREATE ROLE secureauth_service LOGIN PASSWORD '...';     (as an administrator)\n"
      "  secureauth migrate grants secureauth_service             (DATABASE_URL names the owner)");
  command->callback([&context, arguments] {
    run_command(context, [&] {
      const auto config = settings_as_they_are(context);
      if (config) grant(context, *config, arguments->role);
    });
  });
}

void add_views(CLI::App& migrate, CommandContext& context) {
  migrate.add_subcommand("current", "Show the newest migration that the database has.")->callback([&context] {
    with_schema(context, settings_as_they_are(context),
                [&](auto& migrations, auto&) { show_current(migrations, context); });
  });
  migrate.add_subcommand("history", "List every migration and when it was applied.")->callback([&context] {
    with_schema(context, settings_as_they_are(context),
                [&](auto& migrations, auto&) { show_history(migrations, context); });
  });
  migrate
      .add_subcommand(
          "check",
          "Exit 0 when the schema is up to date and as its migrations make it, else 1. For deployment scripts.")
      ->callback([&context] {
        with_schema(context, settings_as_they_are(context),
                    [&](auto& migrations, auto&) { check(migrations, context); });
      });
}

}  // namespace

void add_migrate(CLI::App& root, CommandContext& context) {
  auto* migrate = root.add_subcommand("migrate", "Move the database schema up or down, or look where it is.");
  migrate->require_subcommand(1);
  migrate->footer(
      "Works on the database of DATABASE_URL, read from the same settings as the service.\n"
      "Exit codes: 0 done, 1 refused (the reason is on standard error), 2 wrong usage, 78 mistakes in the settings.");
  const auto arguments = std::make_shared<Arguments>();
  add_upgrade(*migrate, context, arguments);
  add_downgrade(*migrate, context, arguments);
  add_views(*migrate, context);
  add_revision(*migrate, context, arguments);
  add_grants(*migrate, context, arguments);
}

}  // namespace secureauth::cli
