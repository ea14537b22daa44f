DROP INDEX audit_logs_by_other_actor;
DROP TABLE mails;
DROP TABLE one_time_tokens;
ALTER TABLE registrations DROP COLUMN locale;
ALTER TABLE sessions DROP COLUMN stepped_up_at;
ALTER TABLE users DROP COLUMN password_must_change;
ALTER TABLE users DROP COLUMN password_version;
ALTER TABLE users DROP COLUMN locale;
