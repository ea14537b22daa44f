#pragma once

#include <boost/system/result.hpp>

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace secureauth::webauthn {

/// The two ceremonies of a relying party, whose numbered steps everything in this folder speaks of.
/// Source: W3C Web Authentication Level 3 §7.1 (registration), §7.2 (authentication).
enum class Ceremony { registration, authentication };

/// The first step of a ceremony that failed. `detail` is for the operator: it quotes nothing of what a client sent
/// beyond names that it could have made up.
struct Refusal {
  int step = 0;
  std::string detail;
};

[[nodiscard]] inline Refusal refuse(int step, std::string detail) {
  return {.step = step, .detail = std::move(detail)};
}

template <class T>
using Verdict = boost::system::result<T, Refusal>;

/// What a step checks, in a word or two of snake_case: `origin`, `attestation_statement`. Empty for a step that nobody
/// checks here.
[[nodiscard]] std::string_view step_name(Ceremony ceremony, int step);

/// Reaching a refusal's value is a bug.
[[noreturn]] inline void throw_exception_from_error(const Refusal& refusal, const boost::source_location&) {
  throw std::logic_error("value() on a refused ceremony: " + refusal.detail);
}

}  // namespace secureauth::webauthn
