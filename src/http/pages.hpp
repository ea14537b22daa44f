#pragma once

#include "http/router.hpp"

#include <string>
#include <string_view>

namespace secureauth::http {

/// A GET route that answers with the file `name` of `web/`, which the build put into the binary; its ending decides
/// the content type. Throws std::logic_error when there is no such file.
[[nodiscard]] Route embedded_file(std::string path, std::string_view name);

}  // namespace secureauth::http
