#include "cli/webauthn.hpp"

#include "cli/recorded_ceremony.hpp"
#include "cli/webauthn_metadata.hpp"

#include <boost/json/serialize.hpp>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>

namespace secureauth::cli {
namespace {

/// A ceremony is below 64 KiB, the largest body of a finish; the rest is for trust roots.
constexpr std::size_t kMostBytes = 1024UL * 1024;

std::string read_recording(const std::string& name) {
  std::ifstream file;
  if (name != "-") {
    file.open(name, std::ios::binary);
    if (!file || std::filesystem::is_directory(name)) throw UnreadableRecording("it cannot be opened");
  }
  auto& input = name == "-" ? std::cin : static_cast<std::istream&>(file);
  std::string text(kMostBytes + 1, '\0');
  input.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (input.bad()) throw UnreadableRecording("it cannot be read to its end");
  text.resize(static_cast<std::size_t>(input.gcount()));
  if (text.size() > kMostBytes) throw UnreadableRecording("it is larger than 1 MiB");
  return text;
}

void verify(CommandContext& context, const std::string& file) {
  try {
    const auto verdict = judge_recording(read_recording(file), SystemClock().now());
    std::cout << boost::json::serialize(verdict.report) << std::endl;
    if (!verdict.valid) context.exit_code = kRefused;
  } catch (const UnreadableRecording& fault) {
    complain((file == "-" ? "standard input" : file) + ": " + fault.what());
    context.exit_code = kUsage;
  }
}

}  // namespace

void add_webauthn(CLI::App& root, CommandContext& context) {
  auto* webauthn = root.add_subcommand("webauthn", "Find out why a passkey was refused; look after metadata");
  webauthn->require_subcommand(1);

  const auto file = std::make_shared<std::string>();
  auto* verify_command = webauthn->add_subcommand(
      "verify", "Judge one recorded ceremony and name the step of the specification at which it fails");
  verify_command->add_option("FILE", *file, "The recording, a JSON object; - for standard input")->required();
  verify_command->footer(
      "The recording: kind (registration or authentication), rp_id, challenge, client_data_json and\n"
      "  registration: attestation_object\n"
      "  authentication: credential_id, authenticator_data, signature, credential_public_key (COSE) and, as far as "
      "they\n"
      "  are known, stored_sign_count, stored_backup_eligible, stored_user_handle, user_handle, "
      "allowed_credential_ids\n"
      "or, for what the browser sent, the standard's own JSON under credential. Bytes are base64url without padding.\n"
      "Its policy, an object, may hold origins (https://RP_ID where it does not), cross_origin (false), top_origins,\n"
      "user_verification (preferred, required, discouraged), attestation (none, indirect, direct, enterprise),\n"
      "trust_roots_der, time (now; judges certificates), device_bound_only (false), sign_count (refuse, audit).\n"
      "Neither settings nor the database are read. Exit codes: 0 valid, 1 refused, 2 the recording cannot be judged\n"
      "(or wrong usage, as of every command).\n"
      "Example: secureauth webauthn verify complaint.json");
  verify_command->callback([&context, file] { run_command(context, [&] { verify(context, *file); }); });
  add_webauthn_metadata(*webauthn, context);
}

}  // namespace secureauth::cli
