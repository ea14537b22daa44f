#pragma once

#include "crypto/rotating_key.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

/// Keys in files: beside the file of a key lie its successor and its predecessors, one a line. Whatever is written here
/// appears whole or not at all, is hexadecimal (a wrapped key stays wrapped), belongs to whom the key's file belongs to
/// and can be read by others never, by its group only where the key's file can. One writes at a time. A symbolic link,
/// as of a mounted secret, is refused, and so is by root a folder in which others than its owner can write.
namespace secureauth::settings {

constexpr std::string_view kNextKey = ".next";
constexpr std::string_view kOldKeys = ".old";

/// What lies beside the file of a key, its lines joined by commas; nothing when there is no such file. Throws BadValue
/// when it cannot be read or is empty. Who reads the successor first, then the key and then the predecessors misses no
/// key that move_key_on() moves meanwhile: each goes from the first to the last, and leaves no file before it is in the
/// next one.
[[nodiscard]] std::optional<std::string> read_beside(const std::filesystem::path& key, std::string_view ending);

/// Whether a successor lies there, be it one that has moved up and was left behind.
[[nodiscard]] bool has_next_key(const std::filesystem::path& key);

/// Step one: writes the successor. Throws std::runtime_error when there is one.
void write_next_key(const std::filesystem::path& key, const crypto::SecretBytes& next);

/// Step two: the current one joins the old ones, the next one takes its place. Cut short anywhere, each key is still in
/// one file at least, and the same call finishes it. Throws std::runtime_error without a next one, and when that is not
/// the next one of `now`.
void move_key_on(const std::filesystem::path& key, const crypto::KeyGenerations& now);

/// Step three: takes one out of the old ones. Throws std::runtime_error when no line is that key.
void drop_old_key(const std::filesystem::path& key, const crypto::SecretBytes& gone);

}  // namespace secureauth::settings
