#include "cli/user_import.hpp"

#include "admin/user_import.hpp"
#include "cli/component_command.hpp"
#include "cli/import_progress.hpp"
#include "core/run_to_end.hpp"

#include <cmath>
#include <csignal>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>

namespace secureauth::cli {
namespace {

using Counts = admin::UserImport::Counts;

struct Arguments {
  std::string file;
  std::string report;
  std::uint64_t from_line = 1;
};

volatile std::sig_atomic_t interrupted = 0;

extern "C" void note_interrupt(int) {
  interrupted = 1;
}

/// Lets the transaction under way end. Without SA_RESTART, so that a wait for standard input ends, too.
void listen_for_interrupts() {
  struct sigaction action = {};
  action.sa_handler = &note_interrupt;
  for (const int signal : {SIGINT, SIGTERM}) sigaction(signal, &action, nullptr);
}

/// The lines to read: a file, or standard input for `-`.
class Source {
 public:
  explicit Source(const std::string& name) {
    if (name == "-") return;
    file_.open(name, std::ios::binary);
    if (!file_ || std::filesystem::is_directory(name)) throw std::runtime_error(name + " cannot be read");
    std::error_code unknown;
    const auto size = std::filesystem::file_size(name, unknown);
    if (!unknown) size_ = size;
  }
  [[nodiscard]] std::istream& lines() { return file_.is_open() ? file_ : std::cin; }
  [[nodiscard]] std::optional<std::uint64_t> size() const { return size_; }

 private:
  std::ifstream file_;
  std::optional<std::uint64_t> size_;
};

/// Where refused lines are told: a file, or standard error.
class Report {
 public:
  Report(const std::string& name, ImportProgress& progress) : progress_(progress) {
    if (name.empty()) return;
    file_.open(name);
    if (!file_) throw std::runtime_error(name + " cannot be written");
  }
  void tell(std::uint64_t line, std::string_view reason) {
    if (!file_.is_open()) progress_.clear();
    auto& out = file_.is_open() ? static_cast<std::ostream&>(file_) : std::cerr;
    out << "line " << line << ": " << reason << '\n';
  }
  void finish() {
    if (file_.is_open() && !file_.flush()) throw std::runtime_error("the report could not be written to its end");
  }

 private:
  ImportProgress& progress_;
  std::ofstream file_;
};

void say_summary(const CommandContext& context, const Counts& counts, double seconds) {
  const auto settled = counts.imported + counts.skipped + counts.refused;
  const auto rate = std::round(static_cast<double>(settled) / std::max(seconds, 0.001));
  const auto rounded = std::round(seconds * 1000) / 1000;
  say(context,
      "imported " + std::to_string(counts.imported) + ", skipped " + std::to_string(counts.skipped) + ", refused " +
          std::to_string(counts.refused) + " in " + std::to_string(static_cast<std::uint64_t>(std::ceil(seconds))) +
          " s, " + std::to_string(static_cast<std::uint64_t>(rate)) + " a second",
      {{"imported", counts.imported},
       {"skipped", counts.skipped},
       {"refused", counts.refused},
       {"last_line", counts.line},
       {"interrupted", interrupted != 0},
       {"seconds", rounded},
       {"per_second", static_cast<std::uint64_t>(rate)}});
}

std::string how_to_go_on(const Counts& counts) {
  return "everything up to line " + std::to_string(counts.line) +
         " is settled; run it again, or from there with --from-line " + std::to_string(counts.line + 1);
}

void import_users(app::Components& components, CommandContext& context, const Arguments& arguments) {
  Source source(arguments.file);
  ImportProgress progress(source.size());
  Report report(arguments.report, progress);
  admin::UserImport take({.database = *components.database,
                          .hasher = components.password_hasher,
                          .audit = components.audit,
                          .clock = components.clock,
                          .random = components.random});
  Counts settled{.line = arguments.from_line - 1};
  admin::UserImport::Run run{
      .lines = source.lines(),
      .from_line = arguments.from_line,
      .on_refused = [&](std::uint64_t line, std::string_view reason) { report.tell(line, reason); },
      .go_on =
          [&](const Counts& counts) {
            settled = counts;
            progress.show(counts);
            return interrupted == 0;
          }};
  listen_for_interrupts();
  try {
    run_to_end(take(std::move(run)));
    if (source.lines().bad()) throw std::runtime_error(arguments.file + " cannot be read to its end");
  } catch (const std::exception& fault) {
    progress.clear();
    throw std::runtime_error(std::string(fault.what()) + "; " + how_to_go_on(settled));
  }
  progress.clear();
  report.finish();
  say_summary(context, settled, progress.seconds());
  if (interrupted != 0) complain("interrupted: " + how_to_go_on(settled));
  if (interrupted != 0 || settled.refused > 0) context.exit_code = kRefused;
}

}  // namespace

void add_user_import(CLI::App& user, CommandContext& context) {
  const auto arguments = std::make_shared<Arguments>();
  auto* command = add_component_command(
      user, context, "import", "Take accounts over, with the hashes that another system made",
      [&context, arguments](app::Components& components) { import_users(components, context, *arguments); },
      {.beginning = Beginning::in_development});
  command->add_option("FILE", arguments->file, "A JSON object a line; - for standard input")->required();
  command->add_option("--report", arguments->report, "Write refused lines there instead of to standard error");
  command->add_option("--from-line", arguments->from_line, "Pass over the lines before this one")
      ->check(CLI::PositiveNumber);
  command->footer(
      "A line: {\"email\": \"ada@example.org\", \"password_hash\": \"$2b$12$...\", \"name\": \"Ada\"}; docs/import.md "
      "lists\n"
      "the fields and the kinds of hashes. Addresses that have an account are skipped: the same file can be run "
      "again.\n"
      "Example: secureauth user import users.jsonl --report refused.txt");
}

}  // namespace secureauth::cli
