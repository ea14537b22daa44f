-- Wrong passwords in a row, for every address that somebody tried.
-- Shared subset of PostgreSQL and SQLite; times are UTC (RFC 3339 text in SQLite).

-- Keyed by a digest of the address, not by the account: an address without one locks alike (OWASP ASVS 5.0 6.3.8).
CREATE TABLE login_guesses (
  subject        bytea       NOT NULL,                -- HMAC of the address's canonical form
  share          text        NOT NULL CHECK (share IN ('known', 'unknown')),  -- browsers known to the account, or others
  in_a_row       integer     NOT NULL,                -- since the last right one (NIST SP 800-63B-4 §3.2.2)
  last_failed_at timestamptz NOT NULL,                -- the wait for the next one begins here
  unlocked       integer     NOT NULL DEFAULT 0,      -- how often it was made whole: names the count of the window
  PRIMARY KEY (subject, share)
);
CREATE INDEX login_guesses_by_last_failed ON login_guesses (last_failed_at);

-- Migration 0003 put `mails` in its place and left it empty, for the version before that one to write to. What still
-- deletes from it while the instances are replaced does so last in its housekeeping, logs that once and goes on.
DROP TABLE outbox;
