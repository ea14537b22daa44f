#include "settings/token_rows.hpp"

#include "core/ascii.hpp"
#include "settings/setting_kinds.hpp"

#include <algorithm>

namespace secureauth::settings {
namespace {

constexpr std::size_t kLongestAudience = 128;

/// A name or a URL of a service, as it stands in its tokens: no blank, nothing to escape in a query or in JSON.
void apply_audiences(Config& c, const std::string& text) {
  const auto is_plain = [](char one) {
    return ascii::is_alphanumeric(one) || std::string_view("-._~:/").find(one) != std::string_view::npos;
  };
  c.tokens.audiences = read_list(text);
  for (const auto& name : c.tokens.audiences) {
    if (name.size() > kLongestAudience || !std::ranges::all_of(name, is_plain)) {
      throw BadValue("names '" + name + "', which is no name of up to 128 letters, digits and -._~:/");
    }
    if (std::ranges::count(c.tokens.audiences, name) > 1) throw BadValue("names '" + name + "' twice");
  }
}

void apply_algorithm(Config& c, const std::string& text) {
  if (text == "EdDSA") {
    c.tokens.algorithm = tokens::Algorithm::eddsa;
  } else if (text == "ES256") {
    c.tokens.algorithm = tokens::Algorithm::es256;
  } else {
    throw BadValue("must be one of EdDSA, ES256");
  }
}

}  // namespace

std::vector<SettingRow> token_rows() {
  return {
      {{"TOKEN_AUDIENCES", "",
        "Services that there are signed tokens for, comma-separated: names or URLs; see "
        "docs/integrations.md"},
       &apply_audiences},
      {{"TOKEN_TTL_SECONDS", "300", "Life of a token; at most 900, for nothing takes one back"},
       [](Config& c, const std::string& text) { c.tokens.ttl = std::chrono::seconds(read_number(text, 30, 900)); }},
      {{"TOKEN_ALGORITHM", "EdDSA", "How they are signed: EdDSA (Ed25519), or ES256 for services that know no other"},
       &apply_algorithm},
      {{"TOKEN_SIGNING_KEY", "", "Key that they are signed with, in the form of SECRET_KEY; made once in development",
        true},
       current_key(&Config::token_key)},
      {{"TOKEN_SIGNING_KEY_NEXT", "", "The one after it: published ahead, signs nothing yet", true, true, false,
        "TOKEN_SIGNING_KEY"},
       next_key(&Config::token_key)},
      {{"TOKEN_SIGNING_KEYS_OLD", "", "Former ones, comma-separated: published for what they signed", true, true, false,
        "TOKEN_SIGNING_KEY"},
       old_keys(&Config::token_key)},
  };
}

}  // namespace secureauth::settings
