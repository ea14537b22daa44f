#include "core/json.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <sodium.h>

#include <cmath>
#include <new>
#include <set>
#include <string>
#include <vector>

namespace secureauth {
namespace {

namespace bj = boost::json;

constexpr std::size_t kMaxDepth = 16;

class WipingResource final : public bj::memory_resource {
  void* do_allocate(std::size_t size, std::size_t) override { return ::operator new(size); }
  void do_deallocate(void* memory, std::size_t size, std::size_t) override {
    sodium_memzero(memory, size);
    ::operator delete(memory, size);
  }
  bool do_is_equal(const bj::memory_resource& other) const noexcept override { return this == &other; }
};

/// Builds the value as Boost.JSON's own parser does, and refuses what that lets through: duplicate keys (the last
/// would win) and numbers that overflow to infinity.
class StrictHandler {
 public:
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

  /// The stack itself holds strings while they are read, so its memory is wiped too.
  explicit StrictHandler(const bj::storage_ptr& storage) : stack_(storage) { stack_.reset(storage); }
  bj::value release() { return stack_.release(); }

  bool on_document_begin(bj::error_code&) { return true; }
  bool on_document_end(bj::error_code&) { return true; }
  bool on_object_begin(bj::error_code&) {
    keys_.emplace_back();
    return true;
  }
  bool on_object_end(std::size_t n, bj::error_code&) {
    keys_.pop_back();
    stack_.push_object(n);
    return true;
  }
  bool on_array_begin(bj::error_code&) { return true; }
  bool on_array_end(std::size_t n, bj::error_code&) {
    stack_.push_array(n);
    return true;
  }
  bool on_key_part(bj::string_view part, std::size_t, bj::error_code&) {
    key_.append(part.data(), part.size());
    stack_.push_chars(part);
    return true;
  }
  bool on_key(bj::string_view part, std::size_t, bj::error_code& ec) {
    key_.append(part.data(), part.size());
    stack_.push_key(part);
    if (!keys_.back().insert(std::move(key_)).second) return fail(ec);
    key_.clear();
    return true;
  }
  bool on_string_part(bj::string_view part, std::size_t, bj::error_code&) {
    stack_.push_chars(part);
    return true;
  }
  bool on_string(bj::string_view part, std::size_t, bj::error_code&) {
    stack_.push_string(part);
    return true;
  }
  bool on_number_part(bj::string_view, bj::error_code&) { return true; }
  bool on_int64(std::int64_t i, bj::string_view, bj::error_code&) {
    stack_.push_int64(i);
    return true;
  }
  bool on_uint64(std::uint64_t u, bj::string_view, bj::error_code&) {
    stack_.push_uint64(u);
    return true;
  }
  bool on_double(double d, bj::string_view, bj::error_code& ec) {
    if (!std::isfinite(d)) return fail(ec);
    stack_.push_double(d);
    return true;
  }
  bool on_bool(bool b, bj::error_code&) {
    stack_.push_bool(b);
    return true;
  }
  bool on_null(bj::error_code&) {
    stack_.push_null();
    return true;
  }
  bool on_comment_part(bj::string_view, bj::error_code&) { return true; }
  bool on_comment(bj::string_view, bj::error_code&) { return true; }

 private:
  static bool fail(bj::error_code& ec) {
    ec = bj::make_error_code(bj::error::syntax);
    return false;
  }

  bj::value_stack stack_;
  // One a level; depth is bounded by the parser. Ordered: std::hash has no secret, so keys can be made to collide.
  std::vector<std::set<std::string>> keys_;
  std::string key_;
};

}  // namespace

Result<bj::value> parse_json(std::string_view text) {
  bj::parse_options options;
  options.max_depth = kMaxDepth;
  bj::basic_parser<StrictHandler> parser(options, bj::make_shared_resource<WipingResource>());
  bj::error_code ec;
  const auto consumed = parser.write_some(false, text.data(), text.size(), ec);
  const bool rest_is_space = text.substr(consumed).find_first_not_of(" \t\r\n") == std::string_view::npos;
  if (ec || !parser.done() || !rest_is_space) return ErrorCode::invalid_json;
  return parser.handler().release();
}

}  // namespace secureauth
