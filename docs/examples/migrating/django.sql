-- psql -At -f django.sql > users.jsonl, on Django's database (contrib.auth, PostgreSQL). An unusable password begins with "!".
SELECT json_build_object(
         'email', email,
         'name', nullif(trim(first_name || ' ' || last_name), ''),
         'status', CASE WHEN is_active THEN 'active' ELSE 'disabled' END,
         'created_at', to_char(date_joined AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
         'password_hash', CASE WHEN password LIKE '!%' THEN NULL ELSE password END)
  FROM auth_user
 WHERE email <> ''
 ORDER BY id;
