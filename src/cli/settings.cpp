#include "cli/settings.hpp"

#include "app/record_store.hpp"

#include <filesystem>
#include <stdexcept>
#include <string>

namespace secureauth::cli {
namespace {

using settings::SettingsOutcome;

/// In full, for it may be the working directory that is not the right one.
std::filesystem::path in_full(const std::filesystem::path& path) {
  return std::filesystem::absolute(path).lexically_normal();
}

/// What was read, if there is no mistake in it.
std::optional<SettingsOutcome> loaded(CommandContext& context, bool make_secrets) {
  auto input = settings::process_settings();
  input.make_development_secrets = make_secrets;
  auto outcome = settings::load_settings(input);
  if (!complain_about(outcome, context)) return std::nullopt;
  return outcome;
}

/// Whether the command makes what is missing.
bool begins(Beginning beginning, const settings::Config& config) {
  if (beginning == Beginning::in_development) return config.environment == settings::Environment::development;
  return beginning == Beginning::anywhere;
}

void require_keys(const SettingsOutcome& outcome) {
  if (outcome.absent_secrets.empty()) return;
  app::require_record_store(outcome.config);  // says more where there is nothing at all
  throw std::runtime_error("there are no keys for development in " +
                           in_full(outcome.absent_secrets.front()).parent_path().string() +
                           ": look at the working directory; `secureauth serve` makes them");
}

void make_and_tell(const SettingsOutcome& outcome) {
  std::string made;
  if (app::make_record_store(outcome.config)) made = "the database " + in_full(outcome.config.sqlite_path).string();
  if (const auto& keys = outcome.absent_secrets; !keys.empty()) {
    made += (made.empty() ? "" : " and ") + std::to_string(keys.size()) + (keys.size() == 1 ? " key" : " keys") +
            " for development in " + in_full(keys.front()).parent_path().string();
  }
  if (!made.empty()) complain("made " + made);
}

}  // namespace

bool complain_about(const SettingsOutcome& outcome, CommandContext& context) {
  for (const auto& warning : outcome.warnings) complain("warning: " + warning);
  for (const auto& mistake : outcome.mistakes) complain(mistake);
  if (outcome.mistakes.empty()) return true;
  context.exit_code = outcome.may_pass ? kRefused : kMisconfigured;
  return false;
}

std::optional<settings::Config> settings_or_complain(CommandContext& context, Beginning beginning) {
  auto outcome = loaded(context, beginning != Beginning::refused);
  if (!outcome) return std::nullopt;
  if (begins(beginning, outcome->config)) {
    make_and_tell(*outcome);
  } else {
    require_keys(*outcome);
  }
  return std::move(outcome->config);
}

std::optional<settings::Config> settings_as_they_are(CommandContext& context) {
  auto outcome = loaded(context, false);
  if (!outcome) return std::nullopt;
  return std::move(outcome->config);
}

}  // namespace secureauth::cli
