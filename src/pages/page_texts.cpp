#include "pages/page_texts.hpp"

#include <boost/json.hpp>

#include <stdexcept>

namespace secureauth::pages {
namespace {

constexpr std::string_view kFolder = "texts/";
constexpr std::string_view kEnding = ".json";

}  // namespace

PageTexts::PageTexts(const std::vector<embedded::File>& web) {
  for (const auto& file : web) {
    if (!file.name.starts_with(kFolder) || !file.name.ends_with(kEnding)) continue;
    const std::string stem(file.name.substr(0, file.name.size() - kEnding.size()));  // texts/de/account
    const auto parsed = boost::json::parse(file.content);
    const auto* table = parsed.if_object();
    if (table == nullptr) throw std::logic_error(stem + " is no object");
    for (const auto& [key, value] : *table) {
      if (!value.is_string()) throw std::logic_error(stem + ": " + std::string(key) + " is no text");
      const auto& text = value.get_string();
      texts_.emplace(stem.substr(kFolder.size()) + '.' + std::string(key), std::string(text));
    }
    modules_.emplace(stem + ".js", "export default " + boost::json::serialize(*table) + ";\n");
  }
}

const std::string* PageTexts::find(Locale locale, std::string_view name) const {
  std::string key(to_text(locale));
  key += '/';
  key += name;
  const auto found = texts_.find(key);
  return found == texts_.end() ? nullptr : &found->second;
}

}  // namespace secureauth::pages
