#pragma once

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/net.hpp"
#include "crypto/random.hpp"
#include "crypto/rotating_key.hpp"
#include "ephemeral/ephemeral_store.hpp"
#include "protection/stuffing_watch.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace secureauth::protection {

/// Makes an attempt cost its sender work, and us next to none: a puzzle of several parts, each a number whose
/// SHA-256 together with the challenge begins with `bits` zeros. Many small parts take nearly the same time for
/// everybody, one big one is a matter of luck. Nothing is stored before a solution comes; each is good once, for two
/// minutes and for the address that it was asked for. Thread-safe.
/// Source: docs/adr/0018-proof-of-work.md.
class ProofOfWork {
 public:
  enum class Demand { off, automatic, always };  ///< PROOF_OF_WORK

  static constexpr std::chrono::seconds kLife{120};
  static constexpr int kParts = 16;
  static constexpr int kBits = 13;

  struct Parts {
    ephemeral::EphemeralStore& store;
    StuffingWatch& watch;
    const Clock& clock;
    crypto::Random& random;
  };
  ProofOfWork(Parts parts, const crypto::RotatingKey& secret_key, Demand demand);

  /// Whether a sign-in from there has to bring a solution.
  [[nodiscard]] bool is_due(std::string_view ip) const;

  /// proof_of_work_required, with a puzzle of its own for this address.
  [[nodiscard]] Error demand(const GuessSubject& subject) const;

  struct Solution {
    std::string challenge;
    std::vector<std::uint64_t> numbers;  ///< one a part, in order
  };
  /// Whether it solves a puzzle that was made for this address: kParts hashes at most, no store.
  [[nodiscard]] bool solves(const Solution& solution, const GuessSubject& subject) const;

  /// The same, once: of two that bring the same solution, on all instances, one is heard.
  net::awaitable<bool> redeem(Solution solution, GuessSubject subject);

 private:
  Parts parts_;
  crypto::DerivedKeys keys_;
  Demand demand_;
};

}  // namespace secureauth::protection
