#include "protection/proof_of_work.hpp"

#include "core/clock_fixture.hpp"
#include "core/run_to_end.hpp"
#include "crypto/digest.hpp"
#include "crypto/rotating_key_fixture.hpp"
#include "ephemeral/memory/memory_store.hpp"

#include <gtest/gtest.h>

namespace secureauth::protection {
namespace {

using Demand = ProofOfWork::Demand;
using Solution = ProofOfWork::Solution;

/// As a client does it, by the documentation.
std::uint64_t solve(const std::string& challenge, int part, int bits) {
  for (std::uint64_t number = 0;; ++number) {
    const auto tried = challenge + ':' + std::to_string(part) + ':' + std::to_string(number);
    const auto digest = crypto::sha256(crypto::as_bytes(tried));
    const auto head = std::to_integer<std::uint32_t>(digest[0]) << 24U |
                      std::to_integer<std::uint32_t>(digest[1]) << 16U |
                      std::to_integer<std::uint32_t>(digest[2]) << 8U | std::to_integer<std::uint32_t>(digest[3]);
    if (head >> static_cast<unsigned>(32 - bits) == 0) return number;
  }
}

Solution solve(const Error& asked) {
  Solution solution{asked.puzzle->challenge, {}};
  for (int part = 0; part < asked.puzzle->parts; ++part) {
    solution.numbers.push_back(solve(solution.challenge, part, asked.puzzle->bits));
  }
  return solution;
}

class ProofOfWorkTest : public testing::Test {
 protected:
  ProofOfWork made(Demand demand, const crypto::SecretBytes& key) {
    return ProofOfWork({.store = store_, .watch = watch_, .clock = clock_, .random = random_}, key, demand);
  }
  bool redeem(const Solution& solution, const GuessSubject& subject) {
    return run_to_end(work_.redeem(solution, subject));
  }

  SetClock clock_;
  crypto::SystemRandom random_;
  ephemeral::MemoryStore store_{clock_};
  StuffingWatch watch_{clock_, {.min_failures = 1, .min_percent = 50, .window = std::chrono::minutes(10)}};
  ProofOfWork work_ = made(Demand::always, crypto::SecretBytes(32));
  GuessSubject ann_ = crypto::sha256(crypto::as_bytes("ann"));
  GuessSubject bob_ = crypto::sha256(crypto::as_bytes("bob"));
};

TEST_F(ProofOfWorkTest, ASolutionIsGoodOnceAndForItsAddress) {  // attack 6
  const auto solution = solve(work_.demand(ann_));
  EXPECT_FALSE(redeem(solution, bob_));
  EXPECT_TRUE(redeem(solution, ann_));
  EXPECT_FALSE(redeem(solution, ann_));
}

TEST_F(ProofOfWorkTest, ItIsGoodForTwoMinutes) {
  const auto solution = solve(work_.demand(ann_));
  clock_.advance(ProofOfWork::kLife - std::chrono::seconds(1));
  EXPECT_TRUE(work_.solves(solution, ann_));
  clock_.advance(std::chrono::seconds(1));
  EXPECT_FALSE(work_.solves(solution, ann_));
}

TEST_F(ProofOfWorkTest, EveryPartIsChecked) {
  const auto solution = solve(work_.demand(ann_));
  for (std::size_t part = 0; part < solution.numbers.size(); ++part) {
    auto other = solution;
    other.numbers.at(part) += std::uint64_t{1} << 40U;  // right by luck once in 8192
    EXPECT_FALSE(work_.solves(other, ann_)) << part;
  }
  auto fewer = solution;
  fewer.numbers.pop_back();
  EXPECT_FALSE(work_.solves(fewer, ann_));
  auto more = solution;
  more.numbers.push_back(0);
  EXPECT_FALSE(work_.solves(more, ann_));
}

TEST_F(ProofOfWorkTest, AChallengeOfSomebodyElsesMakingIsNone) {
  const auto solution = solve(work_.demand(ann_));
  EXPECT_FALSE(made(Demand::always, crypto::SecretBytes(16)).solves(solution, ann_));
  for (const auto* challenge : {"", ".", "AAAA", "AAAA.AAAA"}) {
    EXPECT_FALSE(work_.solves({challenge, solution.numbers}, ann_)) << challenge;
  }
  EXPECT_FALSE(work_.solves({std::string(5000, 'A'), solution.numbers}, ann_));
}

TEST_F(ProofOfWorkTest, ChallengesDiffer) {
  EXPECT_NE(work_.demand(ann_).puzzle->challenge, work_.demand(ann_).puzzle->challenge);
}

TEST_F(ProofOfWorkTest, ItIsDueAlwaysNeverOrUnderAttack) {
  const auto off = made(Demand::off, crypto::SecretBytes(32));
  const auto automatic = made(Demand::automatic, crypto::SecretBytes(32));
  EXPECT_TRUE(work_.is_due("192.0.2.1"));
  EXPECT_FALSE(automatic.is_due("192.0.2.1"));
  watch_.saw("192.0.2.1", ann_, false);
  EXPECT_TRUE(automatic.is_due("192.0.2.1"));
  EXPECT_FALSE(off.is_due("192.0.2.1"));
}

TEST_F(ProofOfWorkTest, APuzzleOutlivesAChangeOfKeys) {  // ASVS 11.2.2
  const crypto::SecretBytes fresh("another key of thirty-two bytes!");
  const crypto::SecretBytes first(32);
  const crypto::RotatingKey key(first);
  const ProofOfWork work({.store = store_, .watch = watch_, .clock = clock_, .random = random_}, key, Demand::always);
  const auto solution = solve(work.demand(ann_));
  key.replace(crypto::generations(fresh, &first));
  EXPECT_TRUE(work.solves(solution, ann_));
  key.replace(crypto::generations(fresh, nullptr));
  EXPECT_FALSE(work.solves(solution, ann_));
}

}  // namespace
}  // namespace secureauth::protection
