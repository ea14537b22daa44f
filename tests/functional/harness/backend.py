"""What the service keeps its records in: the settings for it, and rows read behind the service's back."""

import sqlite3
from contextlib import closing
from pathlib import Path


class SqliteBackend:
    """SQLite and the in-process store: the embedded default."""

    name = "sqlite"

    def settings(self) -> dict[str, str]:
        return {"DATABASE_URL": "sqlite:./data/secureauth.db"}

    def database_file(self, folder: Path) -> Path:
        return folder / "data" / "secureauth.db"

    def rows(self, folder: Path, sql: str, *parameters) -> list[dict]:
        """Read-only, so that a test cannot mend what it looks at."""
        uri = f"file:{self.database_file(folder)}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, timeout=5)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(sql, parameters)]


BACKENDS = {backend.name: backend for backend in (SqliteBackend(),)}
