"""The ledger's file: one SQLite database, one writer, every commit on the disk before it returns.

The whole-file lock is SQLite's own (exclusive locking mode), so it dies with the process that
holds it. Lines cannot be changed or removed through SQL: triggers abort; what is changed behind
SQLite's back is found by the chain.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Final

from core.errors import BudgetError
from core.privacy.ledger.entries import Entry, EntryKind

FORMAT: Final = "1"

_SCHEMA: Final = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE entries (
    number INTEGER PRIMARY KEY, time TEXT NOT NULL, cohort_id TEXT NOT NULL, digest TEXT NOT NULL,
    kind TEXT NOT NULL, units REAL NOT NULL, epsilon REAL NOT NULL, delta REAL NOT NULL,
    mu_sq REAL NOT NULL, delta_tail REAL NOT NULL, note TEXT NOT NULL, previous TEXT NOT NULL,
    sha256 TEXT NOT NULL UNIQUE);
CREATE TABLE cohorts (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, file_name TEXT NOT NULL, fingerprint TEXT NOT NULL,
    holdout_key BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE marks (
    mark BLOB NOT NULL, cohort_id TEXT NOT NULL, PRIMARY KEY (mark, cohort_id)
    ) WITHOUT ROWID;
CREATE INDEX marks_of_cohort ON marks (cohort_id);
CREATE TABLE second_book (
    number INTEGER PRIMARY KEY, cohort_id TEXT NOT NULL, epsilon REAL NOT NULL, delta REAL NOT NULL
    );
"""

_APPEND_ONLY: Final = ("entries", "cohorts", "marks", "second_book")

_COLUMNS: Final = ", ".join(f.name for f in fields(Entry))
_PLACES: Final = ", ".join("?" for _ in fields(Entry))

_BUSY: Final = ("SQLITE_BUSY", "SQLITE_LOCKED")
_DISK: Final = {
    "SQLITE_FULL": "the disk is full",
    "SQLITE_READONLY": "the file is read-only",
    "SQLITE_IOERR": "the disk reports an error",
    "SQLITE_CANTOPEN": "the file cannot be opened",
    "SQLITE_PERM": "access is denied",
}


class LedgerFile:
    """An open ledger file. Invariant: this process is its only user until ``close``."""

    def __init__(self, path: Path) -> None:
        """Open or create the file and take its lock.

        Raises:
            BudgetError: BU305 if another program has it, BU306 if it cannot be written, BU309 if
                it is no ledger of this version.
        """
        self._name = path.name
        with self._speaking():
            try:
                os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
                path.chmod(0o600)
            except OSError as denied:
                reason = denied.strerror or "the file cannot be opened"
                raise BudgetError("BU306", reason=reason) from None
            self._connection = sqlite3.connect(path, timeout=0, isolation_level=None)
        try:
            with self._speaking():
                self._prepare()
        except BudgetError:
            self._connection.close()
            raise

    def _prepare(self) -> None:
        run = self._connection.execute
        run("PRAGMA locking_mode = EXCLUSIVE")
        run("PRAGMA journal_mode = WAL")
        run("PRAGMA synchronous = FULL")
        run("PRAGMA fullfsync = ON")
        run("PRAGMA trusted_schema = OFF")
        run("BEGIN IMMEDIATE")  # holds the lock from here on, in exclusive mode also after COMMIT
        if not run("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            self._create()
        run("COMMIT")
        found = self.meta("format").decode("utf-8", "replace")
        if found != FORMAT:
            raise BudgetError("BU309", file=self._name, reason=f"format {found}")

    def _create(self) -> None:
        run = self._connection.execute
        for statement in _SCHEMA.split(";"):
            run(statement)
        for table in _APPEND_ONLY:
            for verb in ("UPDATE", "DELETE"):
                run(
                    f"CREATE TRIGGER {table}_{verb} BEFORE {verb} ON {table} "
                    "BEGIN SELECT RAISE(ABORT, 'append only'); END"
                )
        run("INSERT INTO meta VALUES ('format', ?)", (FORMAT.encode(),))

    @contextmanager
    def _speaking(self) -> Iterator[None]:
        """Turn SQLite's errors into ours."""
        try:
            yield
        except sqlite3.Error as wrong:
            name = getattr(wrong, "sqlite_errorname", "") or ""
            if name.startswith(_BUSY):
                raise BudgetError("BU305") from None
            for kind, reason in _DISK.items():
                if name.startswith(kind):
                    raise BudgetError("BU306", reason=reason) from None
            reason = name or type(wrong).__name__
            raise BudgetError("BU309", file=self._name, reason=reason) from None

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Group writes: all of them are on the disk when the block ends, or none is.

        Raises:
            BudgetError: BU306 if they could not be written; the file is as it was.
        """
        with self._speaking():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def rows(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        """Return all rows of a query.

        Raises:
            BudgetError: BU309 if the file is damaged.
        """
        with self._speaking():
            return self._connection.execute(statement, values).fetchall()

    def insert(self, statement: str, *values: object) -> None:
        """Run one statement inside ``writing``.

        Raises:
            BudgetError: BU306 if it could not be written.
        """
        with self._speaking():
            self._connection.execute(statement, values)

    def insert_many(self, statement: str, rows: list[tuple[object, ...]]) -> None:
        """Run one statement for many rows inside ``writing``.

        Raises:
            BudgetError: BU306 if they could not be written.
        """
        with self._speaking():
            self._connection.executemany(statement, rows)

    def meta(self, name: str) -> bytes:
        """Return a stored constant, empty if there is none.

        Raises:
            BudgetError: BU309 if the file has no such table.
        """
        found = self.rows("SELECT value FROM meta WHERE name = ?", name)
        return bytes(found[0][0]) if found and isinstance(found[0][0], bytes) else b""

    def set_meta(self, name: str, value: bytes) -> None:
        """Store a constant, inside ``writing``."""
        self.insert(
            "INSERT OR REPLACE INTO meta VALUES (?, ?)",
            name,
            value,
        )

    def entries(self) -> tuple[Entry, ...]:
        """Return all lines in order.

        Raises:
            BudgetError: BU304 for a line of an unknown kind, BU309 if the file is damaged.
        """
        found = []
        names = [f.name for f in fields(Entry)]
        for row in self.rows(f"SELECT {_COLUMNS} FROM entries ORDER BY number"):  # noqa: S608 - constants
            tree = dict(zip(names, row, strict=True))
            if not all(isinstance(v, str | int | float) for v in row):  # SQLite takes any kind
                raise BudgetError("BU304", entry=tree["number"])
            try:
                kind = EntryKind(str(tree["kind"]))
            except ValueError:
                raise BudgetError("BU304", entry=tree["number"]) from None
            found.append(Entry(**{**tree, "kind": kind}))  # type: ignore[arg-type]
        return tuple(found)

    def append(self, entry: Entry) -> None:
        """Add one line and move the head, inside ``writing``.

        Raises:
            BudgetError: BU306 if it could not be written.
        """
        row = tuple(getattr(entry, f.name) for f in fields(Entry))
        self.insert(f"INSERT INTO entries ({_COLUMNS}) VALUES ({_PLACES})", *row)  # noqa: S608 - constants
        self.set_meta("head", f"{entry.number}:{entry.sha256}".encode())

    def close(self) -> None:
        """Close the file and give its lock back."""
        self._connection.close()
