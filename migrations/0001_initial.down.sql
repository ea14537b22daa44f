DROP TABLE audit_logs;
DROP TABLE outbox;
DROP TABLE sessions;
DROP TABLE registrations;
DROP TABLE users;
