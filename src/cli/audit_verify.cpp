#include "cli/audit_verify.hpp"

#include "audit/segment.hpp"
#include "audit/verifier.hpp"
#include "cli/component_command.hpp"
#include "cli/log_keys.hpp"
#include "core/run_to_end.hpp"
#include "core/unicode.hpp"

#include <boost/json/array.hpp>

#include <fstream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace secureauth::cli {
namespace {

struct Arguments {
  std::vector<std::string> heads;
  std::vector<std::string> public_keys;
  std::vector<std::string> files;
};

template <class T>
boost::json::value value_or_null(const std::optional<T>& value) {
  if (!value) return nullptr;
  return boost::json::value(*value);
}

boost::json::value as_json(const audit::Finding& finding) {
  return boost::json::object{{"kind", finding.kind},
                             {"words", finding.words},
                             {"entry_number", value_or_null(finding.entry)},
                             {"id", value_or_null(finding.id)},
                             {"tree_size", value_or_null(finding.tree_size)}};
}

/// The first alone, all that are kept, and how many there are.
void add_findings(boost::json::object& answer, const audit::Findings& findings) {
  boost::json::array all;
  for (const auto& finding : findings.kept()) all.push_back(as_json(finding));
  answer["finding"] = all.empty() ? boost::json::value(nullptr) : all.front();
  answer["findings"] = std::move(all);
  answer["findings_count"] = findings.count();
}

/// `what` is not whole: one line a finding, the first first.
void complain_of(CommandContext& context, const std::string& what, const audit::Findings& findings) {
  if (findings.empty()) return;
  constexpr std::size_t kMostOfALine = 1000;  // it tells what somebody wrote who is not believed
  context.exit_code = kFound;
  for (const auto& finding : findings.kept()) {
    complain(what + " is not whole: " + unicode::one_line(finding.words, kMostOfALine));
  }
  if (findings.count() > findings.kept().size()) {
    complain(std::to_string(findings.count()) + " findings; the first " + std::to_string(findings.kept().size()) +
             " are named");
  }
}

boost::json::value as_json(const std::optional<audit::SignedHead>& head) {
  if (!head) return nullptr;
  return audit::as_json(*head);
}

std::string count(std::uint64_t number, std::string_view what) {
  return std::to_string(number) + " " + std::string(what);
}

std::string entries(std::uint64_t number) {
  return count(number, number == 1 ? "entry" : "entries");
}

/// The keys given, or those of the settings.
audit::HeadVerifier verifier_of(const Arguments& arguments, const app::Components* components) {
  if (arguments.public_keys.empty() && components != nullptr) return components->audit_heads;
  return audit::HeadVerifier(read_public_keys(arguments.public_keys));
}

std::vector<audit::SignedHead> published_heads(const Arguments& arguments, const audit::HeadVerifier& verifier) {
  std::vector<audit::SignedHead> heads;
  for (const auto& file : arguments.heads) {
    const auto head = audit::head_from_text(read_whole(file));
    if (!head) throw std::runtime_error(file + " holds no signed head of an audit log");
    if (verifier.check(*head) != audit::HeadVerifier::Verdict::right) {
      throw std::runtime_error(file + " holds a head that is not signed by a key of this log");
    }
    heads.push_back(*head);
  }
  return heads;
}

std::string summary(const audit::Verifier::Report& report) {
  std::string line = "the log is whole: " + entries(report.sealed) + " sealed, " + count(report.pending, "pending");
  if (report.pruned > 0) line += "; " + entries(report.pruned) + " before them pruned";
  if (report.without_mac > 0) line += "; " + entries(report.without_mac) + " from before there were MACs";
  if (report.unknown_keys > 0) {
    line += "; the MACs of " + entries(report.unknown_keys) + " are under keys that are not in the settings";
  }
  if (report.newest) {
    line += "; newest head: " + entries(report.newest->head.tree_size) + ", sealed at " +
            to_rfc3339(report.newest->head.sealed_at);
  }
  return line;
}

void verify_database(CommandContext& context, app::Components& components, const Arguments& arguments) {
  const auto heads = verifier_of(arguments, &components);
  const audit::Verifier verify(
      {.database = *components.database, .keys = components.audit_keys, .heads = heads, .clock = components.clock});
  auto published = published_heads(arguments, heads);
  if (const auto kept = components.audit_head_file.read(heads)) published.push_back(*kept);
  const auto report = run_to_end(verify(std::move(published)));
  complain_of(context, "the audit log", report.findings);
  for (const auto& id : report.noticed) complain("the service noticed tampering: see entry " + id);
  for (const auto& id : report.begun_anew) complain("the log was begun anew under another key: see entry " + id);
  for (const auto& id : report.set_aside) complain("entries were set aside that nobody could seal: see entry " + id);
  if (!report.findings.empty() && !context.json) return;
  const auto array_of = [](const std::vector<std::string>& ids) { return boost::json::array(ids.begin(), ids.end()); };
  boost::json::object answer{{"whole", report.findings.empty()},
                             {"sealed", report.sealed},
                             {"pending", report.pending},
                             {"pruned", report.pruned},
                             {"without_mac", report.without_mac},
                             {"unknown_keys", report.unknown_keys},
                             {"noticed", array_of(report.noticed)},
                             {"begun_anew", array_of(report.begun_anew)},
                             {"set_aside", array_of(report.set_aside)},
                             {"head", as_json(report.newest)}};
  add_findings(answer, report.findings);
  say(context, summary(report), answer);
}

/// Whether what was verified ends where that begins.
bool joins(const std::optional<audit::SignedHead>& ends, const std::optional<audit::SignedHead>& begins) {
  return ends && begins && ends->head.tree_size == begins->head.tree_size && ends->head.root == begins->head.root;
}

audit::Finding gap(const std::string& what) {
  return {.kind = "join", .words = what, .entry = {}, .id = {}, .tree_size = {}};
}

struct Files {
  audit::Findings findings;
  std::optional<std::uint64_t> begins;  ///< number of the first entry
  std::optional<audit::SignedHead> ends;
  std::uint64_t entries = 0;
};

void add_file(Files& all, const std::string& file, audit::segment::Report report) {
  if (report.finding) report.finding->words = file + ", " + report.finding->words;
  const bool whole = !report.finding;
  all.findings.add(std::move(report.finding));
  for (auto& replaced : report.replaced) {
    replaced.words = file + ": " + replaced.words;
    all.findings.add(std::move(replaced));
  }
  if (whole && all.begins && !joins(all.ends, report.begins_after)) {
    all.findings.add(gap(file + " does not begin where the file before it ends"));
  }
  if (!all.begins) all.begins = report.begins_after ? report.begins_after->head.tree_size : 0;
  all.ends = report.ends_with;
  all.entries += report.entries;
}

/// Published heads that no file can be compared with.
void add_unreached(Files& all, const std::vector<audit::SignedHead>& published) {
  const auto ends = all.ends ? all.ends->head.tree_size : 0;
  for (const auto& head : published) {
    const auto size = head.head.tree_size;
    if (all.begins && *all.begins <= size && size <= ends) continue;
    all.findings.add(audit::Finding{.kind = "unreached",
                                    .words = "the published head speaks of " + entries(size) +
                                             ", which do not end in these files: verify it with those before, or with "
                                             "the log in the database",
                                    .entry = {},
                                    .id = {},
                                    .tree_size = size});
  }
}

Files verify_files(const Arguments& arguments, const audit::HeadVerifier& heads, const audit::AuditKeys* keys) {
  const auto published = published_heads(arguments, heads);
  Files all;
  for (const auto& file : arguments.files) {
    std::ifstream in(file, std::ios::binary);
    if (!in) throw std::runtime_error("cannot read " + file);
    add_file(all, file, audit::segment::verify(in, heads, keys, published));
  }
  add_unreached(all, published);
  return all;
}

/// That what stayed in the database begins where the last file ends.
std::optional<audit::Finding> check_join(app::Components& components, const Files& files) {
  auto first = run_to_end(audit::log_store::by_size(*components.database, 0));
  const bool pruned = !first.empty() && first.front().leaves.empty();
  if (pruned && joins(files.ends, first.front().head)) return std::nullopt;
  return gap("the log in the database does not begin where the last file ends");
}

void tell(CommandContext& context, const Files& files) {
  complain_of(context, "the segment", files.findings);
  if (!files.findings.empty() && !context.json) return;
  const auto begins = files.begins.value_or(0);
  const auto before = begins == 0 ? std::string() : "; it begins behind entry " + std::to_string(begins - 1);
  boost::json::object answer{
      {"whole", files.findings.empty()}, {"sealed", files.entries}, {"from", begins}, {"head", as_json(files.ends)}};
  add_findings(answer, files.findings);
  say(context, "the segment is whole: " + entries(files.entries) + before, answer);
}

}  // namespace

