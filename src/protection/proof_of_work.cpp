#include "protection/proof_of_work.hpp"

#include "crypto/digest.hpp"
#include "crypto/encoding.hpp"
#include "protection/end_time.hpp"
#include "telemetry/metrics.hpp"

#include <array>
#include <bit>
#include <span>

namespace secureauth::protection {
namespace {

// A challenge is HEAD.MAC; its head is the second of its end, big-endian, and sixteen bytes that make it one of its
// own.
constexpr std::size_t kHeadBytes = kEndBytes + 16;
constexpr std::size_t kMostCharacters = 128;

int leading_zeros(const crypto::Sha256& digest) {
  int zeros = 0;
  for (const auto byte : digest) {
    const auto here = std::countl_zero(std::to_integer<std::uint8_t>(byte));
    zeros += here;
    if (here < 8) break;
  }
  return zeros;
}

}  // namespace

ProofOfWork::ProofOfWork(Parts parts, const crypto::RotatingKey& secret_key, Demand demand)
    : parts_(parts), keys_(secret_key, "secureauth/proof-of-work"), demand_(demand) {}

bool ProofOfWork::is_due(std::string_view ip) const {
  if (demand_ == Demand::automatic) return parts_.watch.is_raised(ip);
  return demand_ == Demand::always;
}

Error ProofOfWork::demand(const GuessSubject& subject) const {
  telemetry::metrics().proofs_of_work.add("demanded");
  std::array<std::byte, kHeadBytes> head{};
  write_end(std::span(head).first<kEndBytes>(), parts_.clock.now() + kLife);
  parts_.random.fill(std::span(head).subspan(kEndBytes));
  const auto text = crypto::base64url_encode(head);
  Error error = ErrorCode::proof_of_work_required;
  const auto mac = crypto::base64url_encode(keys_.sign({text, crypto::as_text(subject)}));
  error.puzzle = Puzzle{text + '.' + mac, kParts, kBits};
  return error;
}

bool ProofOfWork::solves(const Solution& solution, const GuessSubject& subject) const {
  const auto& challenge = solution.challenge;
  if (challenge.size() > kMostCharacters || solution.numbers.size() != kParts) return false;
  const auto dot = challenge.find('.');
  if (dot == std::string::npos) return false;
  const auto text = std::string_view(challenge).substr(0, dot);
  if (!keys_.accept(std::string_view(challenge).substr(dot + 1), {text, crypto::as_text(subject)})) return false;
  const auto head = crypto::base64url_decode(text);
  if (!head || head->size() != kHeadBytes) return false;
  if (has_ended(std::span(*head).first<kEndBytes>(), parts_.clock.now())) return false;
  for (int part = 0; part < kParts; ++part) {
    const auto number = solution.numbers.at(static_cast<std::size_t>(part));
    const auto tried = challenge + ':' + std::to_string(part) + ':' + std::to_string(number);
    if (leading_zeros(crypto::sha256(crypto::as_bytes(tried))) < kBits) return false;
  }
  return true;
}

net::awaitable<bool> ProofOfWork::redeem(Solution solution, GuessSubject subject) {
  auto& proofs = telemetry::metrics().proofs_of_work;
  if (!solves(solution, subject)) {
    proofs.add("refused");
    co_return false;
  }
  // A budget of one, which outlives the challenge.
  const ephemeral::EphemeralStore::Budget once{.limit = 1, .window = kLife, .must_last = true};
  auto key = "work:" + solution.challenge.substr(0, solution.challenge.find('.'));
  const auto spent = co_await parts_.store.spend(std::move(key), once, ephemeral::EphemeralStore::Known());
  proofs.add(spent.allowed ? "solved" : "refused");
  co_return spent.allowed;
}

}  // namespace secureauth::protection
