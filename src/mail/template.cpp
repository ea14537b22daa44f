#include "mail/template.hpp"

#include "core/embedded.hpp"

#include <stdexcept>

namespace secureauth::mail {
namespace {

std::string html_escaped(std::string_view text) {
  std::string out;
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
      case '\'':
        out += "&#39;";
        break;
      default:
        out.push_back(c);
    }
  }
  return out;
}

std::string_view part(std::string_view kind, std::string_view ending) {
  const auto* file = embedded::find(embedded::mail_templates(), std::string(kind) + std::string(ending));
  if (file == nullptr) throw std::logic_error("no mail template " + std::string(kind) + std::string(ending));
  return file->content;
}

std::string fill(std::string_view text, const std::map<std::string_view, std::string>& values, bool html) {
  std::string out;
  while (true) {
    const auto open = text.find("{{");
    out += text.substr(0, open);
    if (open == std::string_view::npos) return out;
    const auto close = text.find("}}", open);
    if (close == std::string_view::npos) throw std::logic_error("unclosed placeholder in a mail template");
    const auto value = values.find(text.substr(open + 2, close - open - 2));
    if (value == values.end()) throw std::logic_error("placeholder without a value in a mail template");
    out += html ? html_escaped(value->second) : value->second;
    text.remove_prefix(close + 2);
  }
}

}  // namespace

Message render(std::string_view kind, std::string recipient, const std::map<std::string_view, std::string>& values) {
  const auto text = part(kind, ".txt");
  const auto line_end = text.find('\n');
  return Message{.kind = std::string(kind),
                 .recipient = std::move(recipient),
                 .subject = fill(text.substr(0, line_end), values, false),
                 .text = fill(text.substr(text.find_first_not_of('\n', line_end)), values, false),
                 .html = fill(part(kind, ".html"), values, true)};
}

}  // namespace secureauth::mail
