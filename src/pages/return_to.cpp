#include "pages/return_to.hpp"

#include <boost/url.hpp>

#include <algorithm>
#include <utility>

namespace secureauth::pages {
namespace {

namespace urls = boost::urls;

constexpr std::size_t kMostBytes = 2048;

Error refusal() {
  return {ErrorCode::invalid_request, "This is no address to return to."};
}

/// As `Origin` fields write it. The parser has refused whatever is not ASCII.
std::string origin_of(const urls::url_view& url) {
  urls::url origin;
  origin.set_scheme(url.scheme()).set_encoded_host(url.encoded_host());
  const bool usual = url.port_number() == (url.scheme_id() == urls::scheme::https ? 443 : 80);
  if (url.has_port() && !url.port().empty() && !usual) origin.set_port_number(url.port_number());
  origin.normalize_scheme().normalize_authority();
  return std::string(origin.buffer());
}

std::string rest_of(const urls::url_view& url) {
  std::string rest(url.encoded_path());
  if (rest.empty()) rest = "/";
  if (url.has_query()) rest += '?' + std::string(url.encoded_query());
  if (url.has_fragment()) rest += '#' + std::string(url.encoded_fragment());
  return rest;
}

}  // namespace

ReturnTo::ReturnTo(std::string own_origin, std::vector<std::string> listed_origins)
    : own_origin_(std::move(own_origin)), listed_origins_(std::move(listed_origins)) {}

Result<std::string> ReturnTo::check(std::string_view url) const {
  if (url.size() > kMostBytes) return refusal();
  const auto parsed = urls::parse_uri_reference(url);
  if (!parsed) return refusal();
  if (!parsed->has_scheme()) {
    // Browsers take `//host` for another site, and so does the parser.
    if (parsed->has_authority() || !url.starts_with('/')) return refusal();
    return own_origin_ + rest_of(*parsed);
  }
  const auto scheme = parsed->scheme_id();
  if (scheme != urls::scheme::https && scheme != urls::scheme::http) return refusal();
  if (!parsed->has_authority() || parsed->has_userinfo() || parsed->encoded_host().empty()) return refusal();
  const auto origin = origin_of(*parsed);
  const bool known = origin == own_origin_ || std::ranges::find(listed_origins_, origin) != listed_origins_.end();
  if (!known) return refusal();
  return origin + rest_of(*parsed);
}

}  // namespace secureauth::pages
