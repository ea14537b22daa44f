#pragma once

#include "db/database.hpp"

#include <cstddef>
#include <deque>
#include <libpq-fe.h>
#include <string>
#include <vector>

namespace secureauth::db::postgres {

/// Parameters as libpq takes them: numbers and text as text, bytes in binary. Points into the Params, which must
/// outlive it. Throws std::logic_error for text that PostgreSQL cannot hold (a zero byte): what reads a request
/// refuses such text, so its getting here is a bug.
class EncodedParams {
 public:
  explicit EncodedParams(const Params& params);

  [[nodiscard]] int count() const { return static_cast<int>(values_.size()); }
  [[nodiscard]] const char* const* values() const { return values_.data(); }
  [[nodiscard]] const int* lengths() const { return lengths_.data(); }
  [[nodiscard]] const int* formats() const { return formats_.data(); }

 private:
  void add(const char* value, std::size_t length, int format);

  std::deque<std::string> numbers_;  // its elements stay where they are
  std::vector<const char*> values_;
  std::vector<int> lengths_;
  std::vector<int> formats_;
};

/// The rows and the count of a result in text format. Integers and booleans become integers, bytea bytes, timestamptz
/// (the session's zone being UTC) RFC 3339, everything else its text.
[[nodiscard]] Rows decode(const PGresult* result);

}  // namespace secureauth::db::postgres
