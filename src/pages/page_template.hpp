#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace secureauth::pages {

/// What a `{{name}}` stands for, as HTML; nothing: there is no such name.
using Lookup = std::function<std::optional<std::string>(std::string_view name)>;

/// `text` with what its `{{names}}` stand for in their places. `{{> name}}` is looked up with its mark and filled in
/// itself. Throws std::logic_error for a name that nobody knows, a mark that does not end, and parts within parts.
[[nodiscard]] std::string fill_in(std::string_view text, const Lookup& lookup);

/// `text` as HTML, in element content and in quoted attribute values.
[[nodiscard]] std::string as_html(std::string_view text);

}  // namespace secureauth::pages
