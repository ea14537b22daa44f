#pragma once

#include "crypto/token.hpp"

namespace secureauth::sessions {

/// The cookie of a browser in which nobody is signed in yet: CSRF tokens are bound to it, and so is a sign-in that
/// waits for its second factor. It never becomes a session.
using PreSessionToken = crypto::Token<struct PreSessionTag>;

}  // namespace secureauth::sessions
