#include "audit/head_checks.hpp"

#include <algorithm>
#include <cstddef>
#include <future>
#include <thread>

namespace secureauth::audit {
namespace {

constexpr std::size_t kWorthAThread = 8;

}  // namespace

std::vector<HeadVerifier::Verdict> check_heads(const HeadVerifier& verifier, std::span<const Batch> batches) {
  std::vector<HeadVerifier::Verdict> verdicts(batches.size());
  const auto check = [&](std::size_t from, std::size_t to) {
    for (auto i = from; i < to; ++i) verdicts[i] = verifier.check(batches[i].head);
  };
  const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
  const auto share = std::max(kWorthAThread, (batches.size() + cores - 1) / cores);
  std::vector<std::future<void>> others;
  for (auto from = share; from < batches.size(); from += share) {
    others.push_back(std::async(std::launch::async, check, from, std::min(from + share, batches.size())));
  }
  check(0, std::min(share, batches.size()));
  for (auto& other : others) other.get();
  return verdicts;
}

}  // namespace secureauth::audit
