-- Every second factor is lost: accounts are open to their passwords alone.
ALTER TABLE users DROP COLUMN factor_demanded_at;
ALTER TABLE users DROP COLUMN factors_version;
ALTER TABLE users DROP COLUMN second_factors;
DROP TABLE factor_guesses;
DROP TABLE sign_in_challenges;
DROP TABLE recovery_codes;
DROP TABLE totp_enrolments;
DROP TABLE totp_authenticators;
