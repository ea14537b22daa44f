"""The live schema, read from each database's own catalog."""

from pathlib import Path

_POSTGRES_COLUMNS = """
  SELECT table_name, column_name, is_nullable = 'YES' AS nullable FROM information_schema.columns
   WHERE table_schema = 'public'"""
_SQLITE_COLUMNS = """
  SELECT t.name AS table_name, c.name AS column_name, NOT c."notnull" AS nullable
    FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'"""

_POSTGRES_DEMANDED = """
  SELECT table_name, column_name FROM information_schema.columns
   WHERE table_schema = 'public' AND is_nullable = 'NO' AND column_default IS NULL"""
_SQLITE_DEMANDED = """
  SELECT t.name AS table_name, c.name AS column_name FROM sqlite_schema t, pragma_table_info(t.name) c
   WHERE t.type = 'table' AND c."notnull" AND c.dflt_value IS NULL"""

_POSTGRES_INDEXES = """
  SELECT t.relname AS table_name, i.indisunique AS is_unique, string_agg(a.attname, ',' ORDER BY k.place) AS columns
    FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace
         CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k (attribute, place)
         JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attribute
   WHERE n.nspname = 'public' GROUP BY i.indexrelid, t.relname, i.indisunique"""
_SQLITE_INDEXES = """
  SELECT t.name AS table_name, i."unique" AS is_unique,
         (SELECT group_concat(c.name, ',') FROM pragma_index_info(i.name) c) AS columns
    FROM sqlite_schema t, pragma_index_list(t.name) i WHERE t.type = 'table'"""

# Everything that a migration can make, as the database itself tells it.
_POSTGRES_ALL = """
  SELECT 'column ' || table_name || ' ' || column_name || ' ' || data_type || ' ' || is_nullable || ' '
         || coalesce(column_default, '') AS line FROM information_schema.columns WHERE table_schema = 'public'
  UNION ALL SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public'
  UNION ALL SELECT 'constraint ' || conrelid::regclass || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
             WHERE connamespace = 'public'::regnamespace
  UNION ALL SELECT 'relation ' || relkind::text || ' ' || relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
  UNION ALL SELECT 'function ' || oid::regprocedure FROM pg_proc WHERE pronamespace = 'public'::regnamespace
  UNION ALL SELECT 'type ' || typname FROM pg_type WHERE typnamespace = 'public'::regnamespace"""
_SQLITE_ALL = "SELECT type || ' ' || name || ' ' || coalesce(sql, '') AS line FROM sqlite_schema"


def _ask(backend, folder: Path, on_sqlite: str, on_postgres: str) -> list[dict]:
    return backend.rows(folder, on_sqlite if backend.name == "sqlite" else on_postgres)


def columns(backend, folder: Path) -> dict[tuple[str, str], bool]:
    """(table, column) to whether it may be null."""
    rows = _ask(backend, folder, _SQLITE_COLUMNS, _POSTGRES_COLUMNS)
    return {(row["table_name"], row["column_name"]): bool(row["nullable"]) for row in rows}


def demanded(backend, folder: Path) -> set[tuple[str, str]]:
    """(table, column) of what every INSERT must bring."""
    rows = _ask(backend, folder, _SQLITE_DEMANDED, _POSTGRES_DEMANDED)
    return {(row["table_name"], row["column_name"]) for row in rows}


def indexes(backend, folder: Path) -> list[tuple[str, str, bool]]:
    """(table, columns in order, whether unique), a primary key's too."""
    rows = _ask(backend, folder, _SQLITE_INDEXES, _POSTGRES_INDEXES)
    return sorted((row["table_name"], row["columns"], bool(row["is_unique"])) for row in rows)


def everything(backend, folder: Path) -> list[str]:
    return sorted(row["line"] for row in _ask(backend, folder, _SQLITE_ALL, _POSTGRES_ALL))


def tables(backend, folder: Path) -> set[str]:
    return {table for table, _ in columns(backend, folder)}
