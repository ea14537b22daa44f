#include "cli/webauthn_metadata.hpp"

#include "cli/download.hpp"
#include "cli/settings.hpp"
#include "core/temporary_output.hpp"
#include "crypto/digest.hpp"
#include "mfa/webauthn/metadata_file.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

namespace secureauth::cli {
namespace {

namespace json = boost::json;

struct Files {
  std::filesystem::path blob;
  std::vector<webauthn::Certificate> roots;
};

std::optional<Files> named_files(CommandContext& context) {
  const auto config = settings_as_they_are(context);
  if (!config) return std::nullopt;
  if (config->webauthn_mds_file.empty()) throw std::runtime_error("WEBAUTHN_MDS_FILE names no file");
  return Files{.blob = config->webauthn_mds_file, .roots = webauthn::read_roots_file(config->webauthn_mds_root_file)};
}

std::string day(std::chrono::sys_days date) {
  return to_rfc3339(date).substr(0, std::string_view("2026-12-01").size());
}

std::string summary(const webauthn::Metadata& metadata) {
  return "number " + std::to_string(metadata.number()) + ", next update " + day(metadata.next_update()) + ", " +
         std::to_string(metadata.entries()) + " entries, " + std::to_string(metadata.faulty()) + " with a fault";
}

json::object description(const webauthn::Metadata& metadata) {
  return {{"number", metadata.number()},
          {"next_update", day(metadata.next_update())},
          {"entries", metadata.entries()},
          {"faulty", metadata.faulty()}};
}

void show(CommandContext& context) {
  const auto files = named_files(context);
  if (!files) return;
  const auto blob = webauthn::MetadataBlob::parse(webauthn::read_metadata_file(files->blob));
  if (!blob) throw std::runtime_error(files->blob.string() + ": it is no metadata BLOB: " + blob.error());
  const auto metadata = webauthn::Metadata::read(blob->payload());
  if (!metadata) throw std::runtime_error(files->blob.string() + ": " + metadata.error());

  const auto now = SystemClock().now();
  const auto fault = blob->signature_fault(files->roots, now);
  const bool is_outdated = metadata->is_outdated(now);
  auto object = description(*metadata);
  object["outdated"] = is_outdated;
  object["signature_valid"] = !fault;
  if (fault) object["fault"] = *fault;
  say(context,
      summary(*metadata) + (is_outdated ? ", outdated" : "") + "; signature " +
          (fault ? "refused: " + *fault : "valid"),
      object);
  if (fault) context.exit_code = kRefused;
}

/// The number of the file that is there, whoever signed it; -1: there is none that can be read.
std::int64_t number_of(const std::filesystem::path& file) {
  try {
    const auto blob = webauthn::MetadataBlob::parse(webauthn::read_metadata_file(file));
    if (!blob) return -1;
    const auto metadata = webauthn::Metadata::read(blob->payload());
    return metadata ? metadata->number() : -1;
  } catch (const std::runtime_error&) {  // an update mends it
    return -1;
  }
}

void update(CommandContext& context, const std::string& source) {
  const auto files = named_files(context);
  if (!files) return;
  const auto blob =
      is_url(source) ? download(source, webauthn::kMostMetadataBytes) : webauthn::read_metadata_file(source);
  const auto metadata = webauthn::believed_metadata(blob, files->roots, SystemClock().now()).metadata;
  if (const auto former = number_of(files->blob); metadata.number() < former) {
    throw std::runtime_error("number " + std::to_string(metadata.number()) + " is older than " +
                             std::to_string(former) + ", which " + files->blob.string() + " has");
  }
  TemporaryOutput output(files->blob);
  output.write_at(0, crypto::as_bytes(blob));
  output.keep();
  auto object = description(metadata);
  object["file"] = files->blob.string();
  say(context, files->blob.string() + ": " + summary(metadata), object);
}

}  // namespace

void add_webauthn_metadata(CLI::App& webauthn, CommandContext& context) {
  auto* metadata = webauthn.add_subcommand("metadata", "Look after the FIDO Alliance's list of authenticators");
  metadata->require_subcommand(1);

  auto* show_command = metadata->add_subcommand("show", "Say what WEBAUTHN_MDS_FILE holds and who signed it");
  show_command->footer("Exits with 1 when the signature is not to be believed.");
  show_command->callback([&context] { run_command(context, [&] { show(context); }); });

  const auto source = std::make_shared<std::string>();
  auto* update_command = metadata->add_subcommand("update", "Put a newer list in place of WEBAUTHN_MDS_FILE");
  update_command->add_option("SOURCE", *source, "A file, or a https URL")->required();
  update_command->footer(
      "Nothing is replaced unless the list is signed by whom WEBAUTHN_MDS_ROOT_FILE vouches for and its number is not\n"
      "lower. The service takes it over within minutes.\n"
      "Example, once a month: secureauth webauthn metadata update https://mds3.fidoalliance.org/");
  update_command->callback([&context, source] { run_command(context, [&] { update(context, *source); }); });
}

}  // namespace secureauth::cli
