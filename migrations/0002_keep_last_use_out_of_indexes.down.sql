-- Takes back 0002_keep_last_use_out_of_indexes.up.sql. Spaced as in 0001: SQLite keeps the text, and schemas are compared by it.
CREATE INDEX sessions_by_user    ON sessions (user_id, last_used_at);
DROP INDEX users_active_admins;
DROP INDEX sessions_by_owner;
