#pragma once

#include "app/config.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace secureauth::app {

/// Where the raw values come from: process environment, `NAME_FILE`, `.env`, in that order of strength.
class SettingSources {
 public:
  struct Found {
    std::string value;
    Source source;
  };

  /// Reads `.env`; what is wrong with it goes to `mistakes`, each line beginning with a setting's name or the file's.
  SettingSources(const SettingsInput& input, std::vector<std::string>& mistakes);

  /// The strongest value of a setting; nothing when no source has one. An empty one counts as none.
  [[nodiscard]] std::optional<Found> find(const std::string& name);

  /// Names in `.env` that no setting has.
  [[nodiscard]] std::vector<std::string> unknown(const std::vector<SettingDoc>& known) const;

 private:
  using Values = std::map<std::string, std::string>;
  void read_dotenv(const std::filesystem::path& path);
  [[nodiscard]] std::optional<std::string> look_up(const Values& values, const std::string& name, bool& from_file);

  const Values& environment_;
  Values dotenv_;
  std::vector<std::string>& mistakes_;
};

/// The known name that is nearest to a mistyped one, if any is near.
[[nodiscard]] std::optional<std::string_view> nearest_name(std::string_view typed,
                                                           const std::vector<SettingDoc>& known);

}  // namespace secureauth::app
