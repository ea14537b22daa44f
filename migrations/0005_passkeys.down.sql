-- Every passkey is lost, and with it the way into accounts that have nothing else: a mailed reset gives these a password.
-- An account whose factors were passkeys is open to its password alone, and has no use for recovery codes.
ALTER TABLE sessions DROP COLUMN factor;
DELETE FROM registrations WHERE passkey IS NOT NULL;
ALTER TABLE registrations DROP COLUMN passkey;
DELETE FROM recovery_codes WHERE NOT EXISTS
  (SELECT 1 FROM totp_authenticators t WHERE t.user_id = recovery_codes.user_id);
UPDATE users
   SET second_factors = TRIM(
         CASE WHEN EXISTS (SELECT 1 FROM totp_authenticators t WHERE t.user_id = users.id) THEN 'totp' ELSE '' END
         || CASE WHEN EXISTS (SELECT 1 FROM recovery_codes c WHERE c.user_id = users.id AND c.used_at IS NULL)
                 THEN ' recovery_code' ELSE '' END),
       factors_version = factors_version + 1
 WHERE EXISTS (SELECT 1 FROM webauthn_credentials w WHERE w.user_id = users.id);
DROP TABLE webauthn_challenges;
DROP TABLE webauthn_credentials;
DROP TABLE webauthn_users;
