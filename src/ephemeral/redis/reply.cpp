#include "ephemeral/redis/reply.hpp"

namespace secureauth::ephemeral::redis {
namespace {

[[noreturn]] void refuse() {
  throw RedisUnavailable("Redis answered what was not asked for");
}

}  // namespace

template <class T>
const T& Reply::as() const {
  const auto* value = std::get_if<T>(&value_);
  if (value == nullptr) refuse();
  return *value;
}

std::int64_t Reply::integer() const {
  return as<std::int64_t>();
}

bool Reply::boolean() const {
  return as<bool>();
}

double Reply::real() const {
  return as<double>();
}

const std::string& Reply::text() const& {
  return as<std::string>();
}

std::string Reply::text() && {
  as<std::string>();
  return std::get<std::string>(std::move(value_));
}

const Reply::Elements& Reply::elements() const {
  return as<Elements>();
}

const Reply& Reply::operator[](std::size_t index) const {
  const auto& all = elements();
  if (index >= all.size()) refuse();
  return all[index];
}

const Reply& Reply::find(std::string_view key) const {
  static const Reply none;
  const auto& all = elements();
  for (std::size_t i = 0; i + 1 < all.size(); i += 2) {
    if (all[i].kind_ == Kind::text && all[i].text() == key) return all[i + 1];
  }
  return none;
}

std::string Reply::error_code() const {
  const auto& message = text();
  std::size_t length = 0;
  while (length < message.size() && message[length] >= 'A' && message[length] <= 'Z') ++length;
  return length == 0 || length > 32 ? "ERR" : message.substr(0, length);
}

std::string_view Reply::error_detail() const {
  const std::string_view message = text();
  const auto space = message.find(' ');
  return space == std::string_view::npos ? std::string_view() : message.substr(space + 1);
}

}  // namespace secureauth::ephemeral::redis
