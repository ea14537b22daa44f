-- The database says which migrations leave the version before working, and lets one instance at a time clean up.
-- compatible: previous
-- Shared subset of PostgreSQL and SQLite; times are UTC (RFC 3339 text in SQLite).

-- Of the applied migrations those that are compatible, and with whom: each vouches for programs that know the schema
-- up to `tolerates`, and a program serves if all that it does not know do so for it. What is not here may need that no
-- older instance runs; so does whatever came before this table.
CREATE TABLE compatible_migrations (
  version   integer NOT NULL PRIMARY KEY,
  tolerates integer NOT NULL
);

-- What one instance at a time may do, and until when it has said that it does.
CREATE TABLE leases (
  name       text        NOT NULL PRIMARY KEY,
  holder     text        NOT NULL,
  held_until timestamptz NOT NULL
);
