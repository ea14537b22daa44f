#pragma once

#include "audit/log_store.hpp"
#include "audit/signed_head.hpp"

#include <span>
#include <vector>

namespace secureauth::audit {

/// What check() says of the head of each batch. A signature costs more than all else of a batch of few entries, so they
/// are shared among as many threads as there are cores; for the command line.
[[nodiscard]] std::vector<HeadVerifier::Verdict> check_heads(const HeadVerifier& verifier,
                                                             std::span<const Batch> batches);

}  // namespace secureauth::audit
