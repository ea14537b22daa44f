-- Failures in a row are forgotten: every address has its whole budget again.
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
DROP TABLE login_guesses;
