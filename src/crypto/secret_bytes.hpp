#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace secureauth::crypto {

/// Bytes that must not outlive their use: wiped on destruction and reassignment, never printable, never copied by
/// accident. Source: OWASP ASVS 5.0 11.7.1, 11.7.2.
class SecretBytes {
 public:
  SecretBytes() = default;
  explicit SecretBytes(std::size_t size);  ///< zero-filled
  explicit SecretBytes(std::string_view text);
  explicit SecretBytes(std::span<const std::byte> bytes);
  SecretBytes(SecretBytes&& other) noexcept;
  SecretBytes& operator=(SecretBytes&& other) noexcept;
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  ~SecretBytes();

  [[nodiscard]] SecretBytes clone() const { return SecretBytes(bytes()); }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::span<const std::byte> bytes() const { return {data_, size_}; }
  [[nodiscard]] std::span<std::byte> bytes() { return {data_, size_}; }
  /// The same bytes as text, for libraries that take `char`. Never log it.
  [[nodiscard]] std::string_view reveal() const { return {reinterpret_cast<const char*>(data_), size_}; }

  bool operator==(const SecretBytes&) const = delete;  // compare with crypto::equal, in constant time

 private:
  void wipe() noexcept;
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace secureauth::crypto
