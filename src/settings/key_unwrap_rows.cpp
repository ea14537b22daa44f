#include "settings/key_unwrap_rows.hpp"

#include "core/ascii.hpp"
#include "core/loopback.hpp"
#include "settings/setting_kinds.hpp"

#include <boost/url/parse.hpp>

namespace secureauth::settings {
namespace {

/// The token and, in the answer, keys go there: TLS, but for this machine itself.
std::string read_unwrap_url(const std::string& text) {
  const auto url = boost::urls::parse_uri(text);
  const auto scheme = url ? ascii::lower(url->scheme()) : "";
  const bool safe = scheme == "https" || (scheme == "http" && is_loopback(url->host_address()));
  if (!safe || url->host().empty() || url->has_userinfo() || url->has_fragment() || url->path().size() < 2) {
    throw BadValue("must be an https URL with the path of a decryption, without user and fragment");
  }
  return scheme + text.substr(scheme.size());
}

std::string read_command(const std::string& text) {
  if (!text.starts_with('/')) throw BadValue("must begin with the absolute path of a program");
  return read_line(text);
}

}  // namespace

std::vector<SettingRow> key_unwrap_rows() {
  std::vector<SettingRow> rows{
      {{"KEY_UNWRAP_URL", "",
        "Key management that unwraps settings of vault:v1:… or wrapped:…, as Vault's transit decrypts; "
        "not in .env, as all KEY_UNWRAP_…; docs/keys-kms.md"},
       [](Config& c, const std::string& text) { c.key_unwrap.transit.url = read_unwrap_url(text); }},
      {{"KEY_UNWRAP_TOKEN", "", "Token that it asks for, sent as X-Vault-Token", true, true, true},
       [](Config& c, const std::string& text) { c.key_unwrap.transit.token = crypto::SecretBytes(read_line(text)); }},
      {{"KEY_UNWRAP_CA_FILE", "", "Certificates that its own is checked with, a PEM file; default those of the system"},
       [](Config& c, const std::string& text) { c.key_unwrap.transit.ca_file = text; }},
      {{"KEY_UNWRAP_COMMAND", "",
        "Program that unwraps instead: absolute path and arguments; ciphertext on its input, plaintext on its output"},
       [](Config& c, const std::string& text) { c.key_unwrap.command = read_command(text); }},
      {{"KEY_UNWRAP_TIMEOUT_SECONDS", "30", "Time for all that a start has to unwrap, tries again included"},
       [](Config& c, const std::string& text) {
         c.key_unwrap.timeout = std::chrono::seconds(read_number(text, 1, 600));
       }},
  };
  for (auto& row : rows) row.environment_only = true;
  return rows;
}

std::vector<std::pair<std::string, std::string>> key_unwrap_mistakes(const KeyUnwrapSettings& settings) {
  const auto& [url, token, ca_file] = settings.transit;
  std::vector<std::pair<std::string, std::string>> mistakes;
  if (!url.empty() && !settings.command.empty()) {
    mistakes.emplace_back("KEY_UNWRAP_COMMAND", "must not be set together with KEY_UNWRAP_URL");
  }
  if (url.empty() && !token.empty()) mistakes.emplace_back("KEY_UNWRAP_TOKEN", "needs KEY_UNWRAP_URL");
  if (url.empty() && !ca_file.empty()) mistakes.emplace_back("KEY_UNWRAP_CA_FILE", "needs KEY_UNWRAP_URL");
  return mistakes;
}

}  // namespace secureauth::settings
