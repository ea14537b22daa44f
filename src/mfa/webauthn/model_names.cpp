#include "mfa/webauthn/model_names.hpp"

#include "core/embedded.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>

namespace secureauth::webauthn {
namespace {

constexpr std::size_t kTextLength = 36;  // of an AAGUID

/// Lines of an AAGUID, a blank and a name; a line that begins with # says something to readers.
std::map<Aaguid, std::string_view> read_names(std::string_view text) {
  std::map<Aaguid, std::string_view> names;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#') continue;
    const auto aaguid = aaguid_from(line.substr(0, kTextLength));
    if (!aaguid || line.size() < kTextLength + 2 || !names.emplace(*aaguid, line.substr(kTextLength + 1)).second) {
      throw std::logic_error("resources/authenticators.txt: " + std::string(line));
    }
  }
  return names;
}

}  // namespace

std::string_view model_name(const Aaguid& aaguid) {
  static const auto kNames = read_names(embedded::find(embedded::authenticators(), "authenticators.txt")->content);
  const auto found = kNames.find(aaguid);
  return found == kNames.end() ? std::string_view() : found->second;
}

}  // namespace secureauth::webauthn
