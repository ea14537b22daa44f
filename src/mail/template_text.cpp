#include "mail/template_text.hpp"

#include "core/ascii.hpp"

#include <algorithm>
#include <stdexcept>

namespace secureauth::mail::template_text {
namespace {

constexpr std::string_view kOpen = "{{";
constexpr std::string_view kClose = "}}";

/// The text in front of the first placeholder, its name, and what follows it.
struct Parts {
  std::string_view before;
  std::optional<std::string_view> name;  ///< nothing: there is no placeholder
  std::string_view after;
  bool closed = true;
};

Parts split(std::string_view text) {
  const auto open = text.find(kOpen);
  if (open == std::string_view::npos) return {text, std::nullopt, {}};
  const auto rest = text.substr(open + kOpen.size());
  const auto close = rest.find(kClose);
  if (close == std::string_view::npos) return {text.substr(0, open), rest, {}, false};
  return {text.substr(0, open), rest.substr(0, close), rest.substr(close + kClose.size())};
}

std::string_view escaped(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      return {};
  }
}

}  // namespace

std::optional<std::string> mistake(std::string_view text, std::span<const std::string_view> allowed) {
  for (auto parts = split(text); parts.name; parts = split(parts.after)) {
    if (!parts.closed) return "opens a {{ that it does not close";
    if (std::ranges::find(allowed, *parts.name) != allowed.end()) continue;
    std::string known;
    for (const auto name : allowed) known += (known.empty() ? "" : ", ") + std::string(name);
    return "has the placeholder {{" + std::string(*parts.name) + "}}, but its values are " + known;
  }
  return std::nullopt;
}

std::string fill(std::string_view text, const Values& values) {
  std::string out;
  auto parts = split(text);
  for (; parts.name; parts = split(parts.after)) {
    const auto value = values.find(*parts.name);
    if (value == values.end()) throw std::logic_error("a placeholder without a value in a mail template");
    out += parts.before;
    out += value->second;
  }
  out += parts.before;
  return out;
}

std::string html_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto reference = escaped(c);
    if (reference.empty()) {
      out.push_back(c);
    } else {
      out += reference;
    }
  }
  return out;
}

}  // namespace secureauth::mail::template_text
