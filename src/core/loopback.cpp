#include "core/loopback.hpp"

#include <boost/asio/ip/address.hpp>

#include <string>

namespace secureauth {

bool is_loopback(std::string_view host) {
  boost::system::error_code ec;
  const auto address = boost::asio::ip::make_address(std::string(host), ec);
  return host == "localhost" || (!ec && address.is_loopback());
}

}  // namespace secureauth
