#pragma once

#include "crypto/secret_bytes.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace secureauth::settings {

/// Has a program of the operator's decrypt: it gets the ciphertext on standard input, and what it writes to standard
/// output is the plaintext, 4096 bytes at most. `command` is its absolute path and its arguments, separated by blanks;
/// no shell reads it. It runs with an environment of PATH, HOME and LANG, without any open file of this process, its
/// standard error goes nowhere, and it is killed, with what it started, at `deadline`.
/// Throws outgoing::UnwrapError, whose text holds nothing that it wrote.
[[nodiscard]] crypto::SecretBytes unwrap_by_command(const std::string& command, std::string_view ciphertext,
                                                    std::chrono::steady_clock::time_point deadline);

}  // namespace secureauth::settings
