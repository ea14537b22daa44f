#pragma once

#include "ephemeral/redis/url.hpp"

#include <chrono>
#include <string>

namespace secureauth::ephemeral::redis {

struct ClientOptions {
  Url url;
  std::chrono::milliseconds command_timeout{250};   ///< from asking to the answer; then the connection counts as dead
  std::chrono::milliseconds connect_timeout{1000};  ///< name look-up, TCP, TLS and HELLO together
  bool allow_plaintext = false;  ///< to nodes beyond this machine that a cluster on this machine names
  std::string ca_file;           ///< PEM; empty: the system's store
};

}  // namespace secureauth::ephemeral::redis
