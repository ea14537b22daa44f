#include "mail/templates.hpp"

#include "core/embedded.hpp"
#include "core/unicode.hpp"
#include "mail/template_text.hpp"

#include <fstream>
#include <stdexcept>

namespace secureauth::mail {
namespace {

using template_text::Values;
namespace fs = std::filesystem;

constexpr std::size_t kMostTemplateBytes = 64 * std::size_t{1024};
constexpr std::size_t kMostValueBytes = 1024;
constexpr std::string_view kFrame = "frame.html";
constexpr std::array<std::string_view, 4> kFrameValues{"lang", "subject", "body", "site"};

std::string name_of(Locale locale, Kind kind, std::string_view ending) {
  return std::string(to_text(locale)) + '/' + std::string(name_of(kind)) + std::string(ending);
}

struct Text {
  std::string_view subject;
  std::string_view body;
};

Text split_subject(std::string_view text) {
  const auto end = std::min(text.find('\n'), text.size());
  const auto body = std::min(text.find_first_not_of('\n', end), text.size());
  return {text.substr(0, end), text.substr(body)};
}

[[noreturn]] void refuse(const std::string& name, const std::string& why) {
  throw std::runtime_error("the mail template " + name + ' ' + why);
}

std::string read_file(const fs::path& path, const std::string& name) {
  std::ifstream file(path, std::ios::binary);
  std::string content(kMostTemplateBytes + 1, '\0');
  file.read(content.data(), static_cast<std::streamsize>(content.size()));
  if (!file.eof() || file.bad()) refuse(name, file ? "is larger than 64 KiB" : "cannot be read");
  content.resize(static_cast<std::size_t>(file.gcount()));
  std::erase(content, '\r');
  return content;
}

void check(const std::string& name, std::string_view content, std::span<const std::string_view> allowed) {
  if (!unicode::is_valid(content)) refuse(name, "is not UTF-8");
  if (const auto why = template_text::mistake(content, allowed)) refuse(name, *why);
}

Values values_for_text(const Letter& letter) {
  Values values;
  for (const auto name : values_of(letter.kind)) {
    const auto value = letter.values.find(std::string(name));
    if (value == letter.values.end()) {
      throw std::logic_error(std::string(name_of(letter.kind)) + " was not given its " + std::string(name));
    }
    values[name] = unicode::one_line(value->second, kMostValueBytes);
  }
  return values;
}

}  // namespace

Templates::Templates(const fs::path& folder) {
  if (!folder.empty()) read_from(folder);
  check(std::string(kFrame), content(std::string(kFrame)), kFrameValues);
  for (const auto locale : {Locale::en, Locale::de}) {
    for (const auto kind : kKinds) {
      const auto text = name_of(locale, kind, ".txt");
      const auto html = name_of(locale, kind, ".html");
      check(text, content(text), values_of(kind));
      check(html, content(html), values_of(kind));
      const auto [subject, body] = split_subject(content(text));
      if (subject.empty() || body.empty()) refuse(text, "must have a subject in its first line and a text below");
    }
  }
}

void Templates::read_from(const fs::path& folder) {
  std::error_code failed;
  for (fs::recursive_directory_iterator entry(folder, failed), end; !failed && entry != end; entry.increment(failed)) {
    const auto& path = entry->path();
    if (path.extension() != ".txt" && path.extension() != ".html") continue;
    const auto name = path.lexically_relative(folder).generic_string();
    if (embedded::find(embedded::mail_templates(), name) == nullptr) refuse(name, "belongs to no mail");
    replaced_[name] = read_file(path, name);
  }
  if (failed) throw std::runtime_error("MAIL_TEMPLATES_DIR cannot be read: " + failed.message());
}

std::string_view Templates::content(const std::string& name) const {
  if (const auto own = replaced_.find(name); own != replaced_.end()) return own->second;
  const auto* file = embedded::find(embedded::mail_templates(), name);
  if (file == nullptr) throw std::logic_error("no mail template " + name);
  return file->content;
}

Message Templates::render(const Letter& letter) const {
  const auto values = values_for_text(letter);
  Values escaped;
  for (const auto& [name, value] : values) escaped[name] = template_text::html_escaped(value);

  const auto text = split_subject(content(name_of(letter.locale, letter.kind, ".txt")));
  Message message{.recipient = letter.recipient,
                  .subject = template_text::fill(text.subject, values),
                  .text = template_text::fill(text.body, values),
                  .html = ""};
  const Values frame{{"lang", std::string(to_text(letter.locale))},
                     {"subject", template_text::html_escaped(message.subject)},
                     {"body", template_text::fill(content(name_of(letter.locale, letter.kind, ".html")), escaped)},
                     {"site", escaped.at("site")}};
  message.html = template_text::fill(content(std::string(kFrame)), frame);
  return message;
}

}  // namespace secureauth::mail
