#include "ephemeral/redis/codec.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <limits>
#include <utility>

namespace secureauth::ephemeral::redis {
namespace {

constexpr std::size_t kLeastRoom = 16U << 10U;
constexpr std::size_t kKeptRoom = 1U << 20U;
constexpr std::size_t kLongestHeader = 32;        // "$" or "*" and a number
constexpr std::size_t kLongestLine = 64U << 10U;  // a status, an error, a real or big number
constexpr std::size_t kReserved = 64;             // elements room is made for on the server's word alone

void append_number(std::string& wire, char type, std::size_t value) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  wire += type;
  wire.append(digits.data(), end);
  wire += "\r\n";
}

template <class Text>
void append(std::string& wire, std::span<const Text> arguments) {
  append_number(wire, '*', arguments.size());
  for (const std::string_view argument : arguments) {
    append_number(wire, '$', argument.size());
    wire += argument;
    wire += "\r\n";
  }
}

std::int64_t integer(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) throw ProtocolError("not an integer");
  return value;
}

std::size_t length(std::string_view text) {
  const auto value = integer(text);
  if (value < 0) throw ProtocolError("a negative length");
  return static_cast<std::size_t>(value);
}

double real(std::string_view text) {
  if (text == "inf") return std::numeric_limits<double>::infinity();
  if (text == "-inf") return -std::numeric_limits<double>::infinity();
  if (text == "nan" || text == "-nan") return std::numeric_limits<double>::quiet_NaN();
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) throw ProtocolError("not a number");
  return value;
}

bool boolean(std::string_view text) {
  if (text != "t" && text != "f") throw ProtocolError("not a boolean");
  return text == "t";
}

bool has_one_line(char type) {
  return type == '+' || type == '-' || type == '(' || type == ',';
}

}  // namespace

void append_command(std::string& wire, std::span<const std::string_view> arguments) {
  append(wire, arguments);
}

void append_command(std::string& wire, std::span<const std::string> arguments) {
  append(wire, arguments);
}

std::string command_of(std::initializer_list<std::string_view> arguments) {
  std::string wire;
  append(wire, std::span(arguments.begin(), arguments.size()));
  return wire;
}

std::span<char> Reader::room() {
  if (begin_ == filled_) {
    begin_ = filled_ = 0;
    if (buffer_.size() > kKeptRoom) buffer_ = std::vector<char>();  // after a large reply
  } else if (begin_ > 0 && buffer_.size() - filled_ < kLeastRoom) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, filled_ - begin_);
    filled_ -= std::exchange(begin_, 0);
  }
  if (buffer_.size() - filled_ < kLeastRoom) buffer_.resize(std::max(buffer_.size() * 2, filled_ + kLeastRoom));
  return std::span(buffer_).subspan(filled_);
}

std::optional<Reply> Reader::next() {
  while (true) {
    Reply value;
    const auto taken = step(value);
    if (taken == Step::incomplete) return std::nullopt;
    if (taken == Step::whole && place(value)) {
      bytes_ = elements_ = 0;
      return value;
    }
  }
}

Reader::Step Reader::step(Reply& value) {
  const auto text = unread();
  if (text.empty()) return Step::incomplete;
  const char type = text.front();
  const auto longest = has_one_line(type) ? kLongestLine : kLongestHeader;
  const auto end = text.substr(0, longest).find("\r\n");
  if (end == std::string_view::npos) {
    if (text.size() >= longest) throw ProtocolError("a line without an end");
    return Step::incomplete;
  }
  const auto line = text.substr(1, end - 1);
  const auto behind = end + 2;
  switch (type) {
    case '+':
    case '(':
      value = Reply(Reply::Kind::text, std::string(line));
      break;
    case '-':
      value = Reply(Reply::Kind::error, std::string(line));
      break;
    case ':':
      value = Reply(integer(line));
      break;
    case ',':
      value = Reply(real(line));
      break;
    case '#':
      value = Reply(boolean(line));
      break;
    case '_':
      break;
    case '$':
    case '!':
    case '=':
      return bulk(type, line, behind, value);
    case '*':
    case '~':
    case '>':
    case '%':
    case '|': {
      const bool null_array = type == '*' && line == "-1";  // RESP2's null
      const auto count = null_array ? 0 : length(line);
      consume(behind);
      if (null_array) return Step::whole;
      if (type == '*') return open(Reply::Kind::array, count, false, value);
      if (type == '~') return open(Reply::Kind::set, count, false, value);
      if (type == '>') return open(Reply::Kind::push, count, false, value);
      if (count > limits_.reply_elements) throw ProtocolError("too many elements");
      return open(Reply::Kind::map, count * 2, type == '|', value);
    }
    default:
      throw ProtocolError("an unknown type");
  }
  consume(behind);
  return Step::whole;
}

Reader::Step Reader::bulk(char type, std::string_view header, std::size_t behind_header, Reply& value) {
  if (header == "-1" && type == '$') {  // RESP2's null
    consume(behind_header);
    return Step::whole;
  }
  const auto size = length(header);
  if (size > limits_.reply_bytes) throw ProtocolError("too large a value");
  const auto text = unread().substr(behind_header);
  if (text.size() < size + 2) return Step::incomplete;
  if (text.substr(size, 2) != "\r\n") throw ProtocolError("a value longer than it says");
  auto body = text.substr(0, size);
  if (type == '=') {  // three characters of format and a colon before the text
    if (size < 4) throw ProtocolError("a verbatim text without its format");
    body.remove_prefix(4);
  }
  value = Reply(type == '!' ? Reply::Kind::error : Reply::Kind::text, std::string(body));
  consume(behind_header + size + 2);
  return Step::whole;
}

Reader::Step Reader::open(Reply::Kind kind, std::size_t count, bool attribute, Reply& value) {
  elements_ += count;
  if (count > limits_.reply_elements || elements_ > limits_.reply_elements) throw ProtocolError("too many elements");
  Reply::Elements elements;
  elements.reserve(std::min(count, kReserved));
  Reply list(kind, std::move(elements));
  if (count == 0) {
    if (attribute) return Step::opened;
    value = std::move(list);
    return Step::whole;
  }
  if (open_.size() >= limits_.depth) throw ProtocolError("too deep a nesting");
  open_.push_back(Open{std::move(list), count, attribute});
  return Step::opened;
}

bool Reader::place(Reply& value) {
  while (!open_.empty()) {
    auto& parent = open_.back();
    std::get<Reply::Elements>(parent.list.value_).push_back(std::move(value));
    if (--parent.missing > 0) return false;
    const bool attribute = parent.attribute;
    value = std::move(parent.list);
    open_.pop_back();
    if (attribute) return false;
  }
  return true;
}

void Reader::consume(std::size_t bytes) {
  begin_ += bytes;
  bytes_ += bytes;
  if (bytes_ > limits_.reply_bytes + kLongestLine) throw ProtocolError("too large a reply");
}

}  // namespace secureauth::ephemeral::redis
