-- Takes back 0009_sign_in_events.up.sql.

DROP INDEX audit_logs_of_locks;
DROP INDEX audit_logs_of_sign_ins;
