#include "settings/push_settings.hpp"

#include "audit/export/event_class.hpp"
#include "audit/push/signed_headers.hpp"
#include "core/ascii.hpp"
#include "core/loopback.hpp"
#include "settings/setting_kinds.hpp"

#include <boost/url/parse.hpp>

#include <algorithm>

namespace secureauth::settings {
namespace {

using audit::WebhookSettings;

constexpr const char* kSecretForm =
    "must be whsec_ and base64 of 24 to 64 bytes; make one with "
    "`printf 'whsec_%s\\n' \"$(openssl rand -base64 32)\"`";

std::string bare_host(const boost::urls::url_view& url) {
  std::string host(url.encoded_host());
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return host;
}

std::string host_of(const std::string& url) {
  const auto parsed = boost::urls::parse_uri(url);
  return parsed ? bare_host(*parsed) : "";
}

/// An address to post to: whatever stands in it is sent there, so a password in it would be, too.
std::string read_post_url(std::string_view text) {
  const auto url = boost::urls::parse_uri(text);
  const auto scheme = url ? ascii::lower(url->scheme()) : "";
  const bool good = url && (scheme == "https" || scheme == "http") && !url->host().empty() && !url->has_userinfo() &&
                    !url->has_fragment();
  if (!good) throw BadValue("must be an https URL without user and fragment");
  return scheme + std::string(text.substr(scheme.size()));
}

void apply_syslog_url(Config& c, const std::string& text) {
  const auto url = boost::urls::parse_uri(text);
  const auto scheme = url ? ascii::lower(url->scheme()) : "";
  const bool good = url && (scheme == "tls" || scheme == "tcp") && !url->host().empty() && url->has_port() &&
                    url->port_number() != 0 && !url->has_userinfo() && url->path().empty() && !url->has_query() &&
                    !url->has_fragment();
  if (!good) throw BadValue("must be tls://HOST:PORT or tcp://HOST:PORT");
  c.push.syslog.tls = scheme == "tls";
  c.push.syslog.host = bare_host(*url);
  c.push.syslog.port = url->port_number();
}

WebhookSettings read_webhook(std::string_view text) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos) throw BadValue("must list NAME=URL EVENT…, separated by semicolons");
  WebhookSettings hook{
      .name = std::string(ascii::trimmed(text.substr(0, equals))), .url = "", .events = {}, .secrets = {}};
  const bool named = !hook.name.empty() && hook.name.size() <= 32 && std::ranges::all_of(hook.name, [](char c) {
    return (c >= 'a' && c <= 'z') || ascii::is_digit(c) || c == '-' || c == '_';
  });
  if (!named) throw BadValue("must name webhooks by up to 32 of a-z, 0-9, - and _");
  std::vector<std::string> words;
  std::string_view rest = ascii::trimmed(text.substr(equals + 1));
  while (!rest.empty()) {
    const auto end = std::min(rest.find_first_of(" \t"), rest.size());
    words.emplace_back(rest.substr(0, end));
    rest = ascii::trimmed(rest.substr(end));
  }
  if (words.size() < 2) throw BadValue("must say of " + hook.name + " a URL and which events, such as user.* or *");
  hook.url = read_post_url(words.front());
  hook.events.assign(words.begin() + 1, words.end());
  for (const auto& pattern : hook.events) {
    if (!audit::names_any_event(pattern))
      throw BadValue("names '" + pattern + "', which is no event; see docs/audit.md");
  }
  return hook;
}

