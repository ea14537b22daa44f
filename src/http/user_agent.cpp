#include "http/user_agent.hpp"

namespace secureauth::http {

// Nothing beyond printable ASCII is meaningful in a product token (RFC 9110 §10.1.5), so other bytes become '?'.
std::string readable_user_agent(std::string_view sent) {
  constexpr std::size_t kMostBytes = 256;
  std::string readable(sent.substr(0, kMostBytes));
  for (char& c : readable) {
    if (c < 0x20 || c > 0x7e) c = '?';
  }
  return readable;
}

}  // namespace secureauth::http
