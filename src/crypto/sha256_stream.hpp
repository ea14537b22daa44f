#pragma once

#include "crypto/digest.hpp"

#include <openssl/evp.h>

#include <memory>
#include <span>

namespace secureauth::crypto {

/// SHA-256 of what comes in pieces.
class Sha256Stream {
 public:
  Sha256Stream();
  void add(std::span<const std::byte> data);
  [[nodiscard]] Sha256 finish();  ///< once, at the end

 private:
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context_;
};

}  // namespace secureauth::crypto
