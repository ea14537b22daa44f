-- What administration counts and lists of sign-ins: by event and time, without reading the rows of the audit log.
-- Shared subset of PostgreSQL and SQLite. SQLite takes the index only where a statement says the same list of events.

CREATE INDEX audit_logs_of_sign_ins ON audit_logs (event, at, id)
  WHERE event IN ('login.succeeded', 'login.failed', 'login.challenged', 'account.locked');
