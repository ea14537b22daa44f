#include "pages/page_template.hpp"

#include "core/ascii.hpp"

#include <stdexcept>

namespace secureauth::pages {
namespace {

std::string fill(std::string_view text, const Lookup& lookup, bool is_part) {
  std::string out;
  for (auto open = text.find("{{"); open != std::string_view::npos; open = text.find("{{")) {
    const auto close = text.find("}}", open);
    if (close == std::string_view::npos) throw std::logic_error("a page has a {{ without an end");
    out += text.substr(0, open);
    const auto name = ascii::trimmed(text.substr(open + 2, close - open - 2));
    const auto value = lookup(name);
    if (!value) throw std::logic_error("a page names {{" + std::string(name) + "}}, which nobody knows");
    if (!name.starts_with('>')) {
      out += *value;
    } else if (is_part) {
      throw std::logic_error("a part of a page has parts");
    } else {
      out += fill(*value, lookup, true);
    }
    text.remove_prefix(close + 2);
  }
  out += text;
  return out;
}

}  // namespace

std::string fill_in(std::string_view text, const Lookup& lookup) {
  return fill(text, lookup, false);
}

std::string as_html(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace secureauth::pages
