#pragma once

#include "settings/config.hpp"

#include <cstdint>
#include <filesystem>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

/// Readers of single values. Each throws BadValue, whose text completes the sentence "NAME …".
namespace secureauth::settings {

class BadValue : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A value that could not be had now and may be later: its file is not there, whoever unwraps it is out of reach.
class Unobtainable : public BadValue {
 public:
  using BadValue::BadValue;
};

[[nodiscard]] std::uint64_t read_number(std::string_view text, std::uint64_t least,
                                        std::uint64_t most = std::numeric_limits<std::uint32_t>::max());
[[nodiscard]] bool read_switch(std::string_view text);    ///< true|false|yes|no|1|0
[[nodiscard]] Origin read_origin(std::string_view text);  ///< `http(s)://host[:port]`, nothing more
/// `127.0.0.1:9464` or `[::1]:9464`.
[[nodiscard]] Endpoint read_endpoint(std::string_view text);
[[nodiscard]] std::string read_address(std::string_view text);            ///< an IP address
[[nodiscard]] std::vector<std::string> read_list(std::string_view text);  ///< comma-separated, blanks trimmed
[[nodiscard]] std::string read_cidr(std::string_view text);
[[nodiscard]] std::string read_cookie_name(std::string_view text);  ///< an RFC 6265 token
[[nodiscard]] crypto::SecretBytes read_key(std::string_view text);  ///< 32 bytes: raw, 64 hex digits, or base64
[[nodiscard]] std::filesystem::path read_sqlite_url(std::string_view text);
[[nodiscard]] std::string read_postgres_url(std::string_view text);  ///< as it is, checked for form

[[nodiscard]] std::string read_host(std::string_view text);   ///< a host name or an IP address
[[nodiscard]] std::string read_email(std::string_view text);  ///< an address, its domain in ASCII form
[[nodiscard]] std::string read_line(std::string_view text);   ///< UTF-8 without controls, as it is
[[nodiscard]] mail::SmtpTls read_smtp_tls(std::string_view text);

/// A URL to be shown: its password, in front of the host or among the parameters, is `********`.
[[nodiscard]] std::string read_redis_url(std::string_view text);  ///< as it is, checked
[[nodiscard]] std::string without_password(std::string_view url);

}  // namespace secureauth::settings
