#pragma once

#include <openssl/err.h>

namespace secureauth::crypto {

/// Takes back what OpenSSL notes of input that it refuses while this lives. Connections of the same thread look at that
/// list, too: what others noted stays there.
class QuietErrors {
 public:
  QuietErrors() { ERR_set_mark(); }
  ~QuietErrors() { ERR_pop_to_mark(); }
  QuietErrors(const QuietErrors&) = delete;
  QuietErrors& operator=(const QuietErrors&) = delete;
};

}  // namespace secureauth::crypto
