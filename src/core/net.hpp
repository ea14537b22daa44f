#pragma once

#include <boost/asio/awaitable.hpp>

namespace secureauth {

namespace net = boost::asio;

}  // namespace secureauth
