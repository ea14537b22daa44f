#include "mfa/webauthn/ed448_point.hpp"

#include <openssl/bn.h>

#include <memory>

namespace secureauth::webauthn {
namespace {

constexpr std::size_t kFieldBytes = 56;
constexpr std::byte kSignOfX{0x80};

struct Free {
  void operator()(BIGNUM* number) const { BN_free(number); }
  void operator()(BN_CTX* context) const { BN_CTX_free(context); }
};
using Number = std::unique_ptr<BIGNUM, Free>;

/// 2^448 - 2^224 - 1
Number field_prime() {
  Number prime(BN_new());
  const Number subtrahend(BN_new());
  BN_set_bit(prime.get(), 448);
  BN_set_bit(subtrahend.get(), 224);
  BN_sub(prime.get(), prime.get(), subtrahend.get());
  BN_sub_word(prime.get(), 1);
  return prime;
}

/// Whether some x lies on the curve with this y: x^2 = (y^2 - 1) / (d y^2 - 1) with d = -39081, and a fraction is a
/// square where the product of its parts is one. -(39081 y^2 + 1) is never 0: d is no square.
bool has_x(const BIGNUM* y, const BIGNUM* prime) {
  constexpr BN_ULONG kMinusD = 39081;
  const std::unique_ptr<BN_CTX, Free> context(BN_CTX_new());
  const Number square(BN_new());
  const Number above(BN_new());
  BN_mod_sqr(square.get(), y, prime, context.get());
  BN_copy(above.get(), square.get());
  BN_sub_word(above.get(), 1);
  const auto& below = square;
  BN_mul_word(below.get(), kMinusD);
  BN_add_word(below.get(), 1);
  BN_set_negative(below.get(), 1);
  const Number product(BN_new());
  BN_mod_mul(product.get(), above.get(), below.get(), prime, context.get());
  return BN_kronecker(product.get(), prime, context.get()) == 1;
}

}  // namespace

bool is_fit_ed448_point(std::span<const std::byte> encoded) {
  if (encoded.size() != kFieldBytes + 1 || (encoded.back() & ~kSignOfX) != std::byte{0}) return false;
  const auto prime = field_prime();
  const Number y(BN_lebin2bn(reinterpret_cast<const unsigned char*>(encoded.data()), kFieldBytes, nullptr));
  // The neutral point (0, 1), (0, -1), and (1, 0), (-1, 0): orders 1, 2 and 4.
  const Number minus_one(BN_dup(prime.get()));
  BN_sub_word(minus_one.get(), 1);
  const bool is_small = BN_is_zero(y.get()) || BN_is_one(y.get()) || BN_cmp(y.get(), minus_one.get()) == 0;
  return !is_small && BN_cmp(y.get(), prime.get()) < 0 && has_x(y.get(), prime.get());
}

}  // namespace secureauth::webauthn
