#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <span>
#include <string_view>

namespace secureauth::mail {

/// Every mail that the service sends. Its templates are `resources/mail/LOCALE/NAME.txt` and `NAME.html`.
enum class Kind {
  verify_email,            ///< a link that proves the mailbox and opens the account
  address_taken,           ///< to the owner: somebody tried to register the address
  address_wanted,          ///< to the owner: somebody wants the address for another account
  sign_up_again,           ///< registrations wait, none of which may be handed out
  reset_password,          ///< a link that sets a new password
  password_changed,        ///< notice
  password_compromised,    ///< notice: attackers have the password; nothing opens before another is set
  confirm_email_change,    ///< to the new address: a link that proves it
  email_change_asked,      ///< notice, to the old address
  email_changed,           ///< notice, to the old address, with a link that undoes it
  email_change_done,       ///< notice, to the new address
  email_change_undone,     ///< notice, to both addresses
  new_sign_in,             ///< notice: a browser that was not seen before
  factor_added,            ///< notice
  factor_removed,          ///< notice
  factors_reset,           ///< notice: staff took all second factors away
  recovery_codes_made,     ///< notice
  recovery_code_used,      ///< notice
  second_factor_failed,    ///< notice: right password, wrong second factor
  code_replayed,           ///< notice: a code was given a second time
  passkey_doubtful,        ///< notice: a passkey that may have been copied
  sign_in_after_failures,  ///< notice: a right password or code that several wrong ones went before
  account_locked,          ///< notice: too many wrong passwords or codes
  account_deleted,         ///< notice
  account_removed,         ///< notice: staff deleted the account
};

inline constexpr std::array kKinds{
    Kind::verify_email,        Kind::address_taken,          Kind::address_wanted,       Kind::sign_up_again,
    Kind::reset_password,      Kind::password_changed,       Kind::password_compromised, Kind::confirm_email_change,
    Kind::email_change_asked,  Kind::email_changed,          Kind::email_change_done,    Kind::email_change_undone,
    Kind::new_sign_in,         Kind::factor_added,           Kind::factor_removed,       Kind::factors_reset,
    Kind::recovery_codes_made, Kind::recovery_code_used,     Kind::second_factor_failed, Kind::code_replayed,
    Kind::passkey_doubtful,    Kind::sign_in_after_failures, Kind::account_locked,       Kind::account_deleted,
    Kind::account_removed};

/// Its name in templates, the outbox and MAIL_OFF, such as `verify_email`.
[[nodiscard]] std::string_view name_of(Kind kind);
[[nodiscard]] std::optional<Kind> kind_from(std::string_view name);

/// Whether MAIL_OFF may name it. Not: what carries a token; the notices that ASVS 6.3.5, 6.3.7 and 63B §4.6 ask for;
/// `address_taken`, `address_wanted` and `sign_up_again`, without which some addresses would cost less than others
/// (6.3.8); and `email_change_asked`, by which an account's wishes are counted.
[[nodiscard]] bool may_be_turned_off(Kind kind);

/// How long it is worth delivering, and kept for that, from when it is queued: what carries a token, at most as long as
/// the token can be of use; a notice a week.
[[nodiscard]] std::chrono::hours life_of(Kind kind);

/// The values that its templates may name and a Letter of it must bring. docs/mail.md says what each is.
[[nodiscard]] std::span<const std::string_view> values_of(Kind kind);

}  // namespace secureauth::mail
