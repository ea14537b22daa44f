#pragma once

#include "settings/config.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace secureauth::settings {

/// Where the raw values come from: process environment, `NAME_FILE`, `.env`, in that order of strength.
class SettingSources {
 public:
  struct Found {
    std::string value;
    Source source;
    std::filesystem::path file = {};  ///< that NAME_FILE names, where the value is from there
  };

  /// Reads `.env`; what is wrong with it goes to `mistakes`, each line beginning with a setting's name or the file's.
  SettingSources(const SettingsInput& input, std::vector<std::string>& mistakes);

  /// The strongest value of a setting, never empty; nothing when no source has one. An empty variable counts as none.
  /// Throws Unobtainable when `NAME_FILE` names what cannot be read or is empty, BadValue when it stands beside `NAME`
  /// in the same source: nobody could tell which was meant.
  [[nodiscard]] std::optional<Found> find(const std::string& name) const;

  /// What `NAME_FILE` names, where that is where the value comes from.
  [[nodiscard]] std::optional<std::filesystem::path> file_of(const std::string& name) const;

  /// Throws BadValue where `.env` has a value for a setting that is taken from the environment alone.
  void refuse_in_dotenv(const std::string& name) const;

  /// Names in `.env` that no setting has.
  [[nodiscard]] std::vector<std::string> unknown(const std::vector<SettingDoc>& known) const;

  /// Warns, once, when a mode of `.env` lets others read the secrets in it.
  void warn_if_others_read_dotenv(std::vector<std::string>& warnings);

 private:
  using Values = std::map<std::string, std::string>;
  void read_dotenv();
  void read_dotenv_line(std::string_view line, int number);

  const Values& environment_;
  std::filesystem::path dotenv_path_;
  bool warned_ = false;
  Values dotenv_;
  std::vector<std::string>& mistakes_;
};

}  // namespace secureauth::settings
