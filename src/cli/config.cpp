#include "cli/config.hpp"

#include "cli/settings.hpp"
#include "settings/config.hpp"
#include "settings/named_files.hpp"

#include <boost/json.hpp>

#include <iostream>

namespace secureauth::cli {
namespace {

std::string_view name_of(settings::Source source) {
  switch (source) {
    case settings::Source::environment:
      return "environment";
    case settings::Source::file:
      return "file";
    case settings::Source::dotenv:
      return ".env";
    case settings::Source::generated:
      return "made for development";
    case settings::Source::built_in:
      return "default";
  }
  return "";
}

/// The settings as `serve` would read them, but nothing is made on disk by looking.
settings::SettingsOutcome look() {
  auto input = settings::process_settings();
  input.make_development_secrets = false;
  return settings::load_settings(input);
}

void print(const settings::SettingsOutcome& outcome, bool json) {
  boost::json::object all;
  for (const auto& [name, value, source, unwrapped_by] : outcome.in_force) {
    if (json) {
      boost::json::object line{{"value", value}, {"source", name_of(source)}};
      if (!unwrapped_by.empty()) line["unwrapped_by"] = unwrapped_by;
      all[name] = std::move(line);
    } else {
      const auto unwrapped = unwrapped_by.empty() ? "" : ", unwrapped by " + unwrapped_by;
      std::cout << name << " = " << value << "  (" << name_of(source) << unwrapped << ")\n";
    }
  }
  if (json) std::cout << boost::json::serialize(all) << '\n';
}

void print_example() {
  std::cout << "# Settings of secureauth. Copy to .env and change what you need; everything has a default.\n"
               "# Stronger sources win: environment, then NAME_FILE (a mounted secret), then this file.\n";
  for (const auto& doc : settings::setting_docs()) {
    std::cout << "\n# " << doc.help << ".\n# " << doc.name << '=' << doc.default_text << '\n';
  }
}

/// Text as a table's cell has it.
std::string cell(std::string_view text) {
  std::string escaped;
  for (const char one : text) {
    if (one == '|') escaped += '\\';
    escaped += one;
  }
  return escaped;
}

void print_reference() {
  std::cout
      << "# Configuration\n\n"
         "Every setting, as `secureauth config reference` prints it from the service's own table. `config "
         "example` prints\n"
         "the same as an `.env` file, `config print` what is in force and where it comes from, `config check` "
         "every mistake.\n\n"
         "A setting is read from the environment; else from the file that `NAME_FILE` names (a mounted secret, "
         "whose last\n"
         "line break is dropped); else from `.env` in the working directory. A name that is no setting stops the "
         "start when\n"
         "it stands in `.env`; so does `NAME` beside `NAME_FILE` in the environment or in `.env`. In the environment, "
         "where other\n"
         "programs' names are as well, one that is all but a setting's is warned of, by `config check` and at the "
         "start. What runs\n"
         "outside of the sandbox (`KEY_UNWRAP_…`, `SANDBOX…`) is taken from the environment alone, with `NAME_FILE` "
         "there. Secrets are\n"
         "never printed.\n";
  for (const auto& [title, settings] : settings::setting_groups()) {
    std::cout << "\n## " << title << "\n\n| name | default | meaning |\n| --- | --- | --- |\n";
    for (const auto& doc : settings) {
      const auto shown = doc.default_text.empty() ? std::string() : '`' + cell(doc.default_text) + '`';
      std::cout << "| `" << doc.name << "` | " << shown << " | " << cell(doc.help) << (doc.secret ? ". Secret" : "")
                << " |\n";
    }
  }
}

}  // namespace

void add_config(CLI::App& root, CommandContext& context) {
  auto* config = root.add_subcommand("config", "Check and show the settings in force");
  config->require_subcommand(1);

  config->add_subcommand("check", "Say whether the service would start, or every mistake")->callback([&context] {
    const auto outcome = look();
    if (!complain_about(outcome, context)) return;
    settings::check_named_files(outcome.config);
    say(context, "the settings are in order", {{"ok", true}});
  });
  config->add_subcommand("print", "Print every setting, its value and where it comes from; secrets masked")
      ->callback([&context] {
        const auto outcome = look();
        print(outcome, context.json);
        static_cast<void>(complain_about(outcome, context));
      });
  config->add_subcommand("example", "Print an .env file that documents every setting")->callback(&print_example);
  config->add_subcommand("reference", "Print docs/configuration.md")->callback(&print_reference);
}

}  // namespace secureauth::cli
