#pragma once

#include "core/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace secureauth::pages {

/// Where a browser may be sent on to after a sign-in: this site and those that are listed, and nowhere else, so that no
/// link to the sign-in page leads into a stranger's hands (open redirect: CWE-601; ASVS 5.0 3.7.2). Immutable.
class ReturnTo {
 public:
  /// Origins as `scheme://host[:port]`, lower-case, without a default port.
  ReturnTo(std::string own_origin, std::vector<std::string> listed_origins);

  /// `url` as an absolute URL, written anew from its parsed parts; it may begin with `/`, which is this site's. Fails
  /// with invalid_request for what is no URL (RFC 3986, at most 2,048 bytes), names a user, or leads elsewhere.
  [[nodiscard]] Result<std::string> check(std::string_view url) const;

 private:
  std::string own_origin_;
  std::vector<std::string> listed_origins_;
};

}  // namespace secureauth::pages
