-- What administration counts and lists of sign-ins, without reading the rows of the audit log that are about anything else.
-- Shared subset of PostgreSQL and SQLite. SQLite takes these only where a statement says their conditions word for word.
-- On PostgreSQL nobody writes to the audit log while they are built; where it is large they are built beforehand, by hand
-- and concurrently, which no transaction can do (docs/deployment.md): hence IF NOT EXISTS.

CREATE INDEX IF NOT EXISTS audit_logs_of_sign_ins ON audit_logs (at, event)
  WHERE event IN ('login.succeeded', 'login.failed', 'login.challenged', 'account.locked');
CREATE INDEX IF NOT EXISTS audit_logs_of_locks ON audit_logs (at, id) WHERE event = 'account.locked';
