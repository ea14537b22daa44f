#include "cli/times.hpp"

#include <stdexcept>

namespace secureauth::cli {

Timestamp read_time(std::string_view option, const std::string& text) {
  try {
    return from_rfc3339(text.find('T') == std::string::npos ? text + "T00:00:00Z" : text);
  } catch (const std::invalid_argument&) {
    throw std::runtime_error(std::string(option) + " takes a time such as 2026-01-31 or 2026-01-31T12:00:00Z");
  }
}

}  // namespace secureauth::cli
