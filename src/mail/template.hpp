#pragma once

#include <map>
#include <string>
#include <string_view>

namespace secureauth::mail {

/// A mail ready for the outbox.
struct Message {
  std::string kind;  ///< the template's name
  std::string recipient;
  std::string subject;
  std::string text;
  std::string html;
};

/// Fills the template `kind` (`resources/mail/KIND.txt`, whose first line is the subject, and `KIND.html`). A
/// `{{name}}` becomes its value, HTML-escaped in the HTML part; a name without a value throws std::logic_error.
/// Values are data: what they contain is never expanded again.
[[nodiscard]] Message render(std::string_view kind, std::string recipient,
                             const std::map<std::string_view, std::string>& values);

}  // namespace secureauth::mail
