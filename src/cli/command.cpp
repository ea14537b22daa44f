#include "cli/command.hpp"

#include <boost/json/serialize.hpp>

#include <exception>
#include <iostream>

namespace secureauth::cli {

void say(const CommandContext& context, std::string_view line, const boost::json::object& object) {
  if (context.json) {
    std::cout << boost::json::serialize(object) << std::endl;
  } else {
    std::cout << line << std::endl;
  }
}

void complain(std::string_view message) {
  std::cerr << "secureauth: " << message << std::endl;
}

void run_command(CommandContext& context, const std::function<void()>& body) {
  try {
    body();
  } catch (const std::exception& error) {
    complain(error.what());
    context.exit_code = kRefused;
  }
}

}  // namespace secureauth::cli
