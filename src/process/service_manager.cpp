#include "process/service_manager.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <arpa/inet.h>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>

namespace secureauth::process {
namespace {

using boost::asio::ip::tcp;

constexpr int kFirstPassed = 3;  // SD_LISTEN_FDS_START
constexpr int kMostPassed = 64;

/// A variable's value, which is then gone.
std::optional<std::string> take(const char* name) {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): before any other thread
  if (value == nullptr) return std::nullopt;
  std::string text(value);
  ::unsetenv(name);  // NOLINT(concurrency-mt-unsafe): the same
  return text;
}

std::uint64_t number(const char* name, const std::string& text) {
  std::uint64_t value = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (ec != std::errc() || end != text.data() + text.size()) {
    throw std::runtime_error(std::string(name) + " must be a number, not '" + text + "'");
  }
  return value;
}

/// Whether what was said is for this process and not for one that started it; absent: for all.
bool is_for_us(const char* name, const std::optional<std::string>& pid) {
  return !pid || number(name, *pid) == static_cast<std::uint64_t>(::getpid());
}

std::string text_of(const tcp::endpoint& endpoint) {
  const bool is_v6 = endpoint.address().is_v6();
  const auto address = endpoint.address().to_string();
  return (is_v6 ? '[' + address + ']' : address) + ':' + std::to_string(endpoint.port());
}

int option(int descriptor, int name) {
  int value = 0;
  socklen_t size = sizeof value;
  return ::getsockopt(descriptor, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

void require_listener(int descriptor, const tcp::endpoint& wanted) {
  const auto refuse = [descriptor](const std::string& why) {
    throw std::runtime_error("the passed descriptor " + std::to_string(descriptor) + ' ' + why);
  };
  tcp::endpoint found;
  socklen_t size = static_cast<socklen_t>(found.capacity());
  if (::getsockname(descriptor, found.data(), &size) != 0) refuse("is no socket");
  const auto family = option(descriptor, SO_DOMAIN);
  const bool is_tcp = option(descriptor, SO_TYPE) == SOCK_STREAM && (family == AF_INET || family == AF_INET6);
  if (!is_tcp || option(descriptor, SO_ACCEPTCONN) != 1) refuse("is no TCP socket that listens");
  found.resize(size);
  if (found == wanted) return;
  refuse("listens on " + text_of(found) + ", but LISTEN_ADDRESS and PORT say " + text_of(wanted) +
         ": make them say the same");
}

}  // namespace

std::vector<int> take_passed_sockets(const std::string& address, std::uint16_t port) {
  const auto count = take("LISTEN_FDS");
  const auto pid = take("LISTEN_PID");
  ::unsetenv("LISTEN_FDNAMES");  // NOLINT(concurrency-mt-unsafe): before any other thread
  if (!count || !pid || !is_for_us("LISTEN_PID", pid)) return {};
  const auto sockets = number("LISTEN_FDS", *count);
  if (sockets > kMostPassed) throw std::runtime_error("LISTEN_FDS passes more than 64 sockets");
  const tcp::endpoint wanted(boost::asio::ip::make_address(address), port);
  std::vector<int> passed;
  for (int descriptor = kFirstPassed; descriptor < kFirstPassed + static_cast<int>(sockets); ++descriptor) {
    require_listener(descriptor, wanted);
    ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    passed.push_back(descriptor);
  }
  return passed;
}

ServiceManager::ServiceManager() {
  const auto limit = take("WATCHDOG_USEC");
  const auto pid = take("WATCHDOG_PID");
  if (limit && is_for_us("WATCHDOG_PID", pid)) {
    const auto time = number("WATCHDOG_USEC", *limit);
    if (time > 0) beat_limit_ = std::chrono::microseconds(time);
  }
  const auto path = take("NOTIFY_SOCKET");
  if (!path || path->empty()) return;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if ((path->front() != '/' && path->front() != '@') || path->size() >= sizeof address.sun_path) {
    throw std::runtime_error("NOTIFY_SOCKET names no Unix socket: " + *path);
  }
  std::memcpy(address.sun_path, path->data(), path->size());
  if (path->front() == '@') address.sun_path[0] = '\0';  // the abstract namespace
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path->size());
  socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket_ >= 0 && ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), size) == 0) return;
  const auto why = std::generic_category().message(errno);
  if (socket_ >= 0) ::close(socket_);
  throw std::runtime_error("NOTIFY_SOCKET cannot be reached: " + why);
}

ServiceManager::~ServiceManager() {
  if (socket_ >= 0) ::close(socket_);
}

void ServiceManager::ready(const std::string& status) const {
  tell("READY=1\nSTATUS=" + status);
}

void ServiceManager::reloading() const {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  const auto microseconds = std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
  tell("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(microseconds) + "\nSTATUS=reading keys and settings anew");
}

void ServiceManager::stopping(const std::string& status) const {
  tell("STOPPING=1\nSTATUS=" + status);
}

void ServiceManager::beat() const {
  tell("WATCHDOG=1");
}

void ServiceManager::tell(const std::string& state) const {
  // A manager that does not read must not hold this process up.
  if (socket_ >= 0) (void)::send(socket_, state.data(), state.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace secureauth::process
