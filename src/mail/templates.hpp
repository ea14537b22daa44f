#pragma once

#include "mail/letter.hpp"
#include "mail/message.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace secureauth::mail {

/// The texts of all mails: `LOCALE/KIND.txt`, whose first line is the subject, `LOCALE/KIND.html`, and `frame.html`,
/// which the HTML parts stand in. A `{{name}}` becomes the Letter's value. Immutable; thread-safe.
class Templates {
 public:
  /// The ones in the binary.
  Templates() : Templates(std::filesystem::path()) {}

  /// The same, each replaced by the file of its name below `folder`, where there is one. Throws std::runtime_error
  /// with one sentence for a file that cannot be read, is larger than 64 KiB, is no UTF-8, names a value that its kind
  /// does not have, has no subject, or is the template of no mail.
  explicit Templates(const std::filesystem::path& folder);

  /// Fills the templates. Values are escaped in HTML; in subject and text they are one line that can be seen
  /// (unicode::one_line), bounded; what they contain is never expanded again. Throws std::logic_error when one of
  /// values_of(kind) is missing.
  [[nodiscard]] Message render(const Letter& letter) const;

 private:
  void read_from(const std::filesystem::path& folder);
  [[nodiscard]] std::string_view content(const std::string& name) const;

  std::map<std::string, std::string> replaced_;  ///< by name, such as `de/verify_email.txt`
};

}  // namespace secureauth::mail
