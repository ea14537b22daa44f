-- Passwords after the first sign-in, proofs beyond it, and mail that is delivered.
-- Shared subset of PostgreSQL and SQLite; times are UTC (RFC 3339 text in SQLite).

ALTER TABLE users ADD COLUMN locale text NOT NULL DEFAULT 'en';               -- language of mails
ALTER TABLE users ADD COLUMN password_version integer NOT NULL DEFAULT 1;     -- grows with a new password, not with a new hash of it
ALTER TABLE users ADD COLUMN password_must_change text                        -- why, or NULL
  CHECK (password_must_change IN ('initial', 'staff', 'compromised'));
ALTER TABLE registrations ADD COLUMN locale text NOT NULL DEFAULT 'en';
ALTER TABLE sessions ADD COLUMN stepped_up_at timestamptz;                    -- last proof beyond a sign-in by password

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

-- What somebody did to somebody else: few rows, read by the data export.
CREATE INDEX audit_logs_by_other_actor ON audit_logs (actor_id, at) WHERE actor_id <> subject_id;

-- Nothing was ever delivered from the outbox of before, and what it held lived for a day.
DROP TABLE outbox;
CREATE TABLE outbox (
  id             uuid        NOT NULL PRIMARY KEY,    -- also the mail's Message-ID
  kind           text        NOT NULL,
  recipient_hash bytea       NOT NULL,                -- HMAC of the address's canonical form: what the hourly cap counts
  content        bytea,                               -- recipient, subject and bodies, sealed; NULL when done with
  created_at     timestamptz NOT NULL,
  state          text        NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sent', 'dead')),
  attempts       integer     NOT NULL DEFAULT 0,
  due_at         timestamptz NOT NULL,                -- when to try next: while somebody tries, when the lease ends
  lease          uuid,                                -- of who tries
  settled_at     timestamptz,                         -- when it was sent or given up
  last_error     text
);
CREATE INDEX outbox_by_recipient ON outbox (recipient_hash, kind, created_at);
CREATE INDEX outbox_by_created   ON outbox (created_at);
CREATE INDEX outbox_due          ON outbox (due_at) WHERE state = 'queued';
CREATE INDEX outbox_dead         ON outbox (created_at) WHERE state = 'dead';
CREATE INDEX outbox_with_content ON outbox (created_at) WHERE content IS NOT NULL;
