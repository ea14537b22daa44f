#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace secureauth::forward_auth {

/// What an edge says of the request that it asks about. Empty: nothing.
struct Forwarded {
  std::string_view proto;  ///< `https`
  std::string_view host;   ///< with its port, where it has one
  std::string_view uri;    ///< path and query
  std::string_view url;    ///< whole, where an edge says that instead
};

/// Where the request was going, as an absolute URL or, where nobody says on which host, as path and query; nothing when
/// that is not told. To be checked before anybody is sent there (pages::ReturnTo).
[[nodiscard]] std::optional<std::string> destination_of(const Forwarded& forwarded);

/// Whether a person waits for a page: it was asked for by a safe method, and a browser's tab or frame is to show it.
/// `accept` and `fetch_mode` are the headers Accept and Sec-Fetch-Mode.
[[nodiscard]] bool loads_page(std::string_view method, std::string_view accept, std::string_view fetch_mode);

}  // namespace secureauth::forward_auth
