-- Accounts, their pending registrations, sessions, the mail outbox and the audit log.
-- Shared subset of PostgreSQL and SQLite; times are UTC (RFC 3339 text in SQLite).

CREATE TABLE users (
  id                uuid        NOT NULL PRIMARY KEY,
  email             text        NOT NULL,             -- as its owner writes it: mail goes here
  email_key         text        NOT NULL UNIQUE,      -- canonical form: NFC, case-folded, IDNA domain
  email_verified_at timestamptz,
  name              text,
  password_hash     text        NOT NULL,             -- PHC string
  role              text        NOT NULL DEFAULT 'user'   CHECK (role IN ('user', 'staff', 'admin')),
  status            text        NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled')),
  created_at        timestamptz NOT NULL,
  updated_at        timestamptz NOT NULL
);

-- Somebody asked for an account and has not proven the mailbox. Each keeps its own password: verifying one
-- activates that one alone, whoever else asked for the same address.
CREATE TABLE registrations (
  id            uuid        NOT NULL PRIMARY KEY,     -- becomes the user's id
  email         text        NOT NULL,
  email_key     text        NOT NULL,
  name          text,
  password_hash text        NOT NULL,
  token_hash    bytea       NOT NULL UNIQUE,          -- SHA-256 of the mailed token
  created_at    timestamptz NOT NULL,
  expires_at    timestamptz NOT NULL
);
CREATE INDEX registrations_by_email   ON registrations (email_key, created_at);
CREATE INDEX registrations_by_expires ON registrations (expires_at);

CREATE TABLE sessions (
  id           uuid        NOT NULL PRIMARY KEY,      -- public: shown in lists
  token_hash   bytea       NOT NULL UNIQUE,           -- SHA-256 of the cookie's value
  user_id      uuid        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  aal          integer     NOT NULL,
  amr          text        NOT NULL,                  -- RFC 8176 names, space-separated
  auth_time    timestamptz NOT NULL,
  created_at   timestamptz NOT NULL,
  last_used_at timestamptz NOT NULL,                  -- written at most once a minute
  expires_at   timestamptz NOT NULL,                  -- absolute end
  ip           text        NOT NULL,
  user_agent   text        NOT NULL
);
CREATE INDEX sessions_by_user    ON sessions (user_id, last_used_at);
CREATE INDEX sessions_by_expires ON sessions (expires_at);

CREATE TABLE outbox (
  id         uuid        NOT NULL PRIMARY KEY,
  kind       text        NOT NULL,
  recipient  text        NOT NULL,
  email_key  text        NOT NULL,                    -- the recipient's canonical form: what the hourly cap counts
  subject    text        NOT NULL,
  text_body  text        NOT NULL,
  html_body  text        NOT NULL,
  created_at timestamptz NOT NULL,
  sent_at    timestamptz
);
CREATE INDEX outbox_by_recipient ON outbox (email_key, kind, created_at);
CREATE INDEX outbox_by_created   ON outbox (created_at);

-- Written in the transaction of what it records. No foreign keys: it outlives what it speaks of.
CREATE TABLE audit_logs (
  id         uuid        NOT NULL PRIMARY KEY,
  at         timestamptz NOT NULL,
  event      text        NOT NULL,
  outcome    text        NOT NULL CHECK (outcome IN ('success', 'failure')),
  actor_id   uuid,
  subject_id uuid,
  session_id uuid,
  ip         text        NOT NULL,
  user_agent text        NOT NULL,
  request_id text        NOT NULL,
  details    text        NOT NULL                     -- a JSON object
);
CREATE INDEX audit_logs_by_at      ON audit_logs (at);
CREATE INDEX audit_logs_by_subject ON audit_logs (subject_id, at);
