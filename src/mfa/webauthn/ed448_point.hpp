#pragma once

#include <cstddef>
#include <span>

namespace secureauth::webauthn {

/// Whether 57 bytes are the one encoding of a point of edwards448 (RFC 8032 §5.2.2, §5.2.3) whose order does not divide
/// the cofactor: by a key of such an order, some signature fits every message. OpenSSL decodes points of this curve
/// only as it verifies, and asks for no order.
[[nodiscard]] bool is_fit_ed448_point(std::span<const std::byte> encoded);

}  // namespace secureauth::webauthn
