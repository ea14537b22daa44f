#include "protection/forwarded_fields.hpp"

#include "core/ascii.hpp"

#include <algorithm>
#include <string>

namespace secureauth::protection {
namespace {

namespace ip = boost::asio::ip;

std::optional<ip::address> read_address(std::string_view text) {
  boost::system::error_code ec;
  const auto address = ip::make_address(std::string(text), ec);
  return ec ? std::nullopt : std::optional(address);
}

/// Takes off what stands behind the last `mark` that is not within quotes, counted from the right: only so does a
/// client's own unpaired quote, further left, not swallow what a proxy wrote.
std::string_view take_behind(std::string_view& text, char mark) {
  bool quoted = false;
  auto at = text.size();
  for (; at > 0; --at) {
    const char c = text[at - 1];
    if (c == '"') quoted = !quoted;
    if (c == mark && !quoted) break;
  }
  const auto last = text.substr(at);
  text = at == 0 ? std::string_view{} : text.substr(0, at - 1);
  return ascii::trimmed(last);
}

bool is_port(std::string_view text) {
  return !text.empty() && text.size() <= 5 && std::ranges::all_of(text, ascii::is_digit);
}

/// RFC 7239 §6: an address with or without a port. Other nodes, `unknown` and `_hidden`, are no addresses.
std::optional<ip::address> read_node(std::string_view node) {
  if (node.starts_with('[')) {
    const auto end = node.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    const auto port = node.substr(end + 1);
    const bool sound = port.empty() || (port.front() == ':' && is_port(port.substr(1)));
    if (!sound) return std::nullopt;
    const auto address = read_address(node.substr(1, end - 1));
    return address && address->is_v6() ? address : std::nullopt;
  }
  const auto colon = node.find(':');
  if (colon != std::string_view::npos && !is_port(node.substr(colon + 1))) return std::nullopt;
  const auto address = read_address(node.substr(0, colon));
  return address && address->is_v4() ? address : std::nullopt;
}

/// A token or a quoted string. No node needs a backslash, and one ends the reading.
std::optional<std::string_view> unquoted(std::string_view value) {
  const bool quoted = value.size() >= 2 && value.front() == '"' && value.back() == '"';
  const auto inner = quoted ? value.substr(1, value.size() - 2) : value;
  const auto unfit = quoted ? "\"\\" : "\"\\ \t[]:";  // §4: IPv6 and ports have to be quoted
  if (inner.empty() || inner.find_first_of(unfit) != std::string_view::npos) return std::nullopt;
  return inner;
}

std::optional<ip::address> read_element(std::string_view element) {
  std::optional<std::string_view> node;
  while (!element.empty()) {
    const auto pair = take_behind(element, ';');
    const auto equals = pair.find('=');
    if (!ascii::equal_ignoring_case(pair.substr(0, equals), "for")) continue;
    if (node || equals == std::string_view::npos) return std::nullopt;
    node = unquoted(pair.substr(equals + 1));
    if (!node) return std::nullopt;
  }
  return node ? read_node(*node) : std::nullopt;
}

}  // namespace

std::string_view field_name(ForwardedHeader header) {
  return header == ForwardedHeader::forwarded ? "forwarded" : "x-forwarded-for";
}

std::optional<ip::address> take_last(ForwardedHeader header, std::string_view& value) {
  if (header == ForwardedHeader::forwarded) return read_element(take_behind(value, ','));
  const auto comma = value.rfind(',');
  const auto last = ascii::trimmed(comma == std::string_view::npos ? value : value.substr(comma + 1));
  value = comma == std::string_view::npos ? std::string_view{} : value.substr(0, comma);
  return read_address(last);
}

}  // namespace secureauth::protection
