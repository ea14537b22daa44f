#pragma once

#include <boost/system/result.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace secureauth::webauthn::cbor {

/// Arrays and maps in one another, the outermost counted. CTAP2 allows 4; a compound attestation needs one more: the
/// attestation object, the list of statements, one of them, its attStmt, the x5c in that.
inline constexpr int kMostDepth = 5;

/// Values in one another and beside one another, keys of maps counted: what bounds a tree's memory.
inline constexpr std::size_t kMostItems = 1024;

/// One data item and what is in it. Views the bytes that it was read from, which must outlive it. Immutable.
class Value {
 public:
  enum class Kind { integer, bytes, text, array, map, boolean, null };

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] bool is_array() const { return kind_ == Kind::array; }
  [[nodiscard]] bool is_map() const { return kind_ == Kind::map; }

  /// Each gives nothing of a value of another kind.
  [[nodiscard]] std::optional<std::int64_t> integer() const;
  [[nodiscard]] std::optional<std::span<const std::byte>> bytes() const;
  [[nodiscard]] std::optional<std::string_view> text() const;
  [[nodiscard]] std::optional<bool> boolean() const;

  /// An array's values, in their order; empty for what is no array.
  [[nodiscard]] std::span<const Value> items() const;

  /// What stands under a key of a map; nullptr where the key, or the map, is not there. Keys that a map may not have
  /// are excluded by comparing size() with the number of those found.
  [[nodiscard]] const Value* find(std::int64_t key) const;
  [[nodiscard]] const Value* find(std::string_view key) const;
  [[nodiscard]] std::optional<std::span<const std::byte>> find_bytes(std::string_view key) const;
  [[nodiscard]] std::optional<std::string_view> find_text(std::string_view key) const;
  [[nodiscard]] std::optional<std::int64_t> find_integer(std::string_view key) const;

  /// Values of an array, pairs of a map, 0 for others.
  [[nodiscard]] std::size_t size() const;

  /// The item as it stands in the input, from its first byte to its last.
  [[nodiscard]] std::span<const std::byte> encoded() const { return encoded_; }

 private:
  friend class Reader;

  Kind kind_ = Kind::null;
  std::int64_t number_ = 0;             ///< of an integer; 0 or 1 for a boolean
  std::span<const std::byte> content_;  ///< of a byte or text string
  std::span<const std::byte> encoded_;
  std::vector<Value> children_;  ///< an array's values; a map's keys and values in turn
};

/// Reads one item that is all of `input`, in CTAP2's canonical form: shortest heads, maps sorted, no key twice, nothing
/// of indefinite length, no tags, floats, undefined or other simple values; text valid UTF-8; keys integers or texts.
/// Integers beyond 64 bits with sign are refused. Memory is bounded by kMostItems, whatever lengths the input declares.
/// The error says what is wrong, in words for an operator.
/// Source: CTAP 2.1 §8 (message encoding); RFC 8949.
[[nodiscard]] boost::system::result<Value, std::string> read(std::span<const std::byte> input);

/// The same for an item at the beginning of `input`; encoded().size() tells where it ends.
[[nodiscard]] boost::system::result<Value, std::string> read_first(std::span<const std::byte> input);

}  // namespace secureauth::webauthn::cbor
