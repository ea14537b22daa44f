#include "http/request_id.hpp"

#include <sodium.h>

#include <cstdint>

namespace secureauth::http {
namespace {

void write_hex(std::uint64_t value, char* out) {
  constexpr char kHex[] = "0123456789abcdef";
  for (int i = 15; i >= 0; --i, value >>= 4) out[i] = kHex[value & 0xf];
}

std::uint64_t random_start() {
  std::uint64_t value = 0;
  randombytes_buf(&value, sizeof value);
  return value;
}

}  // namespace

std::string new_request_id() {
  thread_local const std::uint64_t prefix = random_start();
  thread_local std::uint64_t counter = 0;
  std::string id(32, '0');
  write_hex(prefix, id.data());
  write_hex(++counter, id.data() + 16);
  return id;
}

}  // namespace secureauth::http
