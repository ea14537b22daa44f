#include "settings/setting_values.hpp"

#include "accounts/email_address.hpp"
#include "core/ascii.hpp"
#include "core/unicode.hpp"
#include "crypto/encoding.hpp"
#include "db/postgres/conninfo.hpp"
#include "ephemeral/redis/url.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <boost/url/parse.hpp>

#include <algorithm>
#include <charconv>
#include <set>

namespace secureauth::settings {
namespace {

namespace ip = boost::asio::ip;

constexpr std::size_t kKeyBytes = 32;
constexpr std::string_view kHidden = "********";

}  // namespace

std::uint64_t read_number(std::string_view text, std::uint64_t least, std::uint64_t most) {
  std::uint64_t value = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = ec == std::errc{} && end == text.data() + text.size();
  if (!whole || value < least || value > most) {
    throw BadValue("must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  }
  return value;
}

bool read_switch(std::string_view text) {
  const auto word = ascii::lower(text);
  if (word == "true" || word == "yes" || word == "1") return true;
  if (word == "false" || word == "no" || word == "0") return false;
  throw BadValue("must be true or false");
}

Origin read_origin(std::string_view text) {
  const auto url = boost::urls::parse_uri(text);
  const bool plain = url && (url->path().empty() || url->path() == "/") && !url->has_query() && !url->has_fragment() &&
                     !url->has_userinfo() && !url->host().empty() && (!url->has_port() || url->port_number() != 0);
  const auto scheme = url ? ascii::lower(url->scheme()) : "";
  if (!plain || (scheme != "http" && scheme != "https")) {
    throw BadValue("must be an origin such as https://auth.example.org, without path, query or user");
  }
  const std::uint16_t usual = scheme == "https" ? 443 : 80;
  Origin origin{.scheme = scheme,
                .host = ascii::lower(std::string_view(url->encoded_host())),
                .port = url->has_port() ? url->port_number() : usual,
                .text = ""};
  origin.text = scheme + "://" + origin.host;
  if (origin.port != usual) origin.text += ':' + std::to_string(origin.port);
  return origin;
}

std::string read_address(std::string_view text) {
  boost::system::error_code ec;
  const auto address = ip::make_address(std::string(text), ec);
  if (ec) throw BadValue("must be an IP address such as 127.0.0.1, 0.0.0.0 or ::");
  return address.to_string();
}

Endpoint read_endpoint(std::string_view text) {
  constexpr const char* kForm = "must be an IP address and a port such as 127.0.0.1:9464 or [::1]:9464";
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) throw BadValue(kForm);
  auto host = text.substr(0, colon);
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (bracketed != (host.find(':') != std::string_view::npos)) throw BadValue(kForm);
  try {
    return {.address = read_address(host),
            .port = static_cast<std::uint16_t>(read_number(text.substr(colon + 1), 1, 65535))};
  } catch (const BadValue&) {
    throw BadValue(kForm);
  }
}

std::vector<std::string> read_list(std::string_view text) {
  std::vector<std::string> items;
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    if (const auto item = ascii::trimmed(text.substr(0, comma)); !item.empty()) items.emplace_back(item);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return items;
}

std::string read_cidr(std::string_view text) {
  const std::string block(text);
  boost::system::error_code as_address;
  boost::system::error_code as_v4;
  boost::system::error_code as_v6;
  ip::make_address(block, as_address);
  ip::make_network_v4(block, as_v4);
  ip::make_network_v6(block, as_v6);
  if (as_address && as_v4 && as_v6)
    throw BadValue("must list addresses or CIDR blocks, but '" + block + "' is neither");
  return block;
}

std::string read_cookie_name(std::string_view text) {
  const bool token = !text.empty() && std::ranges::all_of(text, [](char c) {
    constexpr std::string_view kSigns = "!#$%&'*+-.^_`|~";
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kSigns.find(c) != std::string_view::npos;
  });
  if (!token) throw BadValue("must be a cookie name: letters, digits and -_ without spaces");
  return std::string(text);
}

crypto::SecretBytes read_key(std::string_view text) {
  auto accept = [](std::span<const std::byte> bytes) {
    if (std::set<std::byte>(bytes.begin(), bytes.end()).size() < 8) {
      throw BadValue("must be random: it has fewer than 8 different bytes");
    }
    return crypto::SecretBytes(bytes);
  };
  for (const auto& decoded : {crypto::hex_decode(text), crypto::base64url_decode(text), crypto::base64_decode(text)}) {
    if (decoded && decoded->size() == kKeyBytes) return accept(*decoded);
  }
  if (text.size() == kKeyBytes) return accept(std::as_bytes(std::span(text.data(), text.size())));
  throw BadValue("must be a key of 32 bytes: 32 characters, 64 hexadecimal digits, or base64");
}

std::filesystem::path read_sqlite_url(std::string_view text) {
  constexpr std::string_view kScheme = "sqlite:";
  if (!text.starts_with(kScheme) || text.size() == kScheme.size()) {
    throw BadValue("must be sqlite:PATH or postgresql://USER:PASSWORD@HOST:PORT/NAME");
  }
  const auto path = text.substr(kScheme.size());
  // A connection each would open a database of its own, and all of them end with the process.
  if (path == ":memory:") throw BadValue("must name a file: a record store in memory would keep nothing");
  return {path};
}

std::string read_postgres_url(std::string_view text) {
  try {
    const db::postgres::ConnectionString checked(text);
    return std::string(text);
  } catch (const std::invalid_argument& error) {
    throw BadValue(error.what());
  }
}

std::string read_redis_url(std::string_view text) {
  try {
    const auto checked = ephemeral::redis::parse_url(text);
    return std::string(text);
  } catch (const std::invalid_argument& error) {
    throw BadValue(error.what());
  }
}

std::string read_host(std::string_view text) {
  const bool host = !text.empty() && text.size() <= 253 && std::ranges::all_of(text, [](char c) {
    return ascii::is_alphanumeric(c) || c == '-' || c == '.' || c == ':';
  });
  boost::system::error_code ec;
  const bool colon = text.find(':') != std::string_view::npos;
  if (colon) ip::make_address_v6(std::string(text), ec);
  if (!host || ec) throw BadValue("must be a host name or an IP address, without a port");
  return std::string(text);
}

std::string read_email(std::string_view text) {
  const auto address = accounts::EmailAddress::parse(text);
  if (!address) throw BadValue("must be an e-mail address");
  return address->spelling();
}

std::string read_line(std::string_view text) {
  if (!unicode::all_visible(text, true)) throw BadValue("must be one line of visible characters");
  return std::string(text);
}

mail::SmtpTls read_smtp_tls(std::string_view text) {
  if (text == "starttls") return mail::SmtpTls::starttls;
  if (text == "tls") return mail::SmtpTls::tls;
  if (text == "none") return mail::SmtpTls::none;
  throw BadValue("must be one of starttls, tls, none");
}

std::string without_password(std::string_view url) {
  std::string shown(url);
  const auto hide = [&shown](std::size_t from, std::size_t to) { shown.replace(from, to - from, kHidden); };
  // From the back to the front: what is hidden changes the length. An '@' that is not encoded hides too much, never
  // too little.
  for (const std::string_view parameter : {"password=", "sslpassword=", "sentinel_password="}) {
    for (auto at = shown.rfind(parameter); at != std::string::npos && at > 0; at = shown.rfind(parameter, at - 1)) {
      const bool whole = shown[at - 1] == '?' || shown[at - 1] == '&';
      if (whole) hide(at + parameter.size(), std::min(shown.find('&', at), shown.size()));
    }
  }
  const auto scheme = shown.find("://");
  const auto host = shown.rfind('@');
  if (scheme == std::string::npos || host == std::string::npos) return shown;
  const auto colon = shown.find(':', scheme + 3);
  if (colon < host) hide(colon + 1, host);
  return shown;
}

}  // namespace secureauth::settings
