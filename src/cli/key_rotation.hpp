#pragma once

#include "app/components.hpp"
#include "cli/command.hpp"
#include "settings/key_purposes.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace secureauth::cli {

/// What is to be done after each step. A signal reaches one process.
constexpr std::string_view kThenReload = "then send each instance a SIGHUP of its own";

/// Where the key of a purpose lies. Throws std::runtime_error when it comes from no file.
[[nodiscard]] std::filesystem::path key_file(const settings::Config& config, const settings::KeyPurpose& purpose);

/// Records what the command line did.
void record(app::Components& components, audit::Event event, boost::json::object details,
            audit::Outcome outcome = audit::Outcome::success);

struct RotateOptions {
  bool files = false;
  bool force = false;
};
/// `keys rotate PURPOSE`.
void rotate(CommandContext& context, const std::string& purpose, RotateOptions options);

}  // namespace secureauth::cli
