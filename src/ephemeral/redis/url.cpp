#include "ephemeral/redis/url.hpp"

#include <charconv>
#include <optional>
#include <stdexcept>

namespace secureauth::ephemeral::redis {
namespace {

constexpr std::uint16_t kServerPort = 6379;
constexpr std::uint16_t kSentinelPort = 26379;
constexpr int kHighestDatabase = 65535;

[[noreturn]] void refuse(const char* what) {
  throw std::invalid_argument(what);
}

/// What stands before `mark`, or nothing when it does not occur; `text` keeps what stands behind it.
std::optional<std::string_view> take_until(std::string_view& text, std::string_view mark) {
  const auto at = text.find(mark);
  if (at == std::string_view::npos) return std::nullopt;
  const auto before = text.substr(0, at);
  text.remove_prefix(at + mark.size());
  return before;
}

std::string percent_decoded(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    unsigned value = 0;
    const auto* digits = text.data() + i + 1;
    if (text.size() - i < 3) refuse("has a % without two hexadecimal digits");
    if (std::from_chars(digits, digits + 2, value, 16).ptr != digits + 2) {
      refuse("has a % without two hexadecimal digits");
    }
    decoded += static_cast<char>(value);
    i += 2;
  }
  return decoded;
}

int number(std::string_view text, int highest, const char* fault) {
  int value = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0 || value > highest) refuse(fault);
  return value;
}

bool is_host(std::string_view host, bool bracketed) {
  if (host.empty()) return false;
  for (const char c : host) {
    const bool name =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
    const bool address = bracketed && (c == ':' || c == '%');
    if (!name && !address) return false;
  }
  return true;
}

Endpoint endpoint(std::string_view text, std::uint16_t default_port) {
  std::string_view host = text;
  std::string_view port;
  const bool bracketed = text.starts_with('[');
  if (bracketed) {
    port = text.substr(1);
    const auto inside = take_until(port, "]");
    if (!inside) refuse("has a [ without its ]");
    host = *inside;
  } else {
    const auto colon = std::min(text.find(':'), text.size());
    host = text.substr(0, colon);
    port = text.substr(colon);
  }
  if (!is_host(host, bracketed)) refuse("names a host that is no name or address (IPv6 addresses stand in brackets)");
  if (port.empty()) return Endpoint{std::string(host), default_port};
  if (!port.starts_with(':')) refuse("has something between a host and its port");
  const int value = number(port.substr(1), 65535, "has a port that is not 1 to 65535");
  if (value == 0) refuse("has a port that is not 1 to 65535");
  return Endpoint{std::string(host), static_cast<std::uint16_t>(value)};
}

std::vector<Endpoint> endpoints(std::string_view text, std::uint16_t default_port) {
  std::vector<Endpoint> found;
  while (const auto one = take_until(text, ",")) found.push_back(endpoint(*one, default_port));
  found.push_back(endpoint(text, default_port));
  return found;
}

void read_scheme(Url& url, std::string_view& text) {
  const auto scheme = take_until(text, "://");
  if (!scheme) refuse("is no URL: it begins with redis:// or rediss://");
  url.tls = scheme->starts_with("rediss");
  const auto kind = scheme->substr(std::min(scheme->size(), std::size_t{url.tls ? 6U : 5U}));
  if (!scheme->starts_with("redis") || (!kind.empty() && kind != "+sentinel")) {
    refuse("has a scheme other than redis, rediss, redis+sentinel and rediss+sentinel");
  }
  url.topology = kind.empty() ? Url::Topology::direct : Url::Topology::sentinel;
}

void read_credentials(Url& url, std::string_view& authority) {
  // The last @ ends the credentials: one in a password may stand there as itself.
  const auto at = authority.rfind('@');
  if (at == std::string_view::npos) return;
  auto password = authority.substr(0, at);
  authority.remove_prefix(at + 1);
  const auto user = take_until(password, ":");
  if (!user) refuse("has a user without a password: a password follows a colon, as in redis://:password@host");
  url.username = percent_decoded(*user);
  url.password = crypto::SecretBytes(percent_decoded(password));
  if (url.password.empty()) refuse("has an empty password");
}

void read_query(Url& url, std::string_view query) {
  while (!query.empty()) {
    auto value = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), value.size() + 1));
    const auto name = take_until(value, "=");
    if (name == "sentinel_username") {
      url.sentinel_username = percent_decoded(value);
    } else if (name == "sentinel_password") {
      url.sentinel_password = crypto::SecretBytes(percent_decoded(value));
    } else {
      refuse("has a parameter that is neither sentinel_username nor sentinel_password");
    }
  }
  if (!url.sentinel_username.empty() && url.sentinel_password.empty())
    refuse("has a sentinel_username without password");
}

void read_path(Url& url, std::string_view path) {
  if (url.topology == Url::Topology::sentinel) {
    const auto name = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(path.size(), name.size() + 1));
    url.master_name = percent_decoded(name);
    if (url.master_name.empty()) refuse("lacks the master's name: redis+sentinel://host:port/master");
  }
  if (!path.empty()) url.database = number(path, kHighestDatabase, "has a database that is no number");
}

}  // namespace

std::string to_text(const Endpoint& endpoint) {
  const bool bracketed = endpoint.host.find(':') != std::string::npos;
  return (bracketed ? "[" + endpoint.host + "]" : endpoint.host) + ":" + std::to_string(endpoint.port);
}

Url parse_url(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) <= ' ' || c == '\x7f') refuse("has a space or a control character");
  }
  Url url;
  read_scheme(url, text);
  // The query and the path begin behind the credentials, which may hold ? and / as they are.
  const auto credentials_end = text.rfind('@') == std::string_view::npos ? 0 : text.rfind('@');
  if (text.find('#', credentials_end) != std::string_view::npos) refuse("has a fragment (#)");
  const auto query = std::min(text.find('?', credentials_end), text.size());
  const auto path = std::min(text.find('/', credentials_end), query);
  auto authority = text.substr(0, path);
  read_credentials(url, authority);
  const bool sentinel = url.topology == Url::Topology::sentinel;
  url.endpoints = endpoints(authority, sentinel ? kSentinelPort : kServerPort);
  if (path < query) read_path(url, text.substr(path + 1, query - path - 1));
  if (sentinel && url.master_name.empty()) refuse("lacks the master's name: redis+sentinel://host:port/master");
  if (query < text.size()) {
    if (!sentinel) refuse("has parameters (?), which only redis+sentinel:// takes");
    read_query(url, text.substr(query + 1));
  }
  return url;
}

}  // namespace secureauth::ephemeral::redis
