#include "mfa/webauthn/cbor.hpp"

#include "core/unicode.hpp"
#include "crypto/digest.hpp"

#include <cbor.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace secureauth::webauthn::cbor {
namespace {

struct Malformed {
  const char* what = "";
};

/// One item's beginning, and a string's content, as libcbor's streaming decoder tells them. Its tree builder is not
/// used: that allocates by the lengths that the input declares, and takes every encoding of a value.
struct Head {
  std::optional<Value::Kind> kind;  ///< nothing: a kind of item that CTAP2 does not have
  bool negative = false;
  std::uint64_t argument = 0;  ///< value, length or count
  std::span<const std::byte> content{};
};

Head& head_of(void* context) {
  return *static_cast<Head*>(context);
}

template <class Unsigned>
void on_unsigned(void* context, Unsigned value) {
  head_of(context) = {.kind = Value::Kind::integer, .argument = value};
}

template <class Unsigned>
void on_negative(void* context, Unsigned value) {
  head_of(context) = {.kind = Value::Kind::integer, .negative = true, .argument = value};
}

template <Value::Kind kKind>
void on_string(void* context, cbor_data data, std::size_t size) {
  head_of(context) = {.kind = kKind, .argument = size, .content = std::as_bytes(std::span(data, size))};
}

template <Value::Kind kKind>
void on_collection(void* context, std::size_t count) {
  head_of(context) = {.kind = kKind, .argument = count};
}

void on_boolean(void* context, bool value) {
  head_of(context) = {.kind = Value::Kind::boolean, .argument = value ? 1U : 0U};
}

void on_null(void* context) {
  head_of(context) = {.kind = Value::Kind::null};
}

cbor_callbacks callbacks() {
  auto set = cbor_empty_callbacks;  // what is not named below leaves the head without a kind
  set.uint8 = on_unsigned<std::uint8_t>;
  set.uint16 = on_unsigned<std::uint16_t>;
  set.uint32 = on_unsigned<std::uint32_t>;
  set.uint64 = on_unsigned<std::uint64_t>;
  set.negint8 = on_negative<std::uint8_t>;
  set.negint16 = on_negative<std::uint16_t>;
  set.negint32 = on_negative<std::uint32_t>;
  set.negint64 = on_negative<std::uint64_t>;
  set.byte_string = on_string<Value::Kind::bytes>;
  set.string = on_string<Value::Kind::text>;
  set.array_start = on_collection<Value::Kind::array>;
  set.map_start = on_collection<Value::Kind::map>;
  set.boolean = on_boolean;
  set.null = on_null;
  return set;
}

/// Bytes of the shortest head with this argument.
std::size_t shortest_head(std::uint64_t argument) {
  if (argument < 24) return 1;
  if (argument <= std::numeric_limits<std::uint8_t>::max()) return 2;
  if (argument <= std::numeric_limits<std::uint16_t>::max()) return 3;
  return argument <= std::numeric_limits<std::uint32_t>::max() ? 5 : 9;
}

/// CTAP2's order of keys: major type, then length, then bytes. In shortest form the first byte tells the type, and for
/// one type a longer item never begins with a smaller byte, so that only length needs a look of its own.
bool precedes(std::span<const std::byte> a, std::span<const std::byte> b) {
  const auto type_of = [](std::span<const std::byte> item) { return item.front() >> 5; };
  if (type_of(a) != type_of(b)) return type_of(a) < type_of(b);
  if (a.size() != b.size()) return a.size() < b.size();
  return std::ranges::lexicographical_compare(a, b);
}

bool may_be_key(const Value& value) {
  return value.kind() == Value::Kind::integer || value.kind() == Value::Kind::text;
}

}  // namespace

/// Descends by calling itself, kMostDepth times at most. Throws Malformed.
class Reader {
 public:
  explicit Reader(std::span<const std::byte> input) : rest_(input) {}

  Value read(int depth) {
    if (++items_ > kMostItems) throw Malformed{"too many items"};
    const auto start = rest_;
    const auto head = take_head();
    Value value;
    value.kind_ = *head.kind;
    value.content_ = head.content;
    switch (value.kind_) {
      case Value::Kind::array:
      case Value::Kind::map:
        if (depth == kMostDepth) throw Malformed{"nested too deeply"};
        read_children(value, head.argument, depth + 1);
        break;
      case Value::Kind::text:
        if (!unicode::is_valid(crypto::as_text(head.content))) throw Malformed{"text that is not UTF-8"};
        break;
      default:
        value.number_ = number_of(head);
    }
    value.encoded_ = start.first(start.size() - rest_.size());
    return value;
  }

