#pragma once

#include "core/embedded.hpp"
#include "pages/branding.hpp"
#include "pages/page_texts.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace secureauth::pages {

/// What pages say of the service they belong to.
struct SiteFacts {
  std::string name;  ///< WEBAUTHN_RP_NAME
  std::size_t password_min_length = 0;
  bool passwordless_sign_up = false;
  bool mailbox = false;  ///< mails are shown at /dev/mailbox
  std::string csrf_cookie_name{};
  std::int64_t trusted_browser_days = 0;  ///< MFA_TRUSTED_BROWSER_DAYS
};

/// A file as it is sent, either way.
struct Rendered {
  std::string_view name;  ///< decides its content type
  std::string_view identity;
  std::string_view gzip;
  std::string tag;  ///< crypto::content_tag()
};

/// Every page in every language, and what pages load, made once at start and then only read. Pages are
/// `web/pages/NAME.html`, filled in with the texts of `web/texts/` and the facts; the rest is served as it is.
class PageSet {
 public:
  /// Throws std::logic_error where a page names what nobody knows.
  PageSet(std::vector<embedded::File> web, const SiteFacts& facts, Branding branding);
  PageSet(const PageSet&) = delete;
  PageSet& operator=(const PageSet&) = delete;

  /// Names of the pages, such as `sign-in` and `dev/mailbox`.
  [[nodiscard]] std::vector<std::string> names() const;
  /// Throws std::out_of_range.
  [[nodiscard]] const Rendered& page(std::string_view name, Locale locale) const;

  /// What stands at `/assets/VERSION/PATH`, such as `scripts/sign-in.js`; nullptr: nothing does.
  [[nodiscard]] const Rendered* asset(std::string_view path) const;
  /// Changes with the content of any of them.
  [[nodiscard]] const std::string& version() const { return version_; }

 private:
  [[nodiscard]] Rendered keep(std::string_view name, std::string content);
  [[nodiscard]] std::string render(const embedded::File& file, Locale locale, const SiteFacts& facts) const;
  void add_assets();

  std::vector<embedded::File> web_;
  PageTexts texts_;
  Branding branding_;
  std::deque<std::string> kept_;  // what the views below look at
  std::map<std::string, Rendered, std::less<>> assets_;
  std::string version_;
  std::map<std::string, std::map<Locale, Rendered>, std::less<>> pages_;
};

}  // namespace secureauth::pages
