#include "settings/password_rules.hpp"

namespace secureauth::settings {

passwords::CompromisedPasswords::Files password_files(const Config& config) {
  return {.blacklist = config.password_blacklist_file, .breach = config.password_breach_file};
}

passwords::PasswordPolicy::Options password_rules(const Config& config) {
  passwords::OwnWords words;
  passwords::add_words(words, config.public_url.host);
  passwords::add_words(words, config.passkeys.relying_party_name);
  for (const auto& word : config.password_context_words) passwords::add_words(words, word);
  return {.min_code_points = config.password_min_length,
          .min_score = config.password_min_score,
          .site_words = std::move(words)};
}

}  // namespace secureauth::settings
