#pragma once

#include "passwords/password.hpp"

namespace secureauth::cli {

/// A new password: one line of standard input, or typed twice at a prompt without echo. Never an argument, which every
/// user of the machine could read. Throws std::runtime_error when there is no terminal to ask on, the two differ, or
/// it is not UTF-8.
[[nodiscard]] passwords::Password read_new_password(bool from_stdin);

}  // namespace secureauth::cli
