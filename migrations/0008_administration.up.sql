-- Accounts are looked up by what their address begins with, and those that are few among millions at once.
-- Shared subset of PostgreSQL and SQLite; a line that begins with `--postgresql:` is run there only.

-- SQLite compares text byte for byte; PostgreSQL by the collation of the database, under which addresses with one
-- prefix need not stand together. With this one they do, so that the index of the unique key finds them. Nobody but the
-- order of a list notices; the index is made anew under a lock that keeps everybody out of the table meanwhile.
--postgresql: ALTER TABLE users ALTER COLUMN email_key TYPE text COLLATE "C";

CREATE INDEX users_staff    ON users (email_key) WHERE role <> 'user';
CREATE INDEX users_disabled ON users (email_key) WHERE status = 'disabled';
