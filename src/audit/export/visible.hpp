#pragma once

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

namespace secureauth::audit {

/// One line of JSON in which nothing but visible characters stands: controls, line separators, bidi and other invisible
/// ones are \uXXXX, which any reader of JSON turns back. Without a line break at its end.
[[nodiscard]] std::string visible_json(const boost::json::object& object);

}  // namespace secureauth::audit
