-- Takes back 0010_life_cycle.up.sql.

DROP TABLE leases;
DROP TABLE compatible_migrations;
