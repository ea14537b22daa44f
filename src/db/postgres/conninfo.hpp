#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace secureauth::db::postgres {

/// One server that a connection string names.
struct Host {
  std::string name;     ///< a DNS name, an address, or the folder of a Unix socket
  std::string address;  ///< `hostaddr`: empty where the name is to be resolved
  std::string port;     ///< empty: libpq's default

  [[nodiscard]] bool is_socket() const;
};

/// libpq's keywords and their values.
using Keywords = std::vector<std::pair<std::string, std::string>>;

/// Forgets every PG… variable of the environment. libpq fills in from them what a connection string leaves out, or what
/// it was not to have (PGHOSTADDR, PGSERVICE): the settings alone say where the record is. Call before threads start.
void forget_environment();

/// A connection string, taken apart by libpq itself, so that everything it knows (several hosts, TLS files, Unix
/// sockets) means here what its manual says. Source: https://www.postgresql.org/docs/15/libpq-connect.html.
class ConnectionString {
 public:
  /// `postgresql://` or `postgres://`; a driver behind a plus (`postgresql+asyncpg://`) is not minded. Throws
  /// std::invalid_argument, whose text completes "DATABASE_URL …" and never holds a part that may be secret.
  explicit ConnectionString(std::string_view url);

  [[nodiscard]] const std::vector<Host>& hosts() const { return hosts_; }
  /// What it says of a keyword other than those of the hosts; empty where it is silent.
  [[nodiscard]] std::string value(const std::string& keyword) const;
  /// Every keyword but those of the hosts.
  [[nodiscard]] Keywords common() const { return {values_.begin(), values_.end()}; }
  /// Every keyword, several hosts in one list: for a connection that libpq opens by itself.
  [[nodiscard]] Keywords all() const;

  /// Whether a host is beyond this machine: neither a Unix socket nor a loopback address.
  [[nodiscard]] bool leaves_machine() const;

 private:
  void split_hosts(const std::string& names, const std::string& addresses, const std::string& ports);

  std::map<std::string, std::string> values_;
  std::vector<Host> hosts_;
};

}  // namespace secureauth::db::postgres
