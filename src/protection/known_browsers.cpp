#include "protection/known_browsers.hpp"

#include "core/ascii.hpp"
#include "crypto/digest.hpp"
#include "crypto/encoding.hpp"
#include "protection/end_time.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <vector>

namespace secureauth::protection {
namespace {

// A note is HEAD.MAC; its head is eight bytes that tell browsers apart and the second of its end, big-endian.
constexpr std::size_t kMarkBytes = 8;
constexpr std::size_t kHeadBytes = kMarkBytes + kEndBytes;
constexpr std::size_t kMostNotes = 5;
constexpr std::size_t kMostCharacters = 1024;
constexpr char kBetween = '~';

using Head = std::array<std::byte, kHeadBytes>;

/// With its life: whoever turns it off, or makes it another, means the notes that are out as well.
std::string label_of(const KnownBrowsers::Purpose& purpose) {
  return "secureauth/" + std::string(purpose.label) + '/' + std::to_string(purpose.life.count()) + '/';
}

std::vector<std::string_view> notes_in(std::string_view cookie) {
  std::vector<std::string_view> notes;
  if (cookie.size() > kMostCharacters) return notes;
  while (!cookie.empty()) {
    const auto end = std::min(cookie.find(kBetween), cookie.size());
    notes.push_back(cookie.substr(0, end));
    cookie.remove_prefix(std::min(end + 1, cookie.size()));
  }
  return notes;
}

std::string version_of(const KnownBrowsers::Owner& owner) {
  auto version = std::to_string(owner.password_version);
  if (owner.factors_version != 0) version += '.' + std::to_string(owner.factors_version);
  return version;
}

/// Nothing is given back to a browser that could be more than a note.
bool is_cookie_text(std::string_view note) {
  return std::ranges::all_of(note,
                             [](char c) { return ascii::is_alphanumeric(c) || c == '-' || c == '_' || c == '.'; });
}

}  // namespace

KnownBrowsers::KnownBrowsers(const crypto::RotatingKey& secret_key, std::string_view site, Purpose purpose,
                             const Clock& clock, crypto::Random& random)
    : keys_(secret_key, label_of(purpose) + std::string(site)), life_(purpose.life), clock_(clock), random_(random) {}

bool KnownBrowsers::knows(std::string_view cookie, const Owner& owner) const {
  for (const auto note : notes_in(cookie)) {
    if (is_of(note, owner)) return true;
  }
  return false;
}

std::optional<std::string> KnownBrowsers::mark(std::string_view cookie, Owner owner) const {
  for (const auto factors : {owner.factors_version, std::int64_t{0}}) {
    owner.factors_version = factors;
    for (const auto note : notes_in(cookie)) {
      if (!is_of(note, owner)) continue;
      const auto head = crypto::base64url_decode(note.substr(0, note.find('.')));
      return crypto::base64url_encode(std::span(*head).first(kMarkBytes));
    }
  }
  return std::nullopt;
}

std::string KnownBrowsers::remember(std::string_view cookie, const Owner& owner) const {
  Head head{};
  random_.fill(std::span(head).first(kMarkBytes));
  write_end(std::span(head).last<kEndBytes>(), clock_.now() + life_);
  const auto text = crypto::base64url_encode(head);
  const auto fresh = text + '.' + crypto::base64url_encode(keys_.sign({text, owner.user.text(), version_of(owner)}));
  auto remembered = fresh;
  std::size_t kept = 1;
  for (const auto note : notes_in(cookie)) {
    if (kept == kMostNotes) break;
    if (note.size() != fresh.size() || !is_cookie_text(note) || is_of(note, owner)) continue;
    remembered.append(1, kBetween).append(note);
    ++kept;
  }
  return remembered;
}

bool KnownBrowsers::is_of(std::string_view note, const Owner& owner) const {
  const auto dot = note.find('.');
  if (dot == std::string_view::npos) return false;
  const auto text = note.substr(0, dot);
  if (!keys_.accept(note.substr(dot + 1), {text, owner.user.text(), version_of(owner)})) return false;
  const auto head = crypto::base64url_decode(text);
  return head && head->size() == kHeadBytes && !has_ended(std::span(*head).last<kEndBytes>(), clock_.now());
}

}  // namespace secureauth::protection
