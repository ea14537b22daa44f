#include "crypto/secret_bytes.hpp"

#include <sodium.h>

#include <cstring>
#include <new>
#include <utility>

namespace secureauth::crypto {

// Ordinary memory, wiped: sodium_malloc's guard pages cost three pages and several system calls a secret, too much for
// one a request; and locking pages one by one would unlock those of a neighbour. The whole process is locked or
// kept from dumping at its start instead, where the system allows it.
SecretBytes::SecretBytes(std::size_t size) : data_(size == 0 ? nullptr : new std::byte[size]()), size_(size) {}

SecretBytes::SecretBytes(std::span<const std::byte> bytes) : SecretBytes(bytes.size()) {
  if (size_ != 0) std::memcpy(data_, bytes.data(), size_);
}

SecretBytes::SecretBytes(std::string_view text) : SecretBytes(std::as_bytes(std::span(text.data(), text.size()))) {}

SecretBytes::SecretBytes(SecretBytes&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
  if (this != &other) {
    wipe();
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

SecretBytes::~SecretBytes() {
  wipe();
}

void SecretBytes::wipe() noexcept {
  if (data_ != nullptr) sodium_memzero(data_, size_);
  delete[] data_;
}

}  // namespace secureauth::crypto
