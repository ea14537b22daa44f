-- Passwords after the first sign-in, proofs beyond it, and mail that is delivered.
-- Shared subset of PostgreSQL and SQLite; times are UTC (RFC 3339 text in SQLite). What keeps others out of a table that
-- is in use comes last: locks are held to the end. Every column that is added to one is NULL or has a default, for the
-- version before goes on writing while the instances are replaced.

-- Mail to deliver. It takes the place of `outbox`, which nothing was ever delivered from: that one stays, empty, for the
-- version before to write to, and a migration of the version after this one drops it.
CREATE TABLE mails (
  id             uuid        NOT NULL PRIMARY KEY,    -- also the mail's Message-ID
  kind           text        NOT NULL,
  recipient_hash bytea       NOT NULL,                -- HMAC of the address's canonical form: what the hourly cap counts
  content        bytea,                               -- recipient, subject and bodies, sealed; NULL when done with
  created_at     timestamptz NOT NULL,
  expires_at     timestamptz NOT NULL,                -- when it is given up, and its content goes in any case
  state          text        NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sent', 'dead')),
  attempts       integer     NOT NULL DEFAULT 0,
  due_at         timestamptz NOT NULL,                -- when to try next: while somebody tries, when the lease ends
  lease          uuid,                                -- of who tries
  settled_at     timestamptz,                         -- when it was sent or given up
  last_error     text
);
CREATE INDEX mails_by_recipient ON mails (recipient_hash, kind, created_at);
CREATE INDEX mails_by_created   ON mails (created_at);
CREATE INDEX mails_due          ON mails (due_at) WHERE state = 'queued';
CREATE INDEX mails_dead         ON mails (created_at) WHERE state = 'dead';
CREATE INDEX mails_with_content ON mails (expires_at) WHERE content IS NOT NULL;

DELETE FROM outbox;

-- What somebody did to somebody else: few rows, read by the data export.
CREATE INDEX audit_logs_by_other_actor ON audit_logs (actor_id, at) WHERE actor_id <> subject_id;

-- What a mailed link lets its reader do, once.
CREATE TABLE one_time_tokens (
  id         uuid        NOT NULL PRIMARY KEY,
  token_hash bytea       NOT NULL UNIQUE,             -- SHA-256 of the mailed token
  kind       text        NOT NULL CHECK (kind IN ('reset_password', 'change_email', 'undo_email_change')),
  user_id    uuid        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  email      text,                                    -- the address to change to, or back to
  email_key  text,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX one_time_tokens_by_user    ON one_time_tokens (user_id, kind);
CREATE INDEX one_time_tokens_by_expires ON one_time_tokens (expires_at);

ALTER TABLE registrations ADD COLUMN locale text NOT NULL DEFAULT 'en';
ALTER TABLE sessions ADD COLUMN stepped_up_at timestamptz;                    -- last proof beyond a sign-in by password
ALTER TABLE users ADD COLUMN locale text NOT NULL DEFAULT 'en';               -- language of mails
ALTER TABLE users ADD COLUMN password_version integer NOT NULL DEFAULT 1;     -- grows with a new password, not with a new hash of it
ALTER TABLE users ADD COLUMN password_must_change text                        -- why, or NULL
  CHECK (password_must_change IN ('initial', 'staff', 'compromised'));
