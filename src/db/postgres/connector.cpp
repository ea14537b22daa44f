#include "db/postgres/connector.hpp"

#include "db/database.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace secureauth::db::postgres {
namespace {

using net::ip::tcp;
using std::chrono::milliseconds;

/// Limits of a session, as the server's command-line options (https://www.postgresql.org/docs/15/config-setting.html).
std::string session_options(milliseconds statement_timeout) {
  const auto option = [](const char* name, const std::string& value) {
    return std::string(" -c ") + name + '=' + value;
  };
  const auto ms = [](milliseconds time) { return std::to_string(time.count()); };
  // A wait for a lock ends first, so that the error says what it was. A transaction waits for nothing but the store.
  return option("statement_timeout", ms(statement_timeout)) + option("lock_timeout", ms(statement_timeout * 4 / 5)) +
         option("idle_in_transaction_session_timeout", ms(std::max(2 * statement_timeout, milliseconds(10000)))) +
         option("TimeZone", "UTC") + option("DateStyle", "ISO") + option("bytea_output", "hex") +
         option("default_transaction_isolation", "read\\ committed");
}

/// A name lookup that can be left behind: the system's resolver knows no deadline.
struct Lookup {
  explicit Lookup(const net::any_io_executor& executor) : resolver(executor), done(executor) {}
  tcp::resolver resolver;
  net::steady_timer done;
  std::vector<std::string> addresses;
  std::string trouble = "its name was not resolved in time";
};

void start(const std::shared_ptr<Lookup>& lookup, const std::string& name) {
  lookup->resolver.async_resolve(name, "", tcp::resolver::flags(),
                                 [lookup](const boost::system::error_code& ec, const auto& results) {
                                   lookup->trouble = ec.message();
                                   for (const auto& entry : results)
                                     lookup->addresses.push_back(entry.endpoint().address().to_string());
                                   lookup->done.cancel();
                                 });
}

}  // namespace

Connector::Connector(ConnectionString where, Options options) : where_(std::move(where)), options_(options) {
  // A driver of the URL's own may ask for more; what it says last is in force.
  session_ = {{"options", session_options(options.statement_timeout) + ' ' + where_.value("options")},
              {"client_encoding", "UTF8"},
              {"fallback_application_name", "secureauth"}};
  if (where_.value("gssencmode").empty()) session_.emplace_back("gssencmode", "disable");  // it would block
}

net::awaitable<std::shared_ptr<Wire>> Connector::connect(net::any_io_executor executor, OnAttempt on_attempt) {
  const auto& hosts = where_.hosts();
  const auto first = preferred_.load(std::memory_order_relaxed);
  std::string trouble;
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    const auto at = (first + i) % hosts.size();
    try {
      const auto addresses = co_await addresses_of(executor, hosts[at]);
      for (const auto& address : addresses) {
        auto wire = std::make_shared<Wire>(executor);
        on_attempt(wire);
        try {
          auto keywords = keywords_for(hosts[at], address);
          co_await wire->connect(std::move(keywords), std::chrono::steady_clock::now() + options_.timeout);
          preferred_.store(at, std::memory_order_relaxed);
          co_return wire;
        } catch (const WireLost& lost) {
          trouble += (trouble.empty() ? "" : "; ") + hosts[at].name + ": " + lost.what();
        }
      }
    } catch (const WireLost& lost) {
      trouble += (trouble.empty() ? "" : "; ") + hosts[at].name + ": " + lost.what();
    }
  }
  throw DatabaseError("PostgreSQL cannot be reached (" + trouble + ")");
}

net::awaitable<std::vector<std::string>> Connector::addresses_of(net::any_io_executor executor, Host host) const {
  if (host.is_socket()) co_return std::vector<std::string>{""};
  if (!host.address.empty()) co_return std::vector<std::string>{host.address};
  const auto lookup = std::make_shared<Lookup>(executor);
  lookup->done.expires_after(options_.timeout);
  start(lookup, host.name);
  co_await lookup->done.async_wait(net::as_tuple(net::use_awaitable));
  if (lookup->addresses.empty()) throw WireLost(lookup->trouble, false);
  co_return lookup->addresses;
}

Keywords Connector::keywords_for(const Host& host, const std::string& address) const {
  auto keywords = where_.common();
  std::erase_if(keywords,
                [](const auto& entry) { return entry.first == "options" || entry.first == "client_encoding"; });
  keywords.insert(keywords.end(), session_.begin(), session_.end());
  keywords.emplace_back("host", host.name);  // what a certificate must name
  if (!address.empty()) keywords.emplace_back("hostaddr", address);
  if (!host.port.empty()) keywords.emplace_back("port", host.port);
  return keywords;
}

}  // namespace secureauth::db::postgres
