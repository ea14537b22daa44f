#pragma once

#include "admin/target.hpp"
#include "core/error.hpp"

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace secureauth::cli {

/// A refusal in one sentence.
[[nodiscard]] std::string explain(const Error& error);

/// What a use case gave; throws std::runtime_error with its refusal, for run_command to tell.
template <class T>
T value_or_throw(Result<T> result) {
  if (!result) throw std::runtime_error(explain(result.error()));
  return *std::move(result);
}

/// The account that an argument names: by its id or its address. Throws std::runtime_error.
[[nodiscard]] admin::Target target_from(std::string_view text);

}  // namespace secureauth::cli
