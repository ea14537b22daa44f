#!/usr/bin/env bash
# For PostgreSQL's first start: `secureauth` owns the schema and migrates it, `secureauth_service` is whom the service signs in as.
# The administrator's password is used by neither.
set -euo pipefail
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres \
  --set owner="$(< "$OWNER_PASSWORD_FILE")" --set service="$(< "$SERVICE_PASSWORD_FILE")" <<'SQL'
CREATE ROLE secureauth LOGIN PASSWORD :'owner';
CREATE ROLE secureauth_service LOGIN PASSWORD :'service';
CREATE DATABASE secureauth OWNER secureauth ENCODING 'UTF8' LOCALE 'C' TEMPLATE template0;
REVOKE ALL ON DATABASE secureauth FROM PUBLIC;
GRANT CONNECT ON DATABASE secureauth TO secureauth_service;
SQL
