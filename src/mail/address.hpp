#pragma once

#include <string_view>

namespace secureauth::mail {

/// What an address asks of a mail server. Checked once more in front of every envelope, whoever checked it before: an
/// address with a line break in it would be a command of its own (ASVS 1.3.11).
enum class AddressForm {
  unusable,       ///< no `local@domain`, or with characters that have a meaning to SMTP; never sent to
  ascii,          ///< any server takes it
  international,  ///< a local part beyond ASCII: needs SMTPUTF8 (RFC 6531)
};

/// The domain must be in its ASCII form (A-labels).
[[nodiscard]] AddressForm form_of(std::string_view address);

/// What follows the `@`.
[[nodiscard]] std::string_view domain_of(std::string_view address);

}  // namespace secureauth::mail
