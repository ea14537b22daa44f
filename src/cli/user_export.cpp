#include "cli/user_export.hpp"

#include "admin/user_export.hpp"
#include "cli/component_command.hpp"
#include "core/run_to_end.hpp"

#include <iostream>
#include <stdexcept>
#include <string>
#include <unistd.h>

namespace secureauth::cli {
namespace {

void export_users(app::Components& components) {
  if (isatty(STDOUT_FILENO) != 0) complain("password hashes go to the terminal; redirect them to a file of mode 0600");
  admin::UserExport give({.database = *components.database, .audit = components.audit});
  auto write = [](const std::string& line) {
    std::cout << line << '\n';
    if (!std::cout) throw std::runtime_error("standard output takes no more");
  };
  const auto count = run_to_end(give(std::move(write)));
  std::cout.flush();
  if (!std::cout) throw std::runtime_error("standard output takes no more");
  std::cerr << "exported " << count << " accounts\n";
}

}  // namespace

void add_user_export(CLI::App& user, CommandContext& context) {
  auto* command = add_component_command(user, context, "export", "Print every account, with its hash, a JSON line each",
                                        &export_users);
  command->footer(
      "What it prints, `user import` takes. Peppered hashes need the same PASSWORD_PEPPER there.\n"
      "Example: (umask 077; secureauth user export > users.jsonl)");
}

}  // namespace secureauth::cli
