#pragma once

#include "crypto/signing_key.hpp"

#include <string>
#include <vector>

namespace secureauth::cli {

/// Each as `audit public-key` prints it, or a file that begins with one. Throws std::runtime_error.
[[nodiscard]] std::vector<crypto::VerifyKey> read_public_keys(const std::vector<std::string>& given);

/// A file, or standard input for `-`. Throws std::runtime_error.
[[nodiscard]] std::string read_whole(const std::string& file);

}  // namespace secureauth::cli
