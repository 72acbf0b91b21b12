"""The tables of the ledger's file. Format 2 is format 1 with tables beside it, so that a file of
the first version is taken over as it is and its lines keep their fingerprints.
"""

from __future__ import annotations

import sqlite3
from typing import Final

FORMAT: Final = "2"
#: Formats that are taken over when they are opened.
OLDER: Final = ("1",)

_FIRST: Final = """
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
_SECOND: Final = """
CREATE TABLE remarks (
    number INTEGER PRIMARY KEY, version INTEGER NOT NULL, topic TEXT NOT NULL,
    people TEXT NOT NULL, reason TEXT NOT NULL);
CREATE TABLE certificates (key TEXT PRIMARY KEY, pem TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE signatures (
    number INTEGER PRIMARY KEY, key TEXT NOT NULL, signature BLOB NOT NULL);
CREATE TABLE statements (
    plan TEXT NOT NULL, key TEXT NOT NULL, kind TEXT NOT NULL, number INTEGER NOT NULL,
    head TEXT NOT NULL, name TEXT NOT NULL, signature BLOB NOT NULL,
    PRIMARY KEY (plan, key, kind)) WITHOUT ROWID;
CREATE TABLE countersignatures (
    plan TEXT NOT NULL, key TEXT NOT NULL, kind TEXT NOT NULL, signer TEXT NOT NULL,
    signature BLOB NOT NULL, PRIMARY KEY (plan, key, kind, signer)) WITHOUT ROWID;
CREATE TABLE overlaps (
    cohort_id TEXT NOT NULL, other TEXT NOT NULL, PRIMARY KEY (cohort_id, other)) WITHOUT ROWID;
"""
_FIRST_TABLES: Final = ("entries", "cohorts", "marks", "second_book")
_SECOND_TABLES: Final = (
    "remarks",
    "certificates",
    "signatures",
    "statements",
    "countersignatures",
    "overlaps",
)


def create(connection: sqlite3.Connection) -> None:
    """Make all tables of the present format, inside a transaction."""
    _run(connection, _FIRST, _FIRST_TABLES)
    _run(connection, _SECOND, _SECOND_TABLES)
    connection.execute("INSERT INTO meta VALUES ('format', ?)", (FORMAT.encode(),))


def take_over(connection: sqlite3.Connection) -> None:
    """Add what format 1 lacks, inside a transaction."""
    _run(connection, _SECOND, _SECOND_TABLES)
    connection.execute("UPDATE meta SET value = ? WHERE name = 'format'", (FORMAT.encode(),))


def _run(connection: sqlite3.Connection, statements: str, append_only: tuple[str, ...]) -> None:
    for statement in statements.split(";"):
        connection.execute(statement)
    for table in append_only:
        for verb in ("UPDATE", "DELETE"):
            connection.execute(guard(table, verb))


def guard(table: str, verb: str) -> str:
    """Return the statement that makes ``table`` refuse ``verb``."""
    return (
        f"CREATE TRIGGER {table}_{verb} BEFORE {verb} ON {table} "
        "BEGIN SELECT RAISE(ABORT, 'append only'); END"
    )


def shape(connection: sqlite3.Connection) -> list[tuple[object, ...]]:
    """Return every table, index and guard of a file, in a fixed order."""
    listing = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name"
    return connection.execute(listing).fetchall()


def present_shape() -> list[tuple[object, ...]]:
    """Return ``shape`` of a new file of the present format."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        create(connection)
        return shape(connection)
    finally:
        connection.close()
