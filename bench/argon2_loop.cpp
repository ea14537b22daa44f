// The reference of "logins a second": nothing but Argon2id verifications, as many as the threads can do.
// Usage: argon2_loop SECONDS THREADS [TIME_COST MEMORY_KIB]; prints verifications a second.
// The engine and the default cost are the service's (libsodium, t=2, m=19456 KiB, p=1).

#include <sodium.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using Hash = std::array<char, crypto_pwhash_STRBYTES>;

constexpr std::string_view kPassword = "a password of usual length";

/// Verifies until `deadline`; one that ends after it is not counted, as wrk does not count a late answer.
unsigned long verify_until(Clock::time_point deadline, const Hash& hash) {
  unsigned long verified = 0;
  for (;;) {
    if (crypto_pwhash_str_verify(hash.data(), kPassword.data(), kPassword.size()) != 0) std::abort();
    if (Clock::now() >= deadline) return verified;
    ++verified;
  }
}

int measure(double seconds, unsigned threads, unsigned long long passes, std::size_t memory_kib) {
  Hash hash{};
  if (crypto_pwhash_str_alg(hash.data(), kPassword.data(), kPassword.size(), passes, memory_kib * 1024,
                            crypto_pwhash_ALG_ARGON2ID13) != 0) {
    std::cerr << "argon2_loop: not enough memory for one hash of this cost\n";
    return 1;
  }
  const auto deadline =
      Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  std::atomic<unsigned long> verified{0};
  {
    std::vector<std::jthread> workers;
    for (unsigned i = 0; i < threads; ++i) workers.emplace_back([&] { verified += verify_until(deadline, hash); });
  }
  std::cout << static_cast<double>(verified) / seconds << '\n';
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if ((arguments.size() != 2 && arguments.size() != 4) || sodium_init() < 0) {
    std::cerr << "usage: argon2_loop SECONDS THREADS [TIME_COST MEMORY_KIB]\n";
    return 2;
  }
  try {
    const bool cost_given = arguments.size() == 4;
    return measure(std::stod(arguments[0]), static_cast<unsigned>(std::stoul(arguments[1])),
                   cost_given ? std::stoull(arguments[2]) : 2, cost_given ? std::stoul(arguments[3]) : 19456);
  } catch (const std::logic_error&) {
    std::cerr << "argon2_loop: the arguments must be numbers\n";
    return 2;
  }
}
