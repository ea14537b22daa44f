#include "db/postgres/grants.hpp"

namespace secureauth::db {
namespace {

constexpr Statement kName{"SELECT set_config('secureauth.role', $1, true)"};

// The role's name comes as a value and is quoted by the server.
constexpr std::string_view kGrant = R"sql(
  DO $grants$
  DECLARE
    service text := current_setting('secureauth.role');
    here    text := current_schema();
    owner   name := (SELECT tableowner FROM pg_tables WHERE schemaname = here AND tablename = 'schema_migrations');
  BEGIN
    IF owner IS NULL THEN
      RAISE EXCEPTION 'there is no schema yet: run `secureauth migrate upgrade` first';
    END IF;
    IF NOT pg_has_role(current_user, owner, 'USAGE') THEN
      RAISE EXCEPTION 'role % does not own the schema: run this as its owner, %', current_user, owner;
    END IF;
    -- Who may act as the owner is the owner, and an administrator is everybody.
    IF pg_has_role(service, owner, 'MEMBER') THEN
      RAISE EXCEPTION 'role % owns the schema, or may act for who does: the service needs another one', service;
    END IF;
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', here, service);
    EXECUTE format('REVOKE CREATE ON SCHEMA %I FROM %I', here, service);
    EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM %I', here, service);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO %I', here, service);
    EXECUTE format('REVOKE UPDATE, DELETE ON audit_logs, audit_heads FROM %I', service);
    EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON schema_migrations, compatible_migrations FROM %I', service);
  END
  $grants$)sql";

}  // namespace

void grant_service(MigrationBackend& backend, const std::string& role) {
  backend.exclusively([&] {
    backend.execute(kName, Params(role));
    backend.run_script(kGrant);
  });
}

}  // namespace secureauth::db
