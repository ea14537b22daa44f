-- Second factors: TOTP authenticators, recovery codes, and sign-ins that wait for one of them.
-- Shared subset of PostgreSQL and SQLite; times are UTC (RFC 3339 text in SQLite). What keeps others out of a table that
-- is in use comes last: locks are held to the end. Every column that is added to one is NULL or has a default, for the
-- version before goes on writing while the instances are replaced.

CREATE TABLE totp_authenticators (
  user_id      uuid        NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  secret       bytea       NOT NULL,                  -- sealed for this user: key id, nonce, AES-256-GCM
  algorithm    text        NOT NULL CHECK (algorithm IN ('SHA1', 'SHA256', 'SHA512')),
  digits       integer     NOT NULL,
  period       integer     NOT NULL,                  -- seconds of a time step
  drift        integer     NOT NULL,                  -- time steps that its clock is ahead of ours
  last_step    integer     NOT NULL,                  -- of the last code that was accepted; only grows
  created_at   timestamptz NOT NULL,
  last_used_at timestamptz NOT NULL
);

-- An authenticator that no code has confirmed yet. The active one beside it goes on working.
CREATE TABLE totp_enrolments (
  user_id    uuid        NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  secret     bytea       NOT NULL,                    -- sealed as above
  algorithm  text        NOT NULL CHECK (algorithm IN ('SHA1', 'SHA256', 'SHA512')),
  digits     integer     NOT NULL,
  period     integer     NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX totp_enrolments_by_expires ON totp_enrolments (expires_at);

CREATE TABLE recovery_codes (
  user_id    uuid        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  selector   text        NOT NULL,                    -- the code's first three characters: which hash to try
  code_hash  text        NOT NULL,                    -- PHC string of the other thirteen
  created_at timestamptz NOT NULL,
  used_at    timestamptz,
  PRIMARY KEY (user_id, selector)
);

-- Somebody gave the right password and owes a second factor. No session.
CREATE TABLE sign_in_challenges (
  challenge_hash   bytea       NOT NULL PRIMARY KEY,  -- SHA-256 of the challenge's id
  browser_hash     bytea       NOT NULL,              -- SHA-256 of the cookie of the browser that it was given to
  user_id          uuid        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  methods          text        NOT NULL,              -- that were offered, space-separated
  password_version integer     NOT NULL,              -- of the account, as of then: with another
  factors_version  integer     NOT NULL,              -- password or other factors it is void
  attempts         integer     NOT NULL DEFAULT 0,
  created_at       timestamptz NOT NULL,
  expires_at       timestamptz NOT NULL
);
CREATE INDEX sign_in_challenges_by_user    ON sign_in_challenges (user_id);
CREATE INDEX sign_in_challenges_by_expires ON sign_in_challenges (expires_at);

-- Wrong codes, counted before they are looked at (NIST SP 800-63B-4 §3.2.2).
CREATE TABLE factor_guesses (
  user_id        uuid        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  authenticator  text        NOT NULL CHECK (authenticator IN ('totp', 'recovery_code')),
  share          text        NOT NULL CHECK (share IN ('known', 'unknown')),  -- browsers known to the account, or others
  in_a_row       integer     NOT NULL,                -- since the last right code
  in_window      integer     NOT NULL,
  window_ends_at timestamptz NOT NULL,
  PRIMARY KEY (user_id, authenticator, share)
);

ALTER TABLE users ADD COLUMN second_factors text NOT NULL DEFAULT '';         -- methods, strongest first, space-separated
ALTER TABLE users ADD COLUMN factors_version integer NOT NULL DEFAULT 1;      -- grows when a factor comes or goes
ALTER TABLE users ADD COLUMN factor_demanded_at timestamptz;                  -- set: nothing is open before one is enrolled
