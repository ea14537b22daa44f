-- What administration counts and lists of sign-ins, without reading the rows of the audit log that are about anything else.
-- Shared subset of PostgreSQL and SQLite. SQLite takes these only where a statement says their conditions word for word.

CREATE INDEX audit_logs_of_sign_ins ON audit_logs (at, event)
  WHERE event IN ('login.succeeded', 'login.failed', 'login.challenged', 'account.locked');
CREATE INDEX audit_logs_of_locks    ON audit_logs (at, id) WHERE event = 'account.locked';
