#pragma once

#include <stdexcept>

namespace secureauth::db {

/// A column holds another type than the one asked for. A bug, save where somebody else may have written the row.
class UnexpectedType : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

}  // namespace secureauth::db
