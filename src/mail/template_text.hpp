#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace secureauth::mail {

/// The text of one template and its placeholders, `{{name}}`.
namespace template_text {

using Values = std::map<std::string_view, std::string>;

/// What is wrong with the text, as the end of a sentence that begins with the file's name; nothing when it names no
/// other values than `allowed` and closes what it opens.
[[nodiscard]] std::optional<std::string> mistake(std::string_view text, std::span<const std::string_view> allowed);

/// The text with each placeholder replaced by its value, as it is. Throws std::logic_error for one without.
[[nodiscard]] std::string fill(std::string_view text, const Values& values);

/// Markup that shows the text: `&<>"'` as character references.
[[nodiscard]] std::string html_escaped(std::string_view text);

}  // namespace template_text
}  // namespace secureauth::mail