/// Calls `take` with each part between separators, blanks trimmed, empty ones left out.
template <class Take>
void each_part(std::string_view text, std::string_view separators, Take take) {
  while (!text.empty()) {
    const auto end = std::min(text.find_first_of(separators), text.size());
    if (const auto part = ascii::trimmed(text.substr(0, end)); !part.empty()) take(part);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

void apply_webhooks(Config& c, const std::string& text) {
  c.push.webhooks.clear();
  each_part(text, ";\n", [&c](std::string_view part) {
    auto hook = read_webhook(part);
    const bool twice = std::ranges::any_of(c.push.webhooks, [&](const auto& other) { return other.name == hook.name; });
    if (twice) throw BadValue("names " + hook.name + " twice");
    c.push.webhooks.push_back(std::move(hook));
  });
}

void apply_webhook_secrets(Config& c, const std::string& text) {
  each_part(text, ",;\n", [&c](std::string_view part) {
    const auto equals = part.find('=');
    const auto name = ascii::trimmed(part.substr(0, equals));
    const auto hook = std::ranges::find(c.push.webhooks, name, &WebhookSettings::name);
    if (equals == std::string_view::npos || hook == c.push.webhooks.end()) {
      throw BadValue("must list NAME=SECRET for names of WEBHOOKS");  // not which: it may be a secret
    }
    auto secret = audit::webhook_secret(ascii::trimmed(part.substr(equals + 1)));
    if (!secret) throw BadValue(kSecretForm);
    hook->secrets.push_back(std::move(*secret));
  });
}

void apply_siem_secret(Config& c, const std::string& text) {
  each_part(text, ",", [&c](std::string_view part) {
    auto secret = audit::webhook_secret(part);
    if (!secret) throw BadValue(kSecretForm);
    c.push.collector.secrets.push_back(std::move(*secret));
  });
}

/// Some put a token into the query.
std::string without_query(std::string_view text) {
  std::string shown;
  while (!text.empty()) {
    const auto query = text.find('?');
    shown += text.substr(0, query);
    if (query == std::string_view::npos) break;
    shown += "?********";
    text.remove_prefix(std::min(text.find_first_of(" \t;\n", query), text.size()));
  }
  return shown;
}

std::vector<SettingRow> syslog_rows() {
  return {
      {{"AUDIT_SYSLOG_URL", "", "Receiver of audit events by syslog: tls://HOST:PORT or tcp://HOST:PORT"},
       &apply_syslog_url},
      {{"AUDIT_SYSLOG_FORMAT", "syslog",
        "What it gets: syslog (RFC 5424 with structured data) or cef (CEF in RFC 5424)"},
       [](Config& c, const std::string& text) {
         if (text != "syslog" && text != "cef") throw BadValue("must be one of syslog, cef");
         c.push.syslog.format = *audit::format_from(text);
       }},
      {{"AUDIT_SYSLOG_CA_FILE", "",
        "Certificates that its own is checked with, a PEM file; default those of the system"},
       [](Config& c, const std::string& text) { c.push.syslog.ca_file = text; }},
      {{"AUDIT_SYSLOG_CERT_FILE", "", "Certificate that the service shows it, a PEM file; with AUDIT_SYSLOG_KEY_FILE"},
       [](Config& c, const std::string& text) { c.push.syslog.certificate_file = text; }},
      {{"AUDIT_SYSLOG_KEY_FILE", "", "That certificate's key, a PEM file"},
       [](Config& c, const std::string& text) { c.push.syslog.key_file = text; }},
  };
}

std::vector<SettingRow> hook_rows() {
  return {
      {{"AUDIT_SIEM_URL", "", "Collector that all audit events are posted to, many lines of JSON a request"},
       [](Config& c, const std::string& text) { c.push.collector.url = read_post_url(text); },
       &without_query},
      {{"AUDIT_SIEM_SECRET", "", "Secret that these requests are signed with: whsec_BASE64; two while it is replaced",
        true, true, true},
       &apply_siem_secret},
      {{"AUDIT_SIEM_FORMAT", "jsonl", "What it gets: jsonl (own names), ecs or ocsf"},
       [](Config& c, const std::string& text) {
         if (text != "jsonl" && text != "ecs" && text != "ocsf") throw BadValue("must be one of jsonl, ecs, ocsf");
         c.push.collector.format = *audit::format_from(text);
       }},
      {{"WEBHOOKS", "", "Services told of events, as NAME=URL EVENT…, separated by semicolons; events such as user.*"},
       &apply_webhooks,
       &without_query},
      {{"WEBHOOK_SECRETS", "", "Secrets that their requests are signed with: NAME=whsec_BASE64, comma-separated", true,
        true, true},
       &apply_webhook_secrets},
      {{"WEBHOOK_CA_FILE", "",
        "Certificates that those of collector and webhooks are checked with, a PEM file; default those of the system"},
       [](Config& c, const std::string& text) { c.push.webhook_ca_file = text; }},
  };
}

std::vector<SettingRow> common_rows() {
  return {
      {{"AUDIT_PUSH_FROM", "newest", "Where a new receiver begins: newest, or start for the whole log"},
       [](Config& c, const std::string& text) {
         if (text != "newest" && text != "start") throw BadValue("must be one of newest, start");
         c.push.from_start = text == "start";
       }},
      {{"AUDIT_PUSH_TIMEOUT_SECONDS", "10", "Time for one request to a receiver, or one connection, with all it takes"},
       [](Config& c, const std::string& text) { c.push.timeout = std::chrono::seconds(read_number(text, 1, 300)); }},
      {{"AUDIT_PUSH_RETRY_SECONDS", "1",
        "Pause after a failed delivery; doubles with each further one, up to a minute"},
       [](Config& c, const std::string& text) { c.push.first_retry = std::chrono::seconds(read_number(text, 1, 60)); }},
  };
}

using Mistakes = std::vector<std::pair<std::string, std::string>>;

void find_plaintext(const Config& config, Mistakes& mistakes) {
  if (config.environment != Environment::production || config.allow_plaintext_backends) return;
  constexpr const char* kWhy = "must be https for a host beyond this machine, or set ALLOW_PLAINTEXT_BACKENDS=true";
  const auto plain = [](const std::string& url) { return url.starts_with("http:") && !is_loopback(host_of(url)); };
  const auto& [syslog, collector, webhooks, ca_file, timeout, retry, from_start] = config.push;
  if (!syslog.host.empty() && !syslog.tls && !is_loopback(syslog.host)) {
    mistakes.emplace_back("AUDIT_SYSLOG_URL",
                          "must be tls for a host beyond this machine, or set ALLOW_PLAINTEXT_BACKENDS=true");
  }
  if (plain(collector.url)) mistakes.emplace_back("AUDIT_SIEM_URL", kWhy);
  if (std::ranges::any_of(webhooks, plain, &WebhookSettings::url)) mistakes.emplace_back("WEBHOOKS", kWhy);
}

}  // namespace

std::vector<SettingRow> push_rows() {
  std::vector<SettingRow> rows;
  for (auto* part : {&syslog_rows, &hook_rows, &common_rows}) {
    for (auto& row : part()) rows.push_back(std::move(row));
  }
  return rows;
}

Mistakes push_mistakes(const Config& config) {
  Mistakes mistakes;
  const auto& syslog = config.push.syslog;
  if (syslog.certificate_file.empty() != syslog.key_file.empty()) {
    mistakes.emplace_back("AUDIT_SYSLOG_CERT_FILE", "and AUDIT_SYSLOG_KEY_FILE need each other");
  }
  if (!syslog.tls && (!syslog.ca_file.empty() || !syslog.certificate_file.empty())) {
    mistakes.emplace_back("AUDIT_SYSLOG_URL", "must be tls:// where certificates are named");
  }
  if (!config.push.collector.url.empty() && config.push.collector.secrets.empty()) {
    mistakes.emplace_back("AUDIT_SIEM_SECRET", "is required with AUDIT_SIEM_URL");
  }
  for (const auto& hook : config.push.webhooks) {
    if (hook.secrets.empty()) mistakes.emplace_back("WEBHOOK_SECRETS", "must have one for each of WEBHOOKS");
  }
  find_plaintext(config, mistakes);
  return mistakes;
}

}  // namespace secureauth::settings
