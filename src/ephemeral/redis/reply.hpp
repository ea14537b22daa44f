#pragma once

#include "core/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace secureauth::ephemeral::redis {

/// Redis could not be asked, or not in time, or the answer was lost: whether the command was carried out is unknown
/// unless it was never sent. Nothing is sent again by itself.
class RedisUnavailable : public Unavailable {
 public:
  using Unavailable::Unavailable;
};

/// There is no connection and none was waited for: the command was not sent.
class NotConnected : public RedisUnavailable {
 public:
  using RedisUnavailable::RedisUnavailable;
};

/// The server answered with an error: the command was understood and not carried out (OOM, WRONGTYPE, NOPERM …).
/// Holds the error's first word only; the rest may quote keys and values.
class CommandRefused : public Unavailable {
 public:
  explicit CommandRefused(std::string code) : Unavailable("Redis refused a command: " + code), code_(std::move(code)) {}
  [[nodiscard]] const std::string& code() const { return code_; }

 private:
  std::string code_;
};

/// One value that a server sent. An accessor that does not fit the kind throws RedisUnavailable: what a server answers
/// is the server's choice, and one that answers something else is as good as none.
/// Source: https://redis.io/docs/latest/develop/reference/protocol-spec/ (RESP3).
class Reply {
 public:
  enum class Kind { null, integer, boolean, real, text, error, array, map, set, push };
  using Elements = std::vector<Reply>;

  Reply() = default;  ///< null
  Reply(Kind kind, std::string text) : kind_(kind), value_(std::move(text)) {}
  Reply(Kind kind, Elements elements) : kind_(kind), value_(std::move(elements)) {}
  explicit Reply(std::int64_t value) : kind_(Kind::integer), value_(value) {}
  explicit Reply(bool value) : kind_(Kind::boolean), value_(value) {}
  explicit Reply(double value) : kind_(Kind::real), value_(value) {}

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] bool is_null() const { return kind_ == Kind::null; }
  [[nodiscard]] bool is_error() const { return kind_ == Kind::error; }

  [[nodiscard]] std::int64_t integer() const;
  [[nodiscard]] bool boolean() const;
  [[nodiscard]] double real() const;
  /// Bytes or a status line, whatever is in them.
  [[nodiscard]] const std::string& text() const&;
  [[nodiscard]] std::string text() &&;
  /// Of an array, a set or a push; of a map: key, value, key, value …
  [[nodiscard]] const Elements& elements() const;
  [[nodiscard]] std::size_t size() const { return elements().size(); }
  [[nodiscard]] const Reply& operator[](std::size_t index) const;
  /// The value of a text key in a map; null when it is not there.
  [[nodiscard]] const Reply& find(std::string_view key) const;

  /// Of an error: its first word, upper-case letters only ("ERR" where there is none), and the words behind it.
  [[nodiscard]] std::string error_code() const;
  [[nodiscard]] std::string_view error_detail() const;

 private:
  friend class Reader;
  template <class T>
  const T& as() const;

  Kind kind_ = Kind::null;
  std::variant<std::monostate, std::int64_t, bool, double, std::string, Elements> value_;
};

}  // namespace secureauth::ephemeral::redis
