#pragma once
#include <atomic>
#include <bitset>
#include <cstdlib>
#include <fstream>

/// Included before each mutated source: which of the mutants is this program? `SECUREAUTH_MUTANT` is its number;
/// `SECUREAUTH_MUTANTS_MET`, in its place, names a file that gets the numbers of all that the program came by.
namespace mutation {

constexpr int kMost = 1 << 16;

struct Meetings {
  const char* file = std::getenv("SECUREAUTH_MUTANTS_MET");
  std::atomic<bool> met[kMost]{};

  ~Meetings() {
    if (file == nullptr) return;
    std::ofstream out(file);
    for (int number = 0; number < kMost; ++number) {
      if (met[number]) out << number << '\n';
    }
  }
};

inline Meetings meetings;
inline const int chosen = std::getenv("SECUREAUTH_MUTANT") ? std::atoi(std::getenv("SECUREAUTH_MUTANT")) : 0;

inline bool is(int number) {
  if (meetings.file != nullptr) meetings.met[number].store(true, std::memory_order_relaxed);
  return chosen == number;
}

}  // namespace mutation
