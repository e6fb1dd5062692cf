"""One SQLite file, shared by the threads of one process.

What was committed survives the process, however that ends. Only a power cut can take the last moments.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class Database:
    """A connection that several threads take in turns.

    Parameters
    ----------
    path : Path
        Made when missing, with its folder.
    schema : str
        ``CREATE … IF NOT EXISTS`` statements.
    """

    def __init__(self, path: Path, schema: str) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        # Nobody else opens this file, so it needs no shared memory, which network folders lack.
        self._connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(schema)

    @contextmanager
    def changing(self) -> Iterator[sqlite3.Connection]:
        """All or nothing of what is executed inside."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Nothing changes while this lasts, so rows may be fetched one by one."""
        with self._lock:
            yield self._connection

    def rows(self, query: str, *values: Any) -> list[tuple]:
        with self._lock:
            return self._connection.execute(query, values).fetchall()

    def row(self, query: str, *values: Any) -> tuple | None:
        with self._lock:
            return self._connection.execute(query, values).fetchone()

    def close(self) -> None:
        with self._lock:
            self._connection.close()
