#pragma once

#include <sodium.h>

#include <string>

namespace secureauth::passwords {

/// Text made from a password, gone from memory when it goes out of scope.
struct Wiped {
  std::string text;

  explicit Wiped(std::string made) : text(std::move(made)) {}
  Wiped(const Wiped&) = delete;
  Wiped& operator=(const Wiped&) = delete;
  ~Wiped() { sodium_memzero(text.data(), text.size()); }
};

}  // namespace secureauth::passwords
