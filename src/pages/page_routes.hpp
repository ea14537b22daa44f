#pragma once

#include "http/static_file.hpp"
#include "pages/page_set.hpp"
#include "pages/return_to.hpp"
#include "sessions/session_gate.hpp"

#include <string>
#include <string_view>

namespace secureauth::pages {

/// The hosted pages, what they load, and where they may send a browser on to. Pages hold no user data: a script asks
/// the API for that, like any front end.
class PageRoutes {
 public:
  struct Shown {
    bool hosted = true;    ///< HOSTED_PAGES
    bool mailbox = false;  ///< /dev/mailbox
    bool docs = false;     ///< API_DOCS: /docs and /openapi.json
  };
  PageRoutes(const PageSet& pages, Shown shown, ReturnTo return_to, const sessions::SessionGate& gate)
      : pages_(pages), shown_(shown), return_to_(std::move(return_to)), gate_(gate) {}
  void add_to(http::Router& router);

 private:
  using Answer = Result<http::Response>;
  [[nodiscard]] bool is_shown(std::string_view page) const;
  void add_page(http::Router& router, const std::string& name);
  void add_stable_asset(http::Router& router, const std::string& name);
  [[nodiscard]] Answer asset(const http::Request& request, const std::string& path) const;
  [[nodiscard]] Answer return_to(const http::Request& request) const;

  const PageSet& pages_;
  Shown shown_;
  ReturnTo return_to_;
  const sessions::SessionGate& gate_;
};

}  // namespace secureauth::pages
