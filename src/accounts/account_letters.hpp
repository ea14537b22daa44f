#pragma once

#include "accounts/user.hpp"
#include "mail/letter.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace secureauth::accounts {

/// Whose mailbox a letter goes to, and in which language.
struct Recipient {
  std::string email;      ///< the stored spelling
  std::string email_key;  ///< its canonical form
  Locale locale = Locale::en;
};

/// Composes the letters about an account. Immutable.
class AccountLetters {
 public:
  /// `site` is how letters name the service; `link_base` is PUBLIC_URL or FRONTEND_URL, never from a request's Host.
  AccountLetters(std::string site, std::string link_base) : site_(std::move(site)), link_base_(std::move(link_base)) {}

  /// One that carries a token: in the link's fragment, which no server log and no Referer sees, and by itself.
  [[nodiscard]] mail::Letter with_token(mail::Kind kind, Recipient to, std::string_view page, std::string token,
                                        std::chrono::seconds validity) const;

  /// What a notice says beside that, where its kind asks for it.
  struct Details {
    std::optional<Factor> factor = std::nullopt;
    std::optional<std::int64_t> remaining = std::nullopt;  ///< recovery codes that still work
    std::optional<std::int64_t> failures = std::nullopt;   ///< wrong codes before
  };
  /// One that tells what happened, when and from where, with the page where a new password can be asked for.
  [[nodiscard]] mail::Letter notice(mail::Kind kind, Recipient to, Timestamp when, const ClientInfo& client,
                                    const Details& details) const;
  [[nodiscard]] mail::Letter notice(mail::Kind kind, Recipient to, Timestamp when, const ClientInfo& client) const;

  /// One that names the service and nothing else.
  [[nodiscard]] mail::Letter plain(mail::Kind kind, Recipient to) const;

 private:
  std::string site_;
  std::string link_base_;
};

/// A factor as a sentence names it: "an authenticator app", "eine Authenticator-App".
[[nodiscard]] std::string_view in_words(Factor factor, Locale locale);

/// The language that a stored `locale` names.
[[nodiscard]] Locale locale_of(const User& user);

}  // namespace secureauth::accounts
