#pragma once

#include "crypto/rotating_key.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

/// Keys in files: beside the file of a key lie its successor and its predecessors, one a line. Whatever is written here
/// appears whole or not at all, is hexadecimal, belongs to whom the key's file belongs to and can be read by others
/// never, by its group only where the key's file can. A symbolic link, as of a mounted secret, is refused.
namespace secureauth::app {

constexpr std::string_view kNextKey = ".next";
constexpr std::string_view kOldKeys = ".old";

/// What lies beside the file of a key, its lines joined by commas; nothing when there is no such file. Throws BadValue
/// when it cannot be read or is empty.
[[nodiscard]] std::optional<std::string> read_beside(const std::filesystem::path& key, std::string_view ending);

/// Step one: writes the successor. Throws std::runtime_error when there is one.
void write_next_key(const std::filesystem::path& key, const crypto::SecretBytes& next);

/// Step two: the current one joins the old ones, the next one takes its place. Cut short anywhere, each key is still in
/// one file at least, and the same call finishes it. Throws std::runtime_error without a next one.
void move_key_on(const std::filesystem::path& key, const crypto::KeyGenerations& now);

/// Step three: `remaining` are the old ones that stay.
void write_old_keys(const std::filesystem::path& key, const std::vector<const crypto::SecretBytes*>& remaining);

}  // namespace secureauth::app
