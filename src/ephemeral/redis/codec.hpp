#pragma once

#include "ephemeral/redis/reply.hpp"

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

// RESP3 is written and read here and not by hiredis: Debian 12's hiredis 0.14 knows RESP2 only.
// Source: https://redis.io/docs/latest/develop/reference/protocol-spec/.
namespace secureauth::ephemeral::redis {

/// Appends one command: every argument with its length before it, so that no value can become a command.
void append_command(std::string& wire, std::span<const std::string_view> arguments);
void append_command(std::string& wire, std::span<const std::string> arguments);
[[nodiscard]] std::string command_of(std::initializer_list<std::string_view> arguments);

/// The server sent what is no RESP3, or more than the limits allow.
class ProtocolError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Puts replies together from the bytes of a connection, however they are cut. After a ProtocolError it is spent.
class Reader {
 public:
  struct Limits {
    std::size_t reply_bytes = 1U << 20U;       ///< one top-level reply on the wire
    std::size_t reply_elements = 256U << 10U;  ///< all lists of one top-level reply together
    std::size_t depth = 8;                     ///< lists in lists
  };

  Reader() = default;
  explicit Reader(Limits limits) : limits_(limits) {}

  /// Room to read into; `received` says how much of it was used.
  [[nodiscard]] std::span<char> room();
  void received(std::size_t bytes) { filled_ += bytes; }

  /// The next whole reply, if it is there. Throws ProtocolError.
  std::optional<Reply> next();

 private:
  struct Open {
    Reply list;
    std::size_t missing = 0;
    bool attribute = false;  ///< metadata before a reply: read and dropped
  };
  enum class Step { incomplete, opened, whole };

  Step step(Reply& value);
  Step bulk(char type, std::string_view header, std::size_t behind_header, Reply& value);
  Step open(Reply::Kind kind, std::size_t count, bool attribute, Reply& value);
  /// Puts a whole value where it belongs. True when it completes the top-level reply, which `value` then is.
  bool place(Reply& value);
  void consume(std::size_t bytes);
  [[nodiscard]] std::string_view unread() const { return std::string_view(buffer_.data() + begin_, filled_ - begin_); }

  Limits limits_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;   ///< of what is not parsed yet
  std::size_t filled_ = 0;  ///< end of what was received
  std::vector<Open> open_;
  std::size_t bytes_ = 0;     ///< of the reply being put together
  std::size_t elements_ = 0;  ///< of the reply being put together
};

}  // namespace secureauth::ephemeral::redis
