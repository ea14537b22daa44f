#pragma once

#include "settings/config.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace secureauth::process {

/// What a running service needs of the machine besides what it has open.
struct Reach {
  std::vector<std::filesystem::path> read;           ///< files, and folders with all below them
  std::vector<std::filesystem::path> write;          ///< folders
  std::optional<std::set<std::uint16_t>> tcp_ports;  ///< to connect to, wherever; nothing: no telling which
  bool abstract_sockets = false;                     ///< PostgreSQL has one: a Unix socket whose name is no file
  std::vector<std::string> gaps;                     ///< what an intruder could do by it; each one line
};

/// By the settings: the files and folders that they name, and the ports of the peers. A file's folder comes with it,
/// so that a mounted secret or certificate may be replaced; not where the folder is a shared one such as /etc. And what
/// libc, OpenSSL, libcurl and libpq read by themselves: resolver, authorities, time zone. Sentinels and the nodes of a
/// Redis cluster are told by Redis; without SANDBOX_CONNECT_PORTS no port is known for them.
/// Gaps: what decides about the next process (`dotenv`, which need not be there, settings' files, the program that
/// unwraps) lies where this one writes; a folder that it writes is shared with others.
[[nodiscard]] Reach reach_of(const settings::Config& config,
                             const std::filesystem::path& dotenv = settings::SettingsInput{}.dotenv_path);

}  // namespace secureauth::process
