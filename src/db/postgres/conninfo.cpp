#include "db/postgres/conninfo.hpp"

#include "core/loopback.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <libpq-fe.h>
#include <memory>
#include <stdexcept>
#include <system_error>
#include <unistd.h>

namespace secureauth::db::postgres {
namespace {

constexpr std::string_view kDefaultSocketFolder = "/var/run/postgresql";
constexpr std::string_view kForm = "must be sqlite:PATH or postgresql://USER:PASSWORD@HOST:PORT/NAME";

// libpq knows no drivers: `postgresql+asyncpg://` is what Python services call the same address.
std::string without_driver(std::string_view url) {
  const auto colon = url.find("://");
  if (colon == std::string_view::npos) throw std::invalid_argument(std::string(kForm));
  const auto scheme = url.substr(0, std::min(url.find('+'), colon));
  if (scheme != "postgresql" && scheme != "postgres") throw std::invalid_argument(std::string(kForm));
  return std::string(scheme) + std::string(url.substr(colon));
}

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> items(1);
  for (const char c : list) {
    if (c == ',') {
      items.emplace_back();
    } else {
      items.back().push_back(c);
    }
  }
  return items;
}

// A password's unescaped `/` ends the host for libpq. What follows is then taken for the database's name and for
// parameters, up to the `@` that was to end the password.
void refuse_torn_password(std::string_view url) {
  const auto rest = url.substr(url.find("://") + 3);
  const auto path = rest.substr(std::min(rest.find('/'), rest.size()));
  if (path.substr(0, path.find('?')).find('@') != std::string_view::npos) {
    throw std::invalid_argument("must have / and @ in a password written as %2F and %40");
  }
}

// libpq's message may quote a piece of the password; only a misspelt parameter's name is passed on.
std::string explain(std::string_view url, const char* message) {
  const std::string_view text = message == nullptr ? "" : message;
  constexpr std::string_view kUnknown = "invalid URI query parameter";
  const bool may_be_torn = url.substr(std::min(url.find('?'), url.size())).find('@') != std::string_view::npos;
  if (!text.starts_with(kUnknown) || may_be_torn) return std::string(kForm);
  return "has an " + std::string(text.substr(0, text.find('\n')));
}

bool is_port(std::string_view text) {
  constexpr unsigned kHighest = 65535;
  unsigned port = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), port);
  return ec == std::errc{} && end == text.data() + text.size() && port >= 1 && port <= kHighest;
}

}  // namespace

void forget_environment() {
  std::vector<std::string> names;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view line(*entry);
    if (line.starts_with("PG")) names.emplace_back(line.substr(0, line.find('=')));
  }
  for (const auto& name : names) unsetenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): before threads start
}

bool Host::is_socket() const {
  return address.empty() && (name.starts_with('/') || name.starts_with('@'));
}

ConnectionString::ConnectionString(std::string_view url) {
  struct Free {
    void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
    void operator()(char* text) const { PQfreemem(text); }
  };
  const auto plain = without_driver(url);
  refuse_torn_password(plain);
  char* message = nullptr;
  const std::unique_ptr<PQconninfoOption, Free> options(PQconninfoParse(plain.c_str(), &message));
  const std::unique_ptr<char, Free> owned(message);
  if (!options) throw std::invalid_argument(explain(plain, message));
  for (const auto* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr && *option->val != '\0') values_.emplace(option->keyword, option->val);
  }
  // Its file could name another host, without TLS, and nobody would have looked at it.
  if (!value("service").empty()) throw std::invalid_argument("must name its hosts itself, not a service");
  split_hosts(value("host"), value("hostaddr"), value("port"));
  for (const auto* keyword : {"host", "hostaddr", "port"}) values_.erase(keyword);
  // A record store must take writes: of several hosts, the one that does is meant.
  if (hosts_.size() > 1) values_.emplace("target_session_attrs", "read-write");
  constexpr std::array<std::string_view, 4> kWritable{"", "any", "read-write", "primary"};
  if (std::ranges::find(kWritable, value("target_session_attrs")) == kWritable.end()) {
    throw std::invalid_argument("must have target_session_attrs=read-write: the record store takes writes");
  }
}

void ConnectionString::split_hosts(const std::string& names, const std::string& addresses, const std::string& ports) {
  const auto name = split(names);
  const auto address = split(addresses);
  const auto port = split(ports);
  const auto count = std::max(name.size(), address.size());
  const auto fits = [count](std::size_t size) { return size == 1 || size == count; };
  if (!fits(name.size()) || !fits(address.size()) || !fits(port.size())) {
    throw std::invalid_argument("must name as many ports as hosts");
  }
  if (!std::ranges::all_of(port, [](const auto& one) { return one.empty() || is_port(one); })) {
    throw std::invalid_argument("must have ports from 1 to 65535");
  }
  for (std::size_t i = 0; i < count; ++i) {
    Host host{name.size() == 1 && count > 1 ? "" : name[i], address.size() == 1 && count > 1 ? "" : address[i],
              port.size() == 1 ? port[0] : port[i]};
    if (host.name.empty() && host.address.empty()) host.name = kDefaultSocketFolder;
    hosts_.push_back(std::move(host));
  }
}

std::string ConnectionString::value(const std::string& keyword) const {
  const auto found = values_.find(keyword);
  return found == values_.end() ? "" : found->second;
}

Keywords ConnectionString::all() const {
  Keywords keywords = common();
  std::array<std::string, 3> lists;
  for (const auto& host : hosts_) {
    const bool first = &host == &hosts_.front();
    for (auto [list, item] :
         {std::pair(&lists[0], &host.name), std::pair(&lists[1], &host.address), std::pair(&lists[2], &host.port)}) {
      *list += (first ? "" : ",") + *item;
    }
  }
  keywords.emplace_back("host", lists[0]);
  // A list of nothing but commas says nothing.
  if (lists[1].find_first_not_of(',') != std::string::npos) keywords.emplace_back("hostaddr", lists[1]);
  if (lists[2].find_first_not_of(',') != std::string::npos) keywords.emplace_back("port", lists[2]);
  return keywords;
}

bool ConnectionString::leaves_machine() const {
  return std::ranges::any_of(hosts_, [](const Host& host) {
    return !host.is_socket() && !is_loopback(host.address.empty() ? host.name : host.address);
  });
}

}  // namespace secureauth::db::postgres
