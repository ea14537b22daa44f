#pragma once

#include "app/config.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <vector>

namespace secureauth::app {

/// What a running service needs of the machine besides what it has open.
struct Reach {
  std::vector<std::filesystem::path> read;           ///< files, and folders with all below them
  std::vector<std::filesystem::path> write;          ///< folders
  std::optional<std::set<std::uint16_t>> tcp_ports;  ///< to connect to, wherever; nothing: no telling which
};

/// By the settings: the files and folders that they name, and the ports of the peers. A file's folder comes with it,
/// so that a mounted secret or certificate may be replaced; not where the folder is a shared one such as /etc. And what
/// libc, OpenSSL, libcurl and libpq read by themselves: resolver, authorities, time zone. Sentinels and the nodes of a
/// Redis cluster are told by Redis; without SANDBOX_PORTS no port is known for them.
[[nodiscard]] Reach reach_of(const Config& config);

}  // namespace secureauth::app
