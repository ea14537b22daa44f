#include "mfa/totp/totp.hpp"

#include "crypto/digest.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <liboath/oath.h>
#include <stdexcept>

namespace secureauth::mfa {
namespace {

constexpr int kMostDigits = 8;

int flags_of(TotpAlgorithm algorithm) {
  switch (algorithm) {
    case TotpAlgorithm::sha1:
      return 0;
    case TotpAlgorithm::sha256:
      return OATH_TOTP_HMAC_SHA256;
    case TotpAlgorithm::sha512:
      return OATH_TOTP_HMAC_SHA512;
  }
  throw std::logic_error("unknown TOTP algorithm");
}

void prepare_liboath() {
  static const int outcome = oath_init();
  if (outcome != OATH_OK) throw std::runtime_error(std::string("liboath: ") + oath_strerror(outcome));
}

}  // namespace

std::int64_t totp_step(Timestamp now, const TotpParameters& parameters) {
  return std::chrono::floor<std::chrono::seconds>(now).time_since_epoch() / parameters.period;
}

std::string totp_code(const crypto::SecretBytes& secret, const TotpParameters& parameters, std::int64_t step) {
  prepare_liboath();
  std::array<char, kMostDigits + 1> code{};
  if (parameters.digits > kMostDigits) throw std::logic_error("a TOTP code has 8 digits at most");
  const auto text = secret.reveal();
  const auto period = static_cast<unsigned>(parameters.period.count());
  const int outcome =
      oath_totp_generate2(text.data(), text.size(), static_cast<time_t>(step) * period, period, 0,
                          static_cast<unsigned>(parameters.digits), flags_of(parameters.algorithm), code.data());
  if (outcome != OATH_OK) throw std::runtime_error(std::string("liboath: ") + oath_strerror(outcome));
  return code.data();
}

bool is_totp_code(std::string_view text, int digits) {
  return text.size() == static_cast<std::size_t>(digits) &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

TotpMatch match_totp(const crypto::SecretBytes& secret, const TotpParameters& parameters, std::string_view code,
                     Timestamp now, int skew, TotpPosition position) {
  const auto present = totp_step(now, parameters);
  bool matches = false;
  std::int64_t matched = 0;
  const auto compare = [&](std::int64_t step) {
    const bool same = crypto::equal(code, totp_code(secret, parameters, step));
    matches |= same;
    matched = same ? std::max(matched, step) : matched;
  };
  // By our clock too: a code that was typed slowly looks like a clock that is behind, and the next one must not suffer.
  for (const auto middle : {present, present + position.drift}) {
    for (auto step = middle - skew; step <= middle + skew; ++step) compare(step);
  }

  if (!matches) return {TotpVerdict::wrong, position};
  if (matched <= position.last_step) return {TotpVerdict::used, position};
  const auto drift = std::clamp<std::int64_t>(matched - present, -kMostTotpDrift, kMostTotpDrift);
  return {TotpVerdict::fresh, {.drift = static_cast<int>(drift), .last_step = matched}};
}

}  // namespace secureauth::mfa
