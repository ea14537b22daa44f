#pragma once

#include "core/net.hpp"

#include <boost/asio/ip/address.hpp>

#include <cstddef>
#include <optional>
#include <string_view>

namespace secureauth::http {

/// What a proxy says about a connection ahead of its first request: the PROXY protocol, versions 1 (a line) and 2
/// (binary). Source: HAProxy's proxy-protocol.txt, §2.1 and §2.2.
struct ProxyHeader {
  enum class Verdict { incomplete, complete, malformed };
  Verdict verdict = Verdict::incomplete;
  std::size_t size = 0;                    ///< bytes that are the header's; after `complete`
  std::optional<net::ip::address> client;  ///< none: the proxy speaks for itself (LOCAL, UNKNOWN, a UNIX socket)
};

inline constexpr std::size_t kMostProxyHeader = 4096;  ///< bytes; version 2 could say 64 KiB of extensions

/// Reads the header that `bytes`, all that has come so far, begin with. Says `malformed` as soon as no more bytes can
/// mend it. Extensions (TLVs) are skipped, but must fill the header exactly; a checksum among them is checked.
[[nodiscard]] ProxyHeader read_proxy_header(std::string_view bytes);

}  // namespace secureauth::http
