#pragma once

#include "ephemeral/ephemeral_store.hpp"

#include <chrono>
#include <span>

namespace secureauth::ephemeral {

/// The generic cell rate algorithm: all that is kept of a rate is when it is whole again. A use moves that time forward
/// by an interval; it is allowed while the time is less than `limit` intervals ahead.
/// Source: ITU-T I.371 (03/2004) Annex A, virtual scheduling.

/// Between two uses that come back. Rounded down, and the burst is `limit` of it: exactly `limit` uses at once.
[[nodiscard]] std::chrono::microseconds interval(const EphemeralStore::Rate& rate);

/// The most that a rate can be away from being whole.
[[nodiscard]] std::chrono::microseconds burst(const EphemeralStore::Rate& rate);

/// What one more use is answered. `debts`: of each rate, how long until it is whole without that use.
[[nodiscard]] EphemeralStore::Paced judge(std::span<const EphemeralStore::Rate> rates,
                                          std::span<const std::chrono::microseconds> debts);

}  // namespace secureauth::ephemeral
