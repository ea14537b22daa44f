#pragma once

#include <compare>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace secureauth {

/// A UUID as its canonical lower-case text; the tag keeps a user's id from being taken for a session's.
template <class Tag>
class Id {
 public:
  Id() = default;
  explicit Id(std::string text) : text_(std::move(text)) {}
  [[nodiscard]] const std::string& text() const { return text_; }
  auto operator<=>(const Id&) const = default;

 private:
  std::string text_;
};

using UserId = Id<struct UserTag>;
using SessionId = Id<struct SessionTag>;

}  // namespace secureauth

template <class Tag>
struct std::hash<secureauth::Id<Tag>> {
  std::size_t operator()(const secureauth::Id<Tag>& id) const { return std::hash<std::string>{}(id.text()); }
};
