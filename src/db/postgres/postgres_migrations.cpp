#include "db/postgres/postgres_migrations.hpp"

#include "db/postgres/fault.hpp"
#include "db/postgres/values.hpp"

#include <new>

namespace secureauth::db {
namespace {

using postgres::ResultHandle;

constexpr int kOldestServer = 150000;

// Any number, as long as every instance has the same: "secureau" in ASCII.
constexpr Statement kLock{"SELECT pg_advisory_xact_lock(8315161591556104565)"};

constexpr Statement kHasTable{
    R"sql(SELECT 1 FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = $1)sql"};

// Everything that a migration can make, one a line. Names of the schema itself are left out by the pretty forms, so
// that two schemas can be compared.
constexpr Statement kDescribe{R"sql(
  WITH here AS (SELECT oid FROM pg_namespace WHERE nspname = current_schema()),
       relations AS (SELECT c.oid, c.relname, c.relkind FROM pg_class c
                      WHERE c.relnamespace IN (SELECT oid FROM here)
                        AND NOT EXISTS (SELECT 1 FROM pg_depend e  -- an extension's own, such as pg_stat_statements
                                         WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid
                                           AND e.deptype = 'e'))
  SELECT line FROM (
    SELECT 'column ' || r.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
           || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
           || coalesce(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid, true), '') AS line
      FROM relations r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
      LEFT JOIN pg_attrdef d ON d.adrelid = r.oid AND d.adnum = a.attnum
     WHERE r.relkind IN ('r', 'p', 'v', 'm')
    UNION ALL
    SELECT 'constraint ' || r.relname || '.' || c.conname || ' ' || pg_get_constraintdef(c.oid, true)
      FROM relations r JOIN pg_constraint c ON c.conrelid = r.oid
    UNION ALL
    SELECT 'index ' || pg_get_indexdef(r.oid, 0, true) FROM relations r WHERE r.relkind = 'i'
    UNION ALL
    SELECT 'trigger ' || r.relname || '.' || t.tgname || ' ' || pg_get_triggerdef(t.oid, true)
      FROM relations r JOIN pg_trigger t ON t.tgrelid = r.oid WHERE NOT t.tgisinternal
    UNION ALL
    SELECT CASE relkind WHEN 'r' THEN 'table ' WHEN 'S' THEN 'sequence ' ELSE 'relation ' END || relname
      FROM relations WHERE relkind <> 'i'
    UNION ALL
    SELECT 'function ' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ') ' || md5(p.prosrc)
      FROM pg_proc p WHERE p.pronamespace IN (SELECT oid FROM here)
       AND NOT EXISTS (SELECT 1 FROM pg_depend e
                        WHERE e.classid = 'pg_proc'::regclass AND e.objid = p.oid AND e.deptype = 'e')
  ) AS everything ORDER BY line COLLATE "C")sql"};

postgres::Keywords keywords_for(const postgres::ConnectionString& where) {
  auto keywords = where.all();
  keywords.emplace_back("client_encoding", "UTF8");
  keywords.emplace_back("fallback_application_name", "secureauth migrate");
  keywords.emplace_back("options", "-c TimeZone=UTC -c DateStyle=ISO -c bytea_output=hex " + where.value("options"));
  if (where.value("connect_timeout").empty()) keywords.emplace_back("connect_timeout", "5");  // seconds, each host
  return keywords;
}

void check(const ResultHandle& result) {
  if (!result) throw std::bad_alloc();
  const auto status = PQresultStatus(result.get());
  if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return;
  postgres::raise(postgres::failure_of(result.get()));
}

}  // namespace

PostgresMigrations::PostgresMigrations(const std::string& url) {
  const auto keywords = keywords_for(postgres::ConnectionString(url));
  const postgres::KeywordArrays arrays(keywords);
  connection_.reset(PQconnectdbParams(arrays.names.data(), arrays.values.data(), 0));
  if (!connection_) throw std::bad_alloc();
  if (PQstatus(connection_.get()) != CONNECTION_OK) {
    throw DatabaseError("PostgreSQL cannot be reached (" + postgres::one_line(PQerrorMessage(connection_.get())) + ")");
  }
  if (PQserverVersion(connection_.get()) < kOldestServer) {
    throw DatabaseError("PostgreSQL 15 or newer is needed, the server is " +
                        std::string(PQparameterStatus(connection_.get(), "server_version")));
  }
  PQsetNoticeReceiver(connection_.get(), [](void*, const PGresult*) {}, nullptr);
}

void PostgresMigrations::run(const std::string& sql) {
  check(ResultHandle(PQexec(connection_.get(), sql.c_str())));
}

void PostgresMigrations::roll_back() noexcept {
  const ResultHandle ignored(PQexec(connection_.get(), "ROLLBACK"));
}

void PostgresMigrations::exclusively(const std::function<void()>& work) {
  run("BEGIN");
  try {
    execute(kLock, Params());
    work();
    run("COMMIT");
  } catch (...) {
    roll_back();
    throw;
  }
}

std::string PostgresMigrations::quoted(std::string_view text) const {
  struct Free {
    void operator()(char* escaped) const { PQfreemem(escaped); }
  };
  const std::unique_ptr<char, Free> escaped(PQescapeLiteral(connection_.get(), text.data(), text.size()));
  if (!escaped) throw DatabaseError("the script is not UTF-8");
  return escaped.get();
}

// Inside a DO block PostgreSQL refuses whatever would begin or end a transaction, however it is written.
void PostgresMigrations::run_script(std::string_view script) {
  run("DO " + quoted("BEGIN EXECUTE " + quoted(script) + "; END"));
}

Rows PostgresMigrations::execute(Statement statement, Params params) {
  const postgres::EncodedParams encoded(params);
  const ResultHandle result(PQexecParams(connection_.get(), std::string(statement.sql).c_str(), encoded.count(),
                                         nullptr, encoded.values(), encoded.lengths(), encoded.formats(), 0));
  check(result);
  return postgres::decode(result.get());
}

bool PostgresMigrations::has_table(std::string_view name) {
  return !execute(kHasTable, Params{name}).empty();
}

std::vector<std::string> PostgresMigrations::describe() {
  std::vector<std::string> lines;
  for (const auto& row : execute(kDescribe, Params())) lines.push_back(row.text(0));
  return lines;
}

std::vector<std::string> PostgresMigrations::describe_after(const std::function<void(MigrationBackend&)>& build) {
  run("BEGIN");
  try {
    run("CREATE SCHEMA secureauth_expected");
    run("SET LOCAL search_path TO secureauth_expected");
    build(*this);
    auto lines = describe();
    roll_back();
    return lines;
  } catch (...) {
    roll_back();
    throw;
  }
}

}  // namespace secureauth::db
