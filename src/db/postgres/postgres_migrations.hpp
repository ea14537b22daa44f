#pragma once

#include "db/migrations.hpp"
#include "db/postgres/handles.hpp"

#include <string>

namespace secureauth::db {

/// Migrations on PostgreSQL, over a connection of its own; synchronous. The lock is an advisory one, held to the end
/// of the transaction: others wait for it without limit. A script cannot begin or end a transaction.
class PostgresMigrations final : public MigrationBackend {
 public:
  /// Connects to the first host that takes writes. Throws std::invalid_argument for a bad URL, else DatabaseError.
  explicit PostgresMigrations(const std::string& url);

  void exclusively(const std::function<void()>& work) override;
  void run_script(std::string_view script) override;
  Rows execute(Statement statement, Params params) override;
  bool has_table(std::string_view name) override;
  std::vector<std::string> describe() override;
  std::vector<std::string> describe_after(const std::function<void(MigrationBackend&)>& build) override;

 private:
  void run(const std::string& sql);
  [[nodiscard]] std::string quoted(std::string_view text) const;
  void roll_back() noexcept;

  postgres::ConnectionHandle connection_;
};

}  // namespace secureauth::db
