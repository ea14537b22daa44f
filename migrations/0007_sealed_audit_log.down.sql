-- The entries stay; what proves them is lost.
DROP TABLE audit_deliveries;
DROP TABLE audit_heads;
DROP TABLE audit_pending;
ALTER TABLE audit_logs DROP COLUMN mac;
