#include "cli/audit_export.hpp"

#include "admin/operator.hpp"
#include "audit/export/audit_export.hpp"
#include "cli/component_command.hpp"
#include "cli/option_checks.hpp"
#include "cli/times.hpp"
#include "core/run_to_end.hpp"

#include <cstdio>
#include <fcntl.h>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace secureauth::cli {
namespace {

struct Arguments {
  std::string format = "jsonl";
  std::string from;
  std::string to;
  std::vector<std::string> events;
  std::string subject;
  std::string file;
};

audit::AuditExport::Selection selection_of(const Arguments& arguments, Timestamp now) {
  audit::AuditExport::Selection selection{
      .from = arguments.from.empty() ? Timestamp() : read_time("--from", arguments.from),
      .to = arguments.to.empty() ? now : read_time("--to", arguments.to),
      .events = arguments.events,
      .subject = std::nullopt};
  if (!arguments.subject.empty()) selection.subject = arguments.subject;
  return selection;
}

/// A new file that nobody else may read (mode 0600), or standard output.
class Output {
 public:
  explicit Output(const std::string& file) {
    if (file.empty()) return;
    const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor >= 0) own_.reset(::fdopen(descriptor, "w"));
    if (!own_) throw std::runtime_error(file + " cannot be made, or is there already");
  }
  void write(const std::string& line) const {
    auto* stream = own_ ? own_.get() : stdout;
    if (std::fwrite(line.data(), 1, line.size(), stream) != line.size() || std::fputc('\n', stream) == EOF) fail();
  }
  void finish() const {
    if (std::fflush(own_ ? own_.get() : stdout) != 0) fail();
  }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  [[noreturn]] static void fail() { throw std::runtime_error("the output takes no more"); }
  std::unique_ptr<std::FILE, Close> own_;
};

void export_audit(const CommandContext& context, app::Components& components, const settings::Config& config,
                  const Arguments& arguments) {
  auto selection = selection_of(arguments, components.clock.now());
  const Output output(arguments.file);
  audit::AuditExport give({.database = *components.database, .audit = components.audit});
  auto write = [&output](const std::string& line) { output.write(line); };
  const auto format = *audit::format_from(arguments.format);  // the parser allowed nothing else
  audit::Reporter reporter{.host = config.public_url.host};
  auto by = admin::command_line_operator();
  const auto count =
      run_to_end(give(std::move(selection), format, std::move(reporter), std::move(by), std::move(write)));
  output.finish();
  const auto sentence = "exported " + std::to_string(count) + " entries";
  if (arguments.file.empty()) {
    std::cerr << sentence << '\n';  // standard output has the entries
  } else {
    say(context, sentence, {{"exported", count}, {"file", arguments.file}});
  }
}

}  // namespace

void add_audit_export(CLI::App& audit, CommandContext& context) {
  const auto arguments = std::make_shared<Arguments>();
  auto* command =
      add_component_command(audit, context, "export", "Print audit entries, oldest first, one a line",
                            [&context, arguments](app::Components& components, const settings::Config& config) {
                              export_audit(context, components, config, *arguments);
                            });
  command->add_option("--format", arguments->format, "jsonl (own names), ecs, ocsf, cef or syslog")
      ->check(CLI::IsMember({"jsonl", "ecs", "ocsf", "cef", "syslog"}));
  command->add_option("--from", arguments->from, "Not those before this day or time, UTC")->check(is_time());
  command->add_option("--to", arguments->to, "Only those before this one; default now")->check(is_time());
  command->add_option("--event", arguments->events, "Only this event, or these: login.*; may be repeated")
      ->check(is_event());
  command->add_option("--subject", arguments->subject, "Only those about the account of this id")->check(is_id());
  command->add_option("--to-file", arguments->file, "Write to a new file of mode 0600 instead of standard output");
  command->footer(
      "Example: secureauth audit export --from 2026-11-01 --event 'login.*' --format ecs --to-file nov.ndjson");
}

}  // namespace secureauth::cli
