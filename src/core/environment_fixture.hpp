#pragma once

#include <cstdlib>
#include <optional>
#include <string>

namespace secureauth {

/// A variable that tells a test where its server is. Nobody writes the environment while tests run.
inline std::optional<std::string> test_variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody writes it
  if (value == nullptr) return std::nullopt;
  return value;
}

}  // namespace secureauth
