#include "db/migration_files.hpp"
#include "db/migrations.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

namespace secureauth::db {
namespace {

constexpr std::size_t kLongestSlug = 60;
constexpr int kHighestVersion = 9999;  // what four digits can say

// ASCII letters and digits in lower case, whatever else stands between them as one `_`.
std::string slug(std::string_view message) {
  std::string result;
  for (const char c : message) {
    const bool is_upper = c >= 'A' && c <= 'Z';
    const bool is_kept = is_upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (is_kept) {
      result += is_upper ? static_cast<char>(c - 'A' + 'a') : c;
    } else if (!result.empty() && result.back() != '_') {
      result += '_';
    }
  }
  result.resize(std::min(result.size(), kLongestSlug));
  while (!result.empty() && result.back() == '_') result.pop_back();
  return result;
}

/// It must stay a comment, whatever it holds.
std::string one_line(std::string_view text) {
  std::string line(text);
  std::replace_if(line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return line;
}

int highest_version(const std::filesystem::path& folder) {
  int highest = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const auto name = parse_migration_file_name(entry.path().filename().string());
    if (name) highest = std::max(highest, name->version);
  }
  return highest;
}

[[noreturn]] void refuse_file(const std::filesystem::path& file) {
  throw MigrationRefused("could not write " + file.string() + ": " + std::generic_category().message(errno));
}

void write_new(const std::filesystem::path& file, const std::string& text) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> out(std::fopen(file.c_str(), "wx"), std::fclose);
  if (out == nullptr || std::fputs(text.c_str(), out.get()) < 0 || std::fflush(out.get()) != 0) refuse_file(file);
}

}  // namespace

NewRevision create_revision(const std::filesystem::path& folder, std::string_view message, std::string_view contract) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(folder, ignored)) {
    throw MigrationRefused("there is no folder " + folder.string() + ": name the migrations folder with --directory");
  }
  const auto name = slug(message);
  if (name.empty()) throw MigrationRefused("the message needs a letter or a digit to name the migration after");
  const int version = highest_version(folder) + 1;
  if (version > kHighestVersion) throw MigrationRefused("the numbers of migrations are used up");

  const auto label = migration_label(version, name);
  NewRevision made{folder / (label + ".up.sql"), folder / (label + ".down.sql")};
  const auto kind = contract.empty() ? "-- compatible: previous" : "-- contract: " + one_line(contract);
  write_new(made.up, "-- " + one_line(message) + '\n' + kind +
                         "\n-- Write the subset of SQL that PostgreSQL and SQLite share.\n");
  write_new(made.down, "-- Takes back " + label + ".up.sql.\n");
  return made;
}

}  // namespace secureauth::db
