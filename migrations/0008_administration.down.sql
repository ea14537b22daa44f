DROP INDEX users_disabled;
DROP INDEX users_staff;
--postgresql: ALTER TABLE users ALTER COLUMN email_key TYPE text COLLATE "default";
