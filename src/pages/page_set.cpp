#include "pages/page_set.hpp"

#include "core/gzip.hpp"
#include "crypto/content_tag.hpp"
#include "pages/page_template.hpp"

#include <array>
#include <utility>

namespace secureauth::pages {
namespace {

constexpr std::string_view kPages = "pages/";
constexpr std::string_view kHtml = ".html";
constexpr std::array<std::string_view, 4> kAssetFolders = {"scripts/", "styles/", "images/", "viewer/"};

bool is_page(const embedded::File& file) {
  return file.name.starts_with(kPages) && !file.name.starts_with("pages/_");
}

std::string_view page_name(const embedded::File& file) {
  return file.name.substr(kPages.size(), file.name.size() - kPages.size() - kHtml.size());
}

bool is_asset(const embedded::File& file) {
  for (const auto folder : kAssetFolders) {
    if (file.name.starts_with(folder)) return true;
  }
  return false;
}

}  // namespace

PageSet::PageSet(std::vector<embedded::File> web, const SiteFacts& facts, Branding branding)
    : web_(std::move(web)), texts_(web_), branding_(std::move(branding)) {
  add_assets();
  for (const auto& file : web_) {
    if (!is_page(file)) continue;
    for (const auto locale : kLocales) {
      pages_[std::string(page_name(file))].emplace(locale, keep(file.name, render(file, locale, facts)));
    }
  }
}

Rendered PageSet::keep(std::string_view name, std::string content) {
  const auto& identity = kept_.emplace_back(std::move(content));
  const auto& compressed = kept_.emplace_back(gzip(identity));
  const auto& kept_name = kept_.emplace_back(name);
  return {kept_name, identity, compressed, crypto::content_tag(identity)};
}

void PageSet::add_assets() {
  const auto add = [this](const Rendered& asset) { assets_.emplace(asset.name, asset); };
  for (const auto& file : web_) {
    if (!is_asset(file)) continue;
    auto tag = file.tag.empty() ? crypto::content_tag(file.content) : std::string(file.tag);
    add({file.name, file.content, file.gzip, std::move(tag)});
  }
  for (const auto& [path, module] : texts_.modules()) add(keep(path, module));
  if (!branding_.style.empty()) add(keep("brand/brand.css", branding_.style));
  if (!branding_.logo.empty()) add(keep("brand/" + branding_.logo_name, branding_.logo));

  std::string everything;
  for (const auto& [path, asset] : assets_) everything += path + asset.tag;
  version_ = crypto::content_tag(everything);
}

std::string PageSet::render(const embedded::File& file, Locale locale, const SiteFacts& facts) const {
  const std::string folder = "/assets/" + version_;
  const std::string logo = branding_.logo.empty() ? "/images/icon.svg" : "/brand/" + branding_.logo_name;
  const std::map<std::string, std::string, std::less<>> values{
      {"lang", std::string(to_text(locale))},
      {"assets", folder},
      {"site_name", as_html(facts.name)},
      {"password_min_length", std::to_string(facts.password_min_length)},
      {"passwordless_sign_up", facts.passwordless_sign_up ? "true" : "false"},
      {"mailbox", facts.mailbox ? "true" : "false"},
      {"csrf_cookie_name", as_html(facts.csrf_cookie_name)},
      {"trusted_browser_days", std::to_string(facts.trusted_browser_days)},
      {"brand_logo", folder + logo},
      {"brand_style",
       branding_.style.empty() ? "" : "<link rel=\"stylesheet\" href=\"" + folder + "/brand/brand.css\">"},
  };
  return fill_in(file.content, [&](std::string_view name) -> std::optional<std::string> {
    if (name.starts_with("> ")) {
      const auto part = std::string(kPages) + '_' + std::string(name.substr(2)) + std::string(kHtml);
      const auto* found = embedded::find(web_, part);
      return found == nullptr ? std::nullopt : std::optional(std::string(found->content));
    }
    if (const auto value = values.find(name); value != values.end()) return value->second;
    const auto* text = texts_.find(locale, name);
    return text == nullptr ? std::nullopt : std::optional(as_html(*text));
  });
}

std::vector<std::string> PageSet::names() const {
  std::vector<std::string> names;
  for (const auto& [name, languages] : pages_) names.push_back(name);
  return names;
}

const Rendered& PageSet::page(std::string_view name, Locale locale) const {
  return pages_.find(name)->second.at(locale);
}

const Rendered* PageSet::asset(std::string_view path) const {
  const auto found = assets_.find(path);
  return found == assets_.end() ? nullptr : &found->second;
}

}  // namespace secureauth::pages
