-- What is kept of keys: never a key as it is. Shared subset of PostgreSQL and SQLite.
-- compatible: 0009

-- Keys that the service drew itself, sealed under SECRET_KEY (AES-256-GCM, the sealing key's id in front).
CREATE TABLE wrapped_keys (
  name       text        NOT NULL PRIMARY KEY,        -- 'names': what addresses are known by where none is written
  sealed     bytea       NOT NULL,
  changed_at timestamptz NOT NULL
);

-- Since when an instance last took a key of the settings for the current, the next or an old one, by the key's id.
CREATE TABLE key_states (
  purpose text        NOT NULL,
  key_id  text        NOT NULL,
  state   text        NOT NULL CHECK (state IN ('current', 'next', 'old')),
  since   timestamptz NOT NULL,
  PRIMARY KEY (purpose, key_id)
);