 private:
  Head take_head() {
    static const auto kCallbacks = callbacks();
    Head head;
    const auto decoded =
        cbor_stream_decode(reinterpret_cast<cbor_data>(rest_.data()), rest_.size(), &kCallbacks, &head);
    if (decoded.status == CBOR_DECODER_NEDATA) throw Malformed{"cut off"};
    if (decoded.status != CBOR_DECODER_FINISHED) throw Malformed{"not CBOR"};
    if (!head.kind) throw Malformed{"an indefinite length, a tag, a float or a simple value"};
    if (decoded.read != shortest_head(head.argument) + head.content.size()) throw Malformed{"not in shortest form"};
    rest_ = rest_.subspan(decoded.read);
    return head;
  }

  static std::int64_t number_of(const Head& head) {
    if (head.argument > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      throw Malformed{"an integer beyond 64 bits"};
    }
    const auto number = static_cast<std::int64_t>(head.argument);
    return head.negative ? -1 - number : number;
  }

  /// Room is made as values come, never by the count that was declared.
  void read_children(Value& parent, std::uint64_t count, int depth) {
    std::span<const std::byte> last_key;
    for (std::uint64_t i = 0; i < count; ++i) {
      if (parent.is_map()) {
        auto key = read(depth);
        if (!may_be_key(key)) throw Malformed{"a key that is neither integer nor text"};
        if (!last_key.empty() && !precedes(last_key, key.encoded())) throw Malformed{"keys unsorted or twice"};
        last_key = key.encoded();
        parent.children_.push_back(std::move(key));
      }
      parent.children_.push_back(read(depth));
    }
  }

  std::span<const std::byte> rest_;
  std::size_t items_ = 0;
};

std::optional<std::int64_t> Value::integer() const {
  return kind_ == Kind::integer ? std::optional(number_) : std::nullopt;
}

std::optional<std::span<const std::byte>> Value::bytes() const {
  return kind_ == Kind::bytes ? std::optional(content_) : std::nullopt;
}

std::optional<std::string_view> Value::text() const {
  return kind_ == Kind::text ? std::optional(crypto::as_text(content_)) : std::nullopt;
}

std::optional<bool> Value::boolean() const {
  return kind_ == Kind::boolean ? std::optional(number_ == 1) : std::nullopt;
}

std::span<const Value> Value::items() const {
  return is_array() ? std::span(children_) : std::span<const Value>{};
}

std::size_t Value::size() const {
  return is_map() ? children_.size() / 2 : children_.size();
}

const Value* Value::find(std::int64_t key) const {
  for (std::size_t i = 0; is_map() && i < children_.size(); i += 2) {
    if (children_[i].integer() == key) return &children_[i + 1];
  }
  return nullptr;
}

const Value* Value::find(std::string_view key) const {
  for (std::size_t i = 0; is_map() && i < children_.size(); i += 2) {
    if (children_[i].text() == key) return &children_[i + 1];
  }
  return nullptr;
}

std::optional<std::span<const std::byte>> Value::find_bytes(std::string_view key) const {
  const auto* value = find(key);
  return value == nullptr ? std::nullopt : value->bytes();
}

std::optional<std::string_view> Value::find_text(std::string_view key) const {
  const auto* value = find(key);
  return value == nullptr ? std::nullopt : value->text();
}

std::optional<std::int64_t> Value::find_integer(std::string_view key) const {
  const auto* value = find(key);
  return value == nullptr ? std::nullopt : value->integer();
}

boost::system::result<Value, std::string> read(std::span<const std::byte> input) {
  auto value = read_first(input);
  if (value && value->encoded().size() != input.size()) return std::string("bytes after the end");
  return value;
}

boost::system::result<Value, std::string> read_first(std::span<const std::byte> input) {
  try {
    return Reader(input).read(0);
  } catch (const Malformed& fault) {
    return std::string(fault.what);
  }
}

}  // namespace secureauth::webauthn::cbor
