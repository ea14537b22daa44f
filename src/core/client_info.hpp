#pragma once

#include <string>

namespace secureauth {

/// Where a request came from: shown in session lists and written to the audit log, proof of nothing.
struct ClientInfo {
  std::string ip;          ///< textual address, IPv4-mapped IPv6 written as IPv4
  std::string user_agent;  ///< as sent, at most 256 bytes of valid UTF-8 without controls
  std::string request_id;
};

}  // namespace secureauth
