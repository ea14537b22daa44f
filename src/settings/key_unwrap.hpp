#pragma once

#include "outgoing/transit.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace secureauth::settings {

/// Who unwraps what settings wrap: one of the two, or nobody.
struct KeyUnwrapSettings {
  outgoing::TransitSettings transit;
  std::string command;             ///< an absolute path and arguments; empty: none
  std::chrono::seconds timeout{};  ///< for all of a start together

  [[nodiscard]] bool is_set() const { return !transit.url.empty() || !command.empty(); }
  /// The setting that says who.
  [[nodiscard]] std::string_view by() const { return transit.url.empty() ? "KEY_UNWRAP_COMMAND" : "KEY_UNWRAP_URL"; }
};

/// Whether a setting's text is a ciphertext for somebody to unwrap, and which: `vault:v1:…`, as transit writes it, as
/// it is; `wrapped:…` without that word.
[[nodiscard]] std::optional<std::string_view> wrapped_text(std::string_view value);
/// Whether one of its items, separated by commas, is.
[[nodiscard]] bool holds_wrapped(std::string_view list);

/// What was unwrapped, by its ciphertext, for as long as settings have it: who reads them again asks nobody again, and
/// a key management service that has gone does not matter. In pages of their own that are locked where the limit
/// allows, left out of dumps, guarded, and read-only. Thread-safe.
class UnwrappedKeys {
 public:
  UnwrappedKeys();
  ~UnwrappedKeys();

  [[nodiscard]] std::optional<crypto::SecretBytes> find(const std::string& ciphertext) const;
  void keep(const std::string& ciphertext, const crypto::SecretBytes& plaintext);
  /// Wipes all but these.
  void keep_only(const std::set<std::string>& ciphertexts);

 private:
  struct Free {
    void operator()(unsigned char* pages) const;
  };
  struct Kept {
    std::unique_ptr<unsigned char, Free> bytes;
    std::size_t size = 0;
  };

  mutable std::mutex mutex_;
  std::map<std::string, Kept> kept_;
};

/// Unwraps settings of one reading, within one limit of time.
class KeyUnwrapper {
 public:
  explicit KeyUnwrapper(std::shared_ptr<UnwrappedKeys> kept) : kept_(std::move(kept)) {}

  /// The value to read instead of a wrapped one; of a list each item for itself. Throws BadValue, Unobtainable
  /// where whoever unwraps did not.
  [[nodiscard]] std::string unwrap(const KeyUnwrapSettings& settings, std::string_view value);

  /// Wipes what was kept and this reading did not ask for: a key that settings have no more. After one without
  /// mistakes.
  void forget_others() { kept_->keep_only(asked_); }

 private:
  [[nodiscard]] crypto::SecretBytes ask(const KeyUnwrapSettings& settings, const std::string& ciphertext);

  std::shared_ptr<UnwrappedKeys> kept_;
  std::set<std::string> asked_;
  std::optional<std::chrono::steady_clock::time_point> deadline_;
};

}  // namespace secureauth::settings
