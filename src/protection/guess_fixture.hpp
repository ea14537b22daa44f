#pragma once

#include "ephemeral/memory/memory_store.hpp"
#include "protection/password_guesses.hpp"
#include "protection/proof_of_work.hpp"

namespace secureauth::protection {

/// What stands before a password, with budgets as by default. For unit tests.
struct GuessFixture {
  GuessFixture(db::Database& database, const Clock& clock, crypto::Random& random, std::int64_t of_network = 0,
               ProofOfWork::Demand demand = ProofOfWork::Demand::automatic)
      : store(clock),
        guesses({.database = database, .store = store, .clock = clock}, crypto::SecretBytes(32),
                {.in_window = 10, .window = std::chrono::minutes(15), .in_a_row = 100, .of_network = of_network}),
        watch(clock, {.min_failures = 20, .min_percent = 50, .window = std::chrono::minutes(10)}),
        work({.store = store, .watch = watch, .clock = clock, .random = random}, crypto::SecretBytes(32), demand) {}

  ephemeral::MemoryStore store;
  PasswordGuesses guesses;
  StuffingWatch watch;
  ProofOfWork work;
};

}  // namespace secureauth::protection
