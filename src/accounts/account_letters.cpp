#include "accounts/account_letters.hpp"

#include <stdexcept>

namespace secureauth::accounts {

mail::Letter AccountLetters::with_token(mail::Kind kind, Recipient to, std::string_view page, std::string token,
                                        std::chrono::seconds validity) const {
  auto letter = plain(kind, std::move(to));
  letter.values["link"] = link_base_ + std::string(page) + "#token=" + token;
  letter.values["token"] = std::move(token);
  letter.values["validity"] = mail::in_words(validity, letter.locale);
  return letter;
}

mail::Letter AccountLetters::notice(mail::Kind kind, Recipient to, Timestamp when, const ClientInfo& client,
                                    const Details& details) const {
  auto letter = plain(kind, std::move(to));
  letter.values["link"] = link_base_ + "/reset-password";
  mail::say_when_and_where(letter, when, client);
  if (details.factor) letter.values["factor"] = in_words(*details.factor, letter.locale);
  if (details.remaining) letter.values["remaining"] = std::to_string(*details.remaining);
  if (details.failures) letter.values["failures"] = std::to_string(*details.failures);
  return letter;
}

mail::Letter AccountLetters::notice(mail::Kind kind, Recipient to, Timestamp when, const ClientInfo& client) const {
  return notice(kind, std::move(to), when, client, Details{});
}

mail::Letter AccountLetters::plain(mail::Kind kind, Recipient to) const {
  return {.kind = kind,
          .recipient = std::move(to.email),
          .email_key = std::move(to.email_key),
          .locale = to.locale,
          .values = {{"site", site_}}};
}

std::string_view in_words(Factor factor, Locale locale) {
  const bool german = locale == Locale::de;
  switch (factor) {
    case Factor::password:
      return german ? "ein Passwort" : "a password";
    case Factor::webauthn:
      return german ? "ein Passkey" : "a passkey";
    case Factor::totp:
      return german ? "eine Authenticator-App" : "an authenticator app";
    case Factor::recovery_code:
      return german ? "ein Wiederherstellungscode" : "a recovery code";
  }
  throw std::logic_error("unknown factor");
}

Locale locale_of(const User& user) {
  return locale_or_english(user.locale);
}

}  // namespace secureauth::accounts
