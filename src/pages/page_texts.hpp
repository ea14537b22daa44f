#pragma once

#include "core/embedded.hpp"
#include "core/locale.hpp"

#include <map>
#include <set>
#include <string>
#include <string_view>

namespace secureauth::pages {

/// The languages that pages are written in.
inline constexpr Locale kLocales[] = {Locale::en, Locale::de};

/// The one table of the pages' texts: `web/texts/LANGUAGE/NAMESPACE.json`, flat objects. Immutable.
class PageTexts {
 public:
  /// Of the files below `texts/`. Throws std::logic_error for one that is no object of strings.
  explicit PageTexts(const std::vector<embedded::File>& web);

  /// The text called `NAMESPACE.KEY`, or nullptr.
  [[nodiscard]] const std::string* find(Locale locale, std::string_view name) const;

  /// For scripts: each namespace as an ES module whose default export is its table, by its address below the versioned
  /// folder, such as `texts/de/account.js`.
  [[nodiscard]] const std::map<std::string, std::string>& modules() const { return modules_; }

 private:
  std::map<std::string, std::string, std::less<>> texts_;  // by LANGUAGE/NAMESPACE.KEY
  std::map<std::string, std::string> modules_;
};

}  // namespace secureauth::pages
