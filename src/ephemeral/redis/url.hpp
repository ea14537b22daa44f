#pragma once

#include "crypto/secret_bytes.hpp"

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace secureauth::ephemeral::redis {

/// Where a server listens: a name or address without brackets, and a port.
struct Endpoint {
  std::string host;
  std::uint16_t port = 0;

  auto operator<=>(const Endpoint&) const = default;
};

/// `host:port`, IPv6 in brackets.
[[nodiscard]] std::string to_text(const Endpoint& endpoint);

/// What a REDIS_URL says.
struct Url {
  enum class Topology { direct, sentinel };  ///< whether it is a cluster, the server says itself

  Topology topology = Topology::direct;
  bool tls = false;
  std::string username;  ///< empty: the default user
  crypto::SecretBytes password;
  int database = 0;
  std::vector<Endpoint> endpoints;  ///< the server, any nodes of a cluster, or the sentinels; never empty
  std::string master_name;          ///< sentinel only
  std::string sentinel_username;    ///< sentinel only; empty: the default user
  crypto::SecretBytes sentinel_password;
};

/// Reads
///   redis://[[user]:password@]host[:port][,host:port…][/database]        6379; rediss:// for TLS
///   redis+sentinel://[[user]:password@]host[:port][,…]/master[/database][?sentinel_username=…&sentinel_password=…]
///                                                                        26379; rediss+sentinel:// for TLS
/// with %XX in user, password, master and query values, and IPv6 addresses in brackets. `redis://password@host` is read
/// as user `password` without a password, which is an error here: a password follows a colon.
/// Throws std::invalid_argument with text that completes "REDIS_URL …" and never holds a part of the URL.
/// Source: https://www.iana.org/assignments/uri-schemes/prov/redis.
[[nodiscard]] Url parse_url(std::string_view text);

}  // namespace secureauth::ephemeral::redis
