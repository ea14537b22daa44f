// The part of db/migrations.hpp that turns files into migrations.
#include "db/migration_files.hpp"

#include "db/migrations.hpp"

#include <sodium/crypto_hash_sha256.h>
#include <sodium/utils.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <stdexcept>

namespace secureauth::db {
namespace {

constexpr std::size_t kDigits = 4;

std::string sha256_hex(std::string_view text) {
  std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
  crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(text.data()), text.size());
  std::string hex(digest.size() * 2 + 1, '\0');
  sodium_bin2hex(hex.data(), hex.size(), digest.data(), digest.size());
  hex.pop_back();
  return hex;
}

bool all_of(std::string_view text, std::string_view allowed) {
  return !text.empty() && text.find_first_not_of(allowed) == std::string_view::npos;
}

/// "previous", or the number of a migration that is as old or older.
std::optional<int> named_version(std::string_view text, int previous) {
  if (text == "previous") return previous;
  if (text.size() != kDigits || !all_of(text, "0123456789")) return std::nullopt;
  const auto number = std::stoi(std::string(text));
  return number > 0 && number <= previous ? std::optional(number) : std::nullopt;
}

}  // namespace

std::string migration_label(int version, std::string_view name) {
  auto digits = std::to_string(version);
  if (digits.size() < kDigits) digits.insert(0, kDigits - digits.size(), '0');
  return digits + '_' + std::string(name);
}

std::optional<MigrationFileName> parse_migration_file_name(std::string_view file) {
  MigrationFileName result;
  if (file.ends_with(".up.sql")) {
    result.is_up = true;
    file.remove_suffix(7);
  } else if (file.ends_with(".down.sql")) {
    file.remove_suffix(9);
  } else {
    return std::nullopt;
  }
  if (file.size() < kDigits + 2 || file[kDigits] != '_' || !all_of(file.substr(0, kDigits), "0123456789")) {
    return std::nullopt;
  }
  result.version = std::stoi(std::string(file.substr(0, kDigits)));
  result.name = file.substr(kDigits + 1);
  if (result.version == 0 || !all_of(result.name, "abcdefghijklmnopqrstuvwxyz0123456789_")) return std::nullopt;
  return result;
}

int oldest_tolerated(const Migration& migration) {
  constexpr std::string_view kCompatible = "-- compatible: ";
  constexpr std::string_view kContract = "-- contract: ";
  auto rest = migration.up;
  while (rest.starts_with("--")) {  // its head: the comments before the first statement
    const auto line = rest.substr(0, rest.find('\n'));
    if (line.starts_with(kCompatible)) {
      if (const auto named = named_version(line.substr(kCompatible.size()), migration.version - 1)) return *named;
    }
    if (line.starts_with(kContract) && line.size() > kContract.size()) return migration.version;
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
  }
  if (migration.version < kFirstThatSays) return migration.version;
  throw std::logic_error("migration " + migration.label() +
                         " says neither `-- compatible: previous` (or the number of an older one) nor `" +
                         std::string(kContract) + "WHY` before its first statement");
}

std::string Migration::label() const {
  return migration_label(version, name);
}

std::string AppliedMigration::label() const {
  return migration_label(version, name);
}

std::vector<Migration> read_migrations(const std::vector<embedded::File>& files) {
  std::map<int, Migration> found;
  for (const auto& file : files) {
    const auto name = parse_migration_file_name(file.name);
    if (!name) throw std::logic_error("not the name of a migration: " + std::string(file.name));
    auto& migration = found[name->version];
    auto& half = name->is_up ? migration.up : migration.down;
    if (!half.empty() || (migration.version != 0 && migration.name != name->name)) {
      throw std::logic_error("two migrations have the number of " + std::string(file.name));
    }
    half = file.content;
    migration.version = name->version;
    migration.name = name->name;
  }
  std::vector<Migration> result;
  for (auto& [version, migration] : found) {
    if (migration.up.empty() || migration.down.empty()) {
      throw std::logic_error("migration " + migration.label() + " needs both an .up.sql and a .down.sql");
    }
    migration.checksum = sha256_hex(migration.up);
    migration.is_compatible = oldest_tolerated(migration) < version;
    result.push_back(std::move(migration));
  }
  return result;
}

}  // namespace secureauth::db
