#include "crypto/sha256_stream.hpp"

#include <stdexcept>

namespace secureauth::crypto {
namespace {

void require(int success) {
  if (success != 1) throw std::runtime_error("SHA-256 failed");
}

}  // namespace

Sha256Stream::Sha256Stream() : context_(EVP_MD_CTX_new()) {
  require(EVP_DigestInit_ex2(context_.get(), EVP_sha256(), nullptr));
}

void Sha256Stream::add(std::span<const std::byte> data) {
  require(EVP_DigestUpdate(context_.get(), data.data(), data.size()));
}

Sha256 Sha256Stream::finish() {
  Sha256 out;
  require(EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(out.data()), nullptr));
  return out;
}

}  // namespace secureauth::crypto
