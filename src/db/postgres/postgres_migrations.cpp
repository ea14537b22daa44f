#include "db/postgres/postgres_migrations.hpp"

#include "db/postgres/fault.hpp"
#include "db/postgres/values.hpp"

#include <new>
#include <poll.h>
#include <utility>

namespace secureauth::db {
namespace {

using postgres::ResultHandle;

constexpr int kOldestServer = 150000;
constexpr std::string_view kLockNotAvailable = "55P03";

class LockNotAvailable : public DatabaseError {
 public:
  using DatabaseError::DatabaseError;
};

// Any number, as long as every instance has the same: "secureau" in ASCII.
constexpr const char* kLock = "SELECT pg_advisory_xact_lock(8315161591556104565)";

// The catalogue, which everybody may read: information_schema shows a role only what it was granted, so that without
// grants a schema looks as if it was never made. No schema is the current one where the role may use none.
constexpr Statement kTable{R"sql(
  SELECT current_user::text, current_schema()::text,
         (SELECT has_table_privilege(c.oid, 'SELECT') FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
           WHERE n.nspname = current_schema() AND c.relname = $1 AND c.relkind IN ('r', 'p')))sql"};

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
  for (const auto& [name, value] : {std::pair("connect_timeout", "5"),  // seconds, each host
                                    std::pair("keepalives_idle", "10"), std::pair("keepalives_interval", "5"),
                                    std::pair("keepalives_count", "4"), std::pair("tcp_user_timeout", "30000")}) {
    if (where.value(name).empty()) keywords.emplace_back(name, value);
  }
  return keywords;
}

// What only this store needs stands in a comment, which the other one passes over.
std::string in_postgres_words(std::string_view script) {
  constexpr std::string_view kOnlyHere = "\n--postgresql: ";
  std::string text = '\n' + std::string(script);
  for (auto at = text.find(kOnlyHere); at != std::string::npos; at = text.find(kOnlyHere, at)) {
    text.replace(at, kOnlyHere.size(), "\n");
  }
  return text;
}

// What fails here is the script or what it met in the tables, whatever it is.
void check(const PGresult* result) {
  const auto status = PQresultStatus(result);
  if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return;
  const auto failure = postgres::failure_of(result);
  if (failure.sqlstate == kLockNotAvailable) throw LockNotAvailable(failure.message);
  if (failure.sqlstate.starts_with("22")) throw DatabaseError(failure.message);
  postgres::raise(failure);
}

std::string set_lock_timeout(std::chrono::milliseconds wait) {
  return "SET LOCAL lock_timeout = " + std::to_string(wait.count());
}

}  // namespace

PostgresMigrations::PostgresMigrations(const std::string& url, MigrationWaits waits) : waits_(waits) {
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

void PostgresMigrations::run(const std::string& sql, Patience patience) {
  answer(PQsendQuery(connection_.get(), sql.c_str()), patience);
}

ResultHandle PostgresMigrations::answer(int sent, Patience patience) {
  auto* handle = connection_.get();
  if (sent != 1)
    throw DatabaseError("the connection to PostgreSQL was lost: " + postgres::one_line(PQerrorMessage(handle)));
  ResultHandle last;
  for (;;) {
    await_answer(patience);
    ResultHandle result(PQgetResult(handle));
    if (!result) break;
    last = std::move(result);
  }
  if (!last) throw std::bad_alloc();
  check(last.get());
  return last;
}

// A frozen server's kernel goes on answering for it: only a deadline of our own notices.
void PostgresMigrations::await_answer(Patience patience) {
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  auto* handle = connection_.get();
  while (PQisBusy(handle) == 1) {
    int wait = -1;  // without limit
    if (patience) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(*patience - (Clock::now() - start));
      if (left.count() <= 0) {
        connection_.reset();
        throw DatabaseError("PostgreSQL did not answer in time");
      }
      wait = static_cast<int>(left.count());
    }
    pollfd socket{.fd = PQsocket(handle), .events = POLLIN, .revents = 0};
    poll(&socket, 1, wait);
    if (PQconsumeInput(handle) != 1) return;  // PQgetResult tells why
  }
}

void PostgresMigrations::roll_back() noexcept {
  try {
    run("ROLLBACK", waits_.answer);
  } catch (const std::exception&) {  // the server rolls back what its client leaves
    connection_.reset();
  }
}

// Whatever the role's default is: a migration must see what another one did while this one waited for its turn.
void PostgresMigrations::begin() {
  run("BEGIN ISOLATION LEVEL READ COMMITTED", waits_.answer);
}

void PostgresMigrations::take_turn() {
  run(set_lock_timeout(waits_.turn), waits_.answer);
  try {
    run(kLock, waits_.turn + waits_.answer);
  } catch (const LockNotAvailable&) {
    throw DatabaseError("another process has been migrating for longer than " + std::to_string(waits_.turn.count()) +
                        " ms: wait until it is done and try again");
  }
  run(set_lock_timeout(waits_.table), waits_.answer);
}

void PostgresMigrations::exclusively(const std::function<void()>& work) {
  begin();
  try {
    take_turn();
    work();
    run("COMMIT", std::nullopt);
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
  try {
    const auto own_words = in_postgres_words(script);
    run("DO " + quoted("BEGIN EXECUTE " + quoted(own_words) + "; END"), std::nullopt);
  } catch (const LockNotAvailable&) {
    throw DatabaseError("somebody holds a table that it changes (a backup, a long transaction): try again later");
  }
}

Rows PostgresMigrations::execute(Statement statement, Params params) {
  const postgres::EncodedParams encoded(params);
  const int sent = PQsendQueryParams(connection_.get(), std::string(statement.sql).c_str(), encoded.count(), nullptr,
                                     encoded.values(), encoded.lengths(), encoded.formats(), 0);
  const auto result = answer(sent, waits_.answer);
  return postgres::decode(result.get());
}

bool PostgresMigrations::has_table(std::string_view name) {
  const auto found = execute(kTable, Params{name});
  const auto& row = found.front();
  const bool exists = !row.is_null(2);
  const bool readable = exists ? row.integer(2) != 0 : !row.is_null(1);
  if (!readable) {
    throw DatabaseError("role " + row.text(0) +
                        " may not read the schema: as its owner run `secureauth migrate grants " + row.text(0) + "`");
  }
  return exists;
}

std::vector<std::string> PostgresMigrations::describe() {
  std::vector<std::string> lines;
  for (const auto& row : execute(kDescribe, Params())) lines.push_back(row.text(0));
  return lines;
}

std::vector<std::string> PostgresMigrations::describe_after(const std::function<void(MigrationBackend&)>& build) {
  begin();
  try {
    run("CREATE SCHEMA secureauth_expected", waits_.answer);
    run("SET LOCAL search_path TO secureauth_expected", waits_.answer);
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
