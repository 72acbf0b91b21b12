"""The ledger's file: one SQLite database, one writer, every commit on the disk before it returns.

The whole-file lock is SQLite's own (exclusive locking mode), so it dies with the process that
holds it. Lines cannot be changed or removed through SQL: triggers abort; what is changed behind
SQLite's back is found by the chain.
"""

from __future__ import annotations

import json
import math
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Final

from core.errors import BudgetError
from core.privacy.ledger.entries import Entry, EntryKind
from core.privacy.ledger.schema import (
    FORMAT,
    OLDER,
    create,
    guard,
    present_shape,
    shape,
    take_over,
)

_LATER: Final = ("version", "topic", "people", "reason")
_FIRST: Final = tuple(f.name for f in fields(Entry) if f.name not in _LATER)
_COLUMNS: Final = ", ".join(_FIRST)
_PLACES: Final = ", ".join("?" for _ in _FIRST)
_READ: Final = (
    f"SELECT {', '.join('entries.' + n for n in _FIRST)}, {', '.join(_LATER)} FROM entries"  # noqa: S608 - constants
    " LEFT JOIN remarks ON remarks.number = entries.number ORDER BY entries.number"
)
_TEXTS: Final = ("time", "cohort_id", "digest", "note", "previous", "sha256", "topic", "reason")
_AMOUNTS: Final = ("units", "epsilon", "delta", "mu_sq", "delta_tail")

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
            create(self._connection)
        if self.meta("format").decode("utf-8", "replace") in OLDER:
            take_over(self._connection)
        run("COMMIT")
        found = self.meta("format").decode("utf-8", "replace")
        if found != FORMAT:
            raise BudgetError("BU309", file=self._name, reason=f"format {found[:20]!r}")
        self._require_sound()

    def _require_sound(self) -> None:
        """Refuse a file whose tables, guards or indexes are not as this version made them: a wrong
        index would hide patients that are known.
        """
        if shape(self._connection) != present_shape():
            raise BudgetError("BU309", file=self._name, reason="its tables were changed")
        found = self._connection.execute("PRAGMA integrity_check(1)").fetchone()
        if found != ("ok",):
            raise BudgetError("BU309", file=self._name, reason="it is damaged")

    @contextmanager
    def _speaking(self) -> Iterator[None]:
        """Turn SQLite's errors into ours."""
        try:
            yield
        except UnicodeDecodeError:  # a damaged file in the text of one of SQLite's own errors
            raise BudgetError("BU309", file=self._name, reason="it is damaged") from None
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
        names = (*_FIRST, *_LATER)
        return tuple(_entry_of(dict(zip(names, row, strict=True))) for row in self.rows(_READ))

    def append(self, entry: Entry) -> None:
        """Add one line and move the head, inside ``writing``.

        Raises:
            BudgetError: BU306 if it could not be written.
        """
        row = tuple(getattr(entry, name) for name in _FIRST)
        self.insert(f"INSERT INTO entries ({_COLUMNS}) VALUES ({_PLACES})", *row)  # noqa: S608 - constants
        people = json.dumps(entry.people)
        later = (entry.number, entry.version, entry.topic, people, entry.reason)
        self.insert("INSERT INTO remarks VALUES (?, ?, ?, ?, ?)", *later)
        self.set_meta("head", f"{entry.number}:{entry.sha256}".encode())

    def tail(self) -> tuple[str, str]:
        """Return the newest line as it is on the disk, and the head that is kept beside it."""
        found = self.rows("SELECT number, sha256 FROM entries ORDER BY number DESC LIMIT 1")
        newest = f"{found[0][0]}:{found[0][1]}" if found else ""
        return newest, self.meta("head").decode("ascii", "replace")

    def remove_marks(self, cohort_id: str) -> None:
        """Delete the marks of one cohort for ever, inside ``writing``.

        Raises:
            BudgetError: BU306 if it could not be written.
        """
        self.insert("PRAGMA secure_delete = ON")
        self.insert("DROP TRIGGER marks_DELETE")
        self.insert("DELETE FROM marks WHERE cohort_id = ?", cohort_id)
        self.insert(guard("marks", "DELETE"))

    def settle(self) -> None:
        """Move what is committed into the file itself, so that nothing deleted stays beside it."""
        with self._speaking():
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def copy_to(self, target: Path) -> None:
        """Write a copy of the whole file to ``target``, which must not exist.

        Raises:
            BudgetError: BU306 if it could not be written.
        """
        with self._speaking():
            self._connection.execute("VACUUM INTO ?", (str(target),))

    def close(self) -> None:
        """Close the file and give its lock back."""
        self._connection.close()


def _entry_of(tree: dict[str, object]) -> Entry:
    """Return one stored line, every field of its own kind.

    Raises:
        BudgetError: BU304 if a field is of another kind.
    """
    if tree["version"] is None:  # written by the first version
        tree |= {"version": 1, "topic": "", "people": "[]", "reason": ""}
    try:
        people = json.loads(str(tree["people"]))
        wrong = (
            any(type(tree[n]) is not str for n in _TEXTS)
            or any(type(tree[n]) is not float for n in _AMOUNTS)
            or not all(math.isfinite(tree[n]) for n in _AMOUNTS)  # type: ignore[arg-type]
            or tree["version"] not in {1, 2}
            or type(people) is not list
            or any(type(name) is not str for name in people)
        )
        if wrong:
            raise BudgetError("BU304", entry=tree["number"])
        kind = EntryKind(str(tree["kind"]))
    except ValueError:
        raise BudgetError("BU304", entry=tree["number"]) from None
    return Entry(**{**tree, "kind": kind, "people": tuple(people)})  # type: ignore[arg-type]
