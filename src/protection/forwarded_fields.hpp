#pragma once

#include <boost/asio/ip/address.hpp>

#include <optional>
#include <string_view>

namespace secureauth::protection {

/// Which header says where a request comes from. Exactly one is believed: a proxy writes one and lets a client's own
/// version of the other through.
enum class ForwardedHeader { x_forwarded_for, forwarded };

/// The header's name, in lower case.
[[nodiscard]] std::string_view field_name(ForwardedHeader header);

/// Takes the last entry off a field's value and returns the address in it: the nearest proxy wrote that one, and what
/// stands left of it, however broken, changes nothing about it. None for an entry without a readable address: nonsense,
/// or a name that hides one (RFC 7239 §6.2, §6.3). For X-Forwarded-For an entry is a bare address; for Forwarded (RFC
/// 7239 §4) it has one `for=`, IPv6 in brackets and quotes, with or without a port.
[[nodiscard]] std::optional<boost::asio::ip::address> take_last(ForwardedHeader header, std::string_view& value);

}  // namespace secureauth::protection
