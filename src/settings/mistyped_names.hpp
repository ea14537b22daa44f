#pragma once

#include "settings/config.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace secureauth::settings {

/// The known name that is nearest to a mistyped one, if any is near; a `NAME_FILE` stays one.
[[nodiscard]] std::optional<std::string> nearest_name(std::string_view typed, const std::vector<SettingDoc>& known);

/// Names in the process's environment that are all but a setting's, a line each that begins with the name. Names there
/// are other programs', too: only a slip or two of the pen counts, one in a short name.
[[nodiscard]] std::vector<std::string> mistyped_names(const std::map<std::string, std::string>& environment,
                                                      const std::vector<SettingDoc>& known);

}  // namespace secureauth::settings
