#include "cli/healthcheck.hpp"

#include "cli/settings.hpp"
#include "settings/listen_settings.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <string>
#include <sys/time.h>

namespace secureauth::cli {
namespace {

namespace net = boost::asio;
constexpr timeval kPatience{.tv_sec = 3, .tv_usec = 0};

/// The address at which a listener on `address` is reached from this machine.
net::ip::address reachable(const std::string& address) {
  auto listening = net::ip::make_address(address);
  if (!listening.is_unspecified()) return listening;
  return listening.is_v6() ? net::ip::address(net::ip::address_v6::loopback()) : net::ip::address_v4::loopback();
}

/// The status line of GET /health/ready; why there is none when nobody answers in time.
std::string ask(const settings::Config& config) {
  net::io_context context;
  net::ip::tcp::socket socket(context);
  socket.connect({reachable(config.listen_address), config.port});
  setsockopt(socket.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  if (config.proxy_protocol) net::write(socket, net::buffer(std::string_view("PROXY UNKNOWN\r\n")));
  net::write(
      socket,
      net::buffer(std::string_view("GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")));
  std::string answer(64, '\0');
  answer.resize(socket.read_some(net::buffer(answer)));
  return answer.substr(0, answer.find('\r'));
}

}  // namespace

void add_healthcheck(CLI::App& root, CommandContext& context) {
  auto* command = root.add_subcommand("healthcheck", "Exit 0 when the service on this machine is ready, else 1");
  command->footer(
      "Asks GET /health/ready where LISTEN_ADDRESS, PORT and PROXY_PROTOCOL say, and reads no other setting: no key, "
      "no\n"
      "database. Mistakes in the others are told by `secureauth config check`.");
  command->callback([&context] {
    const auto settings = settings::load_listen_settings(settings::process_settings());
    if (!complain_about(settings, context)) {
      context.exit_code = kRefused;  // Docker knows 0 and 1 only
      return;
    }
    std::string status;
    try {
      status = ask(settings.config);
    } catch (const boost::system::system_error& error) {
      status = error.code().message();
    }
    const bool ready = status.find(" 200 ") != std::string::npos;
    context.exit_code = ready ? 0 : kRefused;
    if (ready || context.json) {
      say(context, "ready", {{"ready", ready}});
    } else {
      complain("not ready: " + status);
    }
  });
}

}  // namespace secureauth::cli
