#pragma once

#include <string>

namespace secureauth::mail {

/// A mail as it will be read: what a Letter became in its template.
struct Message {
  std::string recipient;
  std::string subject;  ///< one line
  std::string text;
  std::string html;  ///< a whole document
};

}  // namespace secureauth::mail
