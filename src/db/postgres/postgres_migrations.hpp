#pragma once

#include "db/migrations.hpp"
#include "db/postgres/handles.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace secureauth::db {

/// How long migrations wait.
struct MigrationWaits {
  std::chrono::milliseconds answer{10000};  ///< for the answer to a look at the schema, before the server is frozen
  std::chrono::milliseconds turn{60000};    ///< while another process migrates
  std::chrono::milliseconds table{3000};    ///< for a table that somebody uses: meanwhile, others wait behind us
};

/// Migrations on PostgreSQL, over a connection of its own; synchronous. The lock is an advisory one, held to the end
/// of the transaction. A script cannot begin or end a transaction. Every wait is bounded but a script's own work and
/// its COMMIT, which take the time they take: keepalives notice a host that goes meanwhile, nothing a frozen server.
class PostgresMigrations final : public MigrationBackend {
 public:
  /// Connects to the first host that takes writes. Throws std::invalid_argument for a bad URL, else DatabaseError.
  explicit PostgresMigrations(const std::string& url, MigrationWaits waits = {});

  void exclusively(const std::function<void()>& work) override;
  void run_script(std::string_view script) override;
  Rows execute(Statement statement, Params params) override;
  bool has_table(std::string_view name) override;
  std::vector<std::string> describe() override;
  std::vector<std::string> describe_after(const std::function<void(MigrationBackend&)>& build) override;

 private:
  using Patience = std::optional<std::chrono::milliseconds>;  ///< none: as long as it takes

  void run(const std::string& sql, Patience patience);
  void begin();
  void take_turn();
  /// The answer to the one statement that was sent, unless `sent` is 0. Throws what a failure means.
  postgres::ResultHandle answer(int sent, Patience patience);
  void await_answer(Patience patience);
  [[nodiscard]] std::string quoted(std::string_view text) const;
  void roll_back() noexcept;

  postgres::ConnectionHandle connection_;
  MigrationWaits waits_;
};

}  // namespace secureauth::db
