#include "passwords/compromised_passwords.hpp"

#include "core/unicode.hpp"
#include "crypto/digest.hpp"
#include "passwords/listed_passwords.hpp"
#include "passwords/stems.hpp"
#include "passwords/wiped.hpp"

#include <cerrno>
#include <fstream>
#include <stdexcept>
#include <string>
#include <system_error>

namespace secureauth::passwords {
namespace {

std::vector<std::uint64_t> read_list(const std::filesystem::path& path) {
  if (path.empty()) return {};
  std::ifstream file(path);
  std::vector<std::uint64_t> fingerprints;
  for (std::string line; std::getline(file, line);) {
    if (line.ends_with('\r')) line.pop_back();
    const auto folded = unicode::fold_case(line);
    // A line that is not UTF-8, as old lists have them, is no password that could be typed here.
    if (folded && !folded->empty()) fingerprints.push_back(fingerprint(*folded));
  }
  if (!file.eof()) {  // missing, a folder, or not readable to the end
    throw std::runtime_error("PASSWORD_BLACKLIST_FILE: cannot read " + path.string() + ": " +
                             std::generic_category().message(errno));
  }
  return make_slots(fingerprints);
}

std::unique_ptr<BreachFile> open_breach(const std::filesystem::path& path) {
  if (path.empty()) return nullptr;
  try {
    return open_breach_file(path);
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(std::string("PASSWORD_BREACH_FILE: ") + error.what());
  }
}

}  // namespace

CompromisedPasswords::CompromisedPasswords(const Files& files)
    : local_slots_(read_list(files.blacklist)), local_(local_slots_), breach_(open_breach(files.breach)) {}

std::optional<CompromisedPasswords::Why> CompromisedPasswords::find(const Password& password) const {
  const Wiped folded(unicode::fold_case(password.bytes().reveal()).value_or(""));
  const auto built_in = listed_passwords();
  const auto is_listed = [&](std::string_view text) { return built_in.contains(text) || local_.contains(text); };
  if (any_stem(folded.text, is_listed)) return Why::common;
  if (!breach_) return std::nullopt;
  const bool breached = breach_->contains(crypto::sha1(password.bytes().bytes())) ||
                        breach_->contains(crypto::sha1(crypto::as_bytes(folded.text)));
  return breached ? std::optional(Why::breached) : std::nullopt;
}

}  // namespace secureauth::passwords
