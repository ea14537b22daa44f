#pragma once

#include "crypto/digest.hpp"
#include "crypto/secret_bytes.hpp"

#include <functional>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace secureauth::crypto {

/// A key of the settings with those beside it, for the time in which one takes the place of another: the current one
/// makes, all of them are accepted. Source: NIST SP 800-57 Part 1 §5.3, §8.2 (cryptoperiods, key change).
struct KeyGenerations {
  SecretBytes current;  ///< 32 bytes; empty where there is none
  SecretBytes next;     ///< empty: none
  std::vector<SecretBytes> old;

  [[nodiscard]] KeyGenerations clone() const;
  /// Of all that there are, the current one first, then the next, then the old ones.
  [[nodiscard]] std::vector<const SecretBytes*> all() const;
};

/// Says which key is meant and nothing about it: six bytes by HKDF, twelve hexadecimal digits.
[[nodiscard]] std::string key_id_of(const SecretBytes& key);

/// A master key that may be replaced while what is derived from it is in use: whoever holds a Derived goes on with the
/// new keys, and the former ones are wiped when the last use of them ends. A copy is the same key. Thread-safe.
class RotatingKey {
  class Follower;
  struct State;

 public:
  /// One that stays, without others beside it.
  RotatingKey(const SecretBytes& current);  // NOLINT(google-explicit-constructor): a key is one that never rotates
  explicit RotatingKey(KeyGenerations generations);
  /// One that is still to come, by replace(): before that its ids, and whatever a Derived makes of it, throw
  /// std::logic_error.
  [[nodiscard]] static RotatingKey to_come();

  /// Other keys, with everything that is derived from them, before they are in force: of one thread. While there is one
  /// whoever else wants to change the key, derive from it or ask for its ids waits.
  class Replacement {
   public:
    /// Puts all of it in force. Called once at most; without it nothing changes.
    void commit() noexcept;

   private:
    friend class RotatingKey;
    explicit Replacement(std::shared_ptr<State> state);

    std::shared_ptr<State> state_;
    std::vector<std::shared_ptr<Follower>> followers_;  // kept alive until theirs is in force
    std::optional<KeyGenerations> generations_;
    std::vector<std::function<void()>> commits_;
    std::unique_lock<std::mutex> lock_;
  };
  /// Derives everything anew. What throws there changes nothing.
  [[nodiscard]] Replacement prepare(KeyGenerations generations) const;

  /// Derives everything anew, then puts all of it in force. What throws there changes nothing.
  void replace(KeyGenerations generations) const { prepare(std::move(generations)).commit(); }

  /// Key ids, as of now. `current` empty: none.
  struct Ids {
    std::string current;
    std::string next;
    std::vector<std::string> old;
    bool operator==(const Ids&) const = default;
  };
  [[nodiscard]] Ids ids() const;

 private:
  template <class T>
  friend class Derived;

  class Follower {
   public:
    Follower() = default;
    virtual ~Follower() = default;
    Follower(const Follower&) = delete;
    Follower& operator=(const Follower&) = delete;
    /// Derives; what is returned puts it in force and does not throw.
    virtual std::function<void()> prepare(const KeyGenerations& generations) = 0;
  };
  struct State {
    mutable std::mutex mutex;
    std::optional<KeyGenerations> generations;  // nothing: still to come
    std::vector<std::weak_ptr<Follower>> followers;
  };
  explicit RotatingKey(std::shared_ptr<State> state) : state_(std::move(state)) {}
  void add(const std::shared_ptr<Follower>& follower) const;

  std::shared_ptr<State> state_;
};

/// What is made from a master key, always from the one in force: an immutable T, which the caller keeps for one piece
/// of work and no longer. Copies are the same. Thread-safe; a lock is held for a pointer's copy.
template <class T>
class Derived {
 public:
  using Make = std::function<T(const KeyGenerations&)>;

  Derived(const RotatingKey& key, Make make) : slot_(std::make_shared<Slot>(std::move(make))) { key.add(slot_); }
  /// One that stays.
  Derived(T value) : slot_(std::make_shared<Slot>(std::move(value))) {}  // NOLINT(google-explicit-constructor): fixed

  [[nodiscard]] std::shared_ptr<const T> get() const { return slot_->get(); }

 private:
  class Slot : public RotatingKey::Follower {
   public:
    explicit Slot(Make make) : make_(std::move(make)) {}
    explicit Slot(T value) : value_(std::make_shared<const T>(std::move(value))) {}

    std::function<void()> prepare(const KeyGenerations& generations) override {
      auto made = std::make_shared<const T>(make_(generations));
      return [this, made = std::move(made)]() mutable {
        const std::scoped_lock lock(mutex_);
        value_.swap(made);
      };
    }
    std::shared_ptr<const T> get() const {
      const std::scoped_lock lock(mutex_);
      if (!value_) throw std::logic_error("a key is used before it is there");
      return value_;
    }

   private:
    Make make_;
    mutable std::mutex mutex_;
    std::shared_ptr<const T> value_;
  };

  std::shared_ptr<Slot> slot_;
};

/// The keys for one purpose, by HKDF with its label from each master key.
class DerivedKeys {
 public:
  DerivedKeys(const RotatingKey& master, std::string label);
  /// One that stays, as it is.
  explicit DerivedKeys(SecretBytes key);

  /// HMAC-SHA-256 under the current one (hmac_sha256).
  [[nodiscard]] Sha256 sign(std::initializer_list<std::string_view> parts) const;

  /// Whether `mac`, in base64url, is what sign() makes of these parts under any of the keys. Takes the same for each.
  [[nodiscard]] bool accept(std::string_view mac, std::initializer_list<std::string_view> parts) const;

  /// The current one first. Never empty.
  [[nodiscard]] std::shared_ptr<const std::vector<SecretBytes>> all() const { return keys_.get(); }

 private:
  Derived<std::vector<SecretBytes>> keys_;
};

}  // namespace secureauth::crypto
