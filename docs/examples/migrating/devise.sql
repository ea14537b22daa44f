-- psql -At -f devise.sql > users.jsonl, on a Rails application's database (Devise with bcrypt, PostgreSQL).
-- With config.pepper set the hashes are of password and pepper together, which nothing here verifies: select NULL for them.
SELECT json_build_object(
         'email', email,
         'email_verified', confirmed_at IS NOT NULL,
         'status', CASE WHEN locked_at IS NULL THEN 'active' ELSE 'disabled' END,
         'created_at', to_char(created_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
         'password_hash', nullif(encrypted_password, ''))
  FROM users
 ORDER BY id;
