#include "accounts/account_letters.hpp"

namespace secureauth::accounts {

mail::Letter AccountLetters::with_token(mail::Kind kind, Recipient to, std::string_view page, std::string token,
                                        std::chrono::seconds validity) const {
  auto letter = plain(kind, std::move(to));
  letter.values["link"] = link_base_ + std::string(page) + "#token=" + token;
  letter.values["token"] = std::move(token);
  letter.values["validity"] = mail::in_words(validity, letter.locale);
  return letter;
}

mail::Letter AccountLetters::notice(mail::Kind kind, Recipient to, Timestamp when, const ClientInfo& client) const {
  auto letter = plain(kind, std::move(to));
  letter.values["link"] = link_base_ + "/reset-password";
  mail::say_when_and_where(letter, when, client);
  return letter;
}

mail::Letter AccountLetters::plain(mail::Kind kind, Recipient to) const {
  return {.kind = kind,
          .recipient = std::move(to.email),
          .email_key = std::move(to.email_key),
          .locale = to.locale,
          .values = {{"site", site_}}};
}

mail::Locale locale_of(const User& user) {
  return mail::locale_or_english(user.locale);
}

}  // namespace secureauth::accounts
