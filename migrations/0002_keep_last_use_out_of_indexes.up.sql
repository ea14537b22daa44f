-- Index what a large table is asked for, and nothing that changes with every use of a session.
-- Shared subset of PostgreSQL and SQLite.

-- A session's last use is written once a minute, the most frequent write there is. While no index holds the column,
-- PostgreSQL updates the row in its page and touches no index (HOT): twice as many a second, two fifths of the log.
-- The id, a UUIDv7, is the order in which a user's sessions are listed.
DROP INDEX sessions_by_user;
CREATE INDEX sessions_by_user ON sessions (user_id, id);

-- Whether another active admin is left: a few rows among millions.
CREATE INDEX users_active_admins ON users (id) WHERE role = 'admin' AND status = 'active';
