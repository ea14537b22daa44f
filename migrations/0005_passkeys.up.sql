-- Passkeys: WebAuthn credentials, the ceremonies that wait for an authenticator, and accounts that never had a password.
-- Shared subset of PostgreSQL and SQLite; times are UTC (RFC 3339 text in SQLite). What keeps others out of a table that
-- is in use comes last: locks are held to the end. Every column that is added to one is NULL or has a default, for the
-- version before goes on writing while the instances are replaced.

-- By what authenticators know an account. It tells nothing about it (W3C WebAuthn Level 3 §14.6.1).
CREATE TABLE webauthn_users (
  user_id uuid  NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  handle  bytea NOT NULL UNIQUE                       -- 32 random bytes
);

CREATE TABLE webauthn_credentials (
  id                 uuid        NOT NULL PRIMARY KEY, -- ours: shown in lists
  user_id            uuid        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  credential_id      bytea       NOT NULL UNIQUE,      -- the authenticator's, 1 to 1023 bytes
  public_key         bytea       NOT NULL,             -- COSE_Key, as received
  algorithm          integer     NOT NULL,             -- COSE number
  sign_count         bigint      NOT NULL,             -- of the last assertion; only grows, where it is counted at all
  name               text        NOT NULL,             -- the owner's word for it
  transports         text        NOT NULL,             -- space-separated
  aaguid             bytea       NOT NULL,             -- model of the authenticator, as it calls itself
  attestation_format text        NOT NULL,
  attestation_type   text        NOT NULL CHECK (attestation_type IN ('none', 'self', 'certified')),
  attested           integer     NOT NULL,             -- 1: a chain led to a root of the metadata
  user_verified      integer     NOT NULL,             -- 1: it has verified its user
  backup_eligible    integer     NOT NULL,             -- 1: it may be copied to other devices; never changes
  backed_up          integer     NOT NULL,
  created_at         timestamptz NOT NULL,
  last_used_at       timestamptz
);
CREATE INDEX webauthn_credentials_by_user ON webauthn_credentials (user_id, id);

-- A ceremony that was begun. Whoever finishes it takes the row out first.
CREATE TABLE webauthn_challenges (
  challenge_hash bytea       NOT NULL PRIMARY KEY,     -- SHA-256 of the ceremony's id
  purpose        text        NOT NULL
    CHECK (purpose IN ('registration', 'sign_up', 'sign_in', 'second_factor', 'step_up')),
  binding        bytea       NOT NULL,                 -- SHA-256 of the cookie of the session, else of the browser
  user_id        uuid        REFERENCES users (id) ON DELETE CASCADE,  -- NULL: nobody, or somebody yet to be named
  challenge      bytea       NOT NULL,                 -- 32 random bytes for the authenticator to sign
  expected       text        NOT NULL,                 -- JSON: what else the answer is judged by
  created_at     timestamptz NOT NULL,
  expires_at     timestamptz NOT NULL
);
CREATE INDEX webauthn_challenges_by_user    ON webauthn_challenges (user_id);
CREATE INDEX webauthn_challenges_by_expires ON webauthn_challenges (expires_at);

ALTER TABLE registrations ADD COLUMN passkey text;      -- JSON: the passkey of somebody who signs up with one
ALTER TABLE sessions ADD COLUMN factor text             -- strongest second factor that was proven in it
  CHECK (factor IN ('webauthn', 'totp', 'recovery_code'));