void add_audit_verify(CLI::App& audit, CommandContext& context) {
  const auto arguments = std::make_shared<Arguments>();
  auto* command =
      audit.add_subcommand("verify", "Verify the whole log, and say of each entry that is not right what is wrong");
  command->add_option("--head", arguments->heads,
                      "A published head (audit head) that the log, or the files, must go on from");
  command->add_option("--public-key", arguments->public_keys, "Trust this key instead of those of the settings");
  command->add_option("--file", arguments->files,
                      "Verify a file that `audit prune` made instead; several in their order");
  command->footer(
      "Exit code 3: the log is not whole; 1: it could not be verified. The service may run meanwhile.\n"
      "With --file and --public-key it needs no settings and no database; without the key it also checks that the log\n"
      "in the database begins where the last file ends.");
  command->callback([&context, arguments] {
    if (!arguments->files.empty() && !arguments->public_keys.empty()) {
      run_command(context, [&] { tell(context, verify_files(*arguments, verifier_of(*arguments, nullptr), nullptr)); });
      return;
    }
    with_components(context, [&](app::Components& components) {
      if (arguments->files.empty()) {
        verify_database(context, components, *arguments);
        return;
      }
      auto files = verify_files(*arguments, components.audit_heads, &components.audit_keys);
      if (files.findings.empty()) files.findings.add(check_join(components, files));
      tell(context, files);
    });
  });
}

}  // namespace secureauth::cli
