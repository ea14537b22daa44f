#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace secureauth::cli {

/// Whether a text is meant as a URL that download() takes or refuses, and not as a file's name.
[[nodiscard]] bool is_url(std::string_view text);

/// What a URL holds: https with a certificate that this machine trusts, redirects likewise, or http from this machine
/// itself. Throws std::runtime_error with one line when there is no answer of 2xx within a minute, or more than `most`
/// bytes of it.
[[nodiscard]] std::string download(const std::string& url, std::size_t most);

}  // namespace secureauth::cli
