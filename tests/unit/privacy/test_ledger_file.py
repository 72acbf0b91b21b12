"""The ledger's file: tampering is found, one writer, full disks, kills."""

from __future__ import annotations

import dataclasses
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import BudgetError
from core.model.budget import CapState
from core.privacy.ledger import Charge, EntryKind, Ledger
from core.privacy.ledger.entries import GENESIS, Entry
from core.privacy.ledger.index import verify_chain

A, B, C = ("a" * 64, "b" * 64, "c" * 64)
PATIENTS = [f"P{i}" for i in range(30)]
Reopen = Callable[[Path], Ledger]


@pytest.fixture
def history(ledger: Ledger, path: Path, unit: Charge) -> Path:
    """Two cohorts, one study spent, one returned; closed."""
    one = ledger.register_cohort("One", "one.csv", "1" * 64, PATIENTS[:10])
    ledger.register_cohort("Two", "two.csv", "2" * 64, PATIENTS[10:])
    ledger.reserve_charge(one.id, A, unit)
    ledger.spend(A)
    ledger.reserve_charge(one.id, B, unit)
    ledger.give_back(B)
    ledger.close()
    return path


def tamper(path: Path, statement: str, *, traces: bool = False) -> None:
    """Change the file as somebody with a database browser would, who removes the guards first and
    puts them back.
    """
    connection = sqlite3.connect(path, isolation_level=None)
    triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    guards = triggers.fetchall()
    for name, _ in guards:
        connection.execute(f"DROP TRIGGER {name}")
    assert connection.execute(statement).rowcount != 0
    for _, sql in guards:
        if not (traces or "DROP TABLE" in statement):
            connection.execute(sql)
    connection.close()


def test_a_file_without_its_guards_is_refused(history: Path, reopened: Reopen) -> None:
    tamper(history, "UPDATE entries SET note = note", traces=True)
    with pytest.raises(BudgetError, match=r"BU309.*tables were changed"):
        reopened(history)


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE entries SET units = 0.5 WHERE number = 4", "BU304.*entry 4"),
        ("UPDATE entries SET epsilon = 0.1 WHERE number = 3", "BU304.*entry 3"),
        ("UPDATE entries SET kind = 'returned' WHERE number = 4", "BU304.*entry 4"),
        ("UPDATE entries SET kind = 'forgiven' WHERE number = 4", "BU304.*entry 4"),
        ("UPDATE entries SET note = 'x' WHERE number = 1", "BU304.*entry 1"),
        ("UPDATE entries SET time = '2030' WHERE number = 2", "BU304.*entry 2"),
        ("UPDATE entries SET cohort_id = 'x' WHERE number = 4", "BU304.*entry 4"),
        ("UPDATE entries SET previous = 'x' WHERE number = 4", "BU304.*entry 4"),
        ("UPDATE entries SET number = 99 WHERE number = 6", "BU304.*entry 6"),
        ("DELETE FROM entries WHERE number = 3", "BU304.*entry 3"),
        ("DELETE FROM entries WHERE number = 6", "BU304.*entry 6"),
        ("DELETE FROM entries", "BU304.*entry 1"),
        ("DELETE FROM meta WHERE name = 'head'", "BU304"),
        ("UPDATE meta SET value = X'00' WHERE name = 'mark key'", "BU304"),
        ("DELETE FROM meta WHERE name = 'mark key'", "BU304"),
        ("DELETE FROM marks WHERE mark = (SELECT min(mark) FROM marks)", "BU304"),
        ("DELETE FROM marks", "BU304"),
        ("DELETE FROM cohorts", "BU304"),
        ("UPDATE cohorts SET holdout_key = zeroblob(32)", "BU304"),
        ("UPDATE cohorts SET name = 'x'", "BU304"),
        ("INSERT INTO marks VALUES (zeroblob(16), 'new')", "BU304"),
        ("DELETE FROM second_book", "BU307"),
        ("UPDATE second_book SET epsilon = 0.5", "BU307"),
        ("INSERT INTO second_book VALUES (99, 'x', 1.0, 1e-6)", "BU307"),
        ("UPDATE meta SET value = X'33' WHERE name = 'format'", "BU309.*format '3'"),
        ("UPDATE meta SET value = X'31' WHERE name = 'format'", "BU309"),
        ("UPDATE remarks SET reason = 'x' WHERE number = 1", "BU304.*entry 1"),
        ("UPDATE remarks SET version = 1 WHERE number = 1", "BU304.*entry 1"),
        ("UPDATE remarks SET people = '[1]' WHERE number = 1", "BU304.*entry 1"),
        ("UPDATE remarks SET people = 'x' WHERE number = 1", "BU304.*entry 1"),
        ("DELETE FROM remarks WHERE number = 3", "BU304.*entry 3"),
        ("INSERT INTO remarks VALUES (9, 2, '', '[]', '')", "BU304.*entry 7"),
        ("UPDATE entries SET note = X'00' WHERE number = 1", "BU304.*entry 1"),
        ("UPDATE entries SET units = 'x' WHERE number = 1", "BU304.*entry 1"),
        ("UPDATE entries SET units = 9e999 WHERE number = 1", "BU304.*entry 1"),
        ("INSERT INTO overlaps VALUES ('x', 'y')", "BU304"),
        ("DROP TABLE marks", "BU309"),
    ],
)
def test_changed_history_blocks_the_ledger(
    history: Path, reopened: Reopen, statement: str, code: str
) -> None:
    tamper(history, statement)
    with pytest.raises(BudgetError, match=code):
        reopened(history)
    with pytest.raises(BudgetError, match=code):  # and the refusal gives the lock back
        reopened(history)


def test_an_untouched_history_opens(history: Path, reopened: Reopen) -> None:
    again = reopened(history)
    assert len(again.entries()) == 6
    again.verify()


def test_a_mark_key_of_another_length_blocks_an_empty_ledger(
    ledger: Ledger, path: Path, reopened: Reopen
) -> None:
    ledger.close()
    tamper(path, "UPDATE meta SET value = X'00' WHERE name = 'mark key'")
    with pytest.raises(BudgetError, match="BU304"):
        reopened(path)


@pytest.mark.parametrize("table", ["entries", "cohorts", "marks", "second_book"])
@pytest.mark.parametrize("verb", ["DELETE FROM {}", "UPDATE {} SET cohort_id = 'x'"])
def test_the_file_itself_refuses_changes(history: Path, table: str, verb: str) -> None:
    statement = verb.format(table).replace(
        "cohort_id", "id" if table == "cohorts" else "cohort_id"
    )
    connection = sqlite3.connect(history, isolation_level=None)
    with pytest.raises(sqlite3.IntegrityError, match="append only"):
        connection.execute(statement)
    connection.close()


def forge(kinds: list[EntryKind]) -> list[Entry]:
    """A chain whose fingerprints are right and whose story is not."""
    made: list[Entry] = []
    for number, kind in enumerate(kinds, start=1):
        draft = Entry(
            number=number,
            time="2026-01-01T00:00:00.000000+00:00",
            cohort_id="0" * 32,
            digest=A,
            kind=kind,
            units=1.0,
            epsilon=1.0,
            delta=1e-6,
            mu_sq=0.1,
            delta_tail=0.0,
            note="",
            previous=made[-1].sha256 if made else GENESIS,
        )
        made.append(dataclasses.replace(draft, sha256=draft.fingerprint()))
    return made


@pytest.mark.parametrize(
    "story",
    [
        ["spent"],
        ["returned"],
        ["reserved", "reserved"],
        ["reserved", "returned", "spent"],
        ["reserved", "spent", "returned"],
        ["reserved", "spent", "spent"],
        ["reserved", "spent", "reserved"],
        ["reserved", "returned", "returned"],
        ["reserved", "proposed"],
        ["proposed", "spent"],
    ],
    ids="-".join,
)
def test_a_story_that_cannot_be(story: list[str]) -> None:
    entries = forge([EntryKind(k) for k in story])
    with pytest.raises(BudgetError, match=f"BU304.*entry {len(story)}"):
        verify_chain(entries)
    assert verify_chain(entries[:-1]).keys() <= {A}


def test_lines_that_do_not_follow_each_other() -> None:
    """Each line is right by itself; one was left out and the rest numbered anew."""
    first, _, third = forge([EntryKind(k) for k in ("proposed", "reserved", "spent")])
    moved = dataclasses.replace(third, number=2, kind=EntryKind.RESERVED)
    moved = dataclasses.replace(moved, sha256=moved.fingerprint())
    with pytest.raises(BudgetError, match=r"BU304.*entry 2"):
        verify_chain([first, moved])


def test_a_story_that_can_be() -> None:
    story = forge([EntryKind(k) for k in ("proposed", "reserved", "spent")])
    assert verify_chain(story)[A] == story[-1]


# ---------------------------------------------------------------- one writer


def test_a_second_window_is_refused(ledger: Ledger, path: Path, reopened: Reopen) -> None:
    ledger.register_cohort("One", "one.csv", "1" * 64, PATIENTS)
    with pytest.raises(BudgetError, match="BU305"):
        reopened(path)
    ledger.register_cohort("Two", "two.csv", "2" * 64, ["others"])
    ledger.close()
    assert len(reopened(path).entries()) == 2


OPEN = """
import sys, time
from pathlib import Path
from core.errors import BudgetError
from core.privacy.ledger import Ledger

class Clock:
    def now(self): return 1.7e9
    def monotonic(self): return 1.7e9

try:
    Ledger.open(Path(sys.argv[1]), Clock()).close()
except BudgetError as refused:
    print(refused.code)
else:
    print("opened")
"""


def test_a_second_program_is_refused(ledger: Ledger, path: Path) -> None:
    def elsewhere() -> str:
        command = [sys.executable, "-c", OPEN, str(path)]
        found = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
        return found.stdout.strip()

    assert elsewhere() == "BU305"
    ledger.close()
    assert elsewhere() == "opened"


# ---------------------------------------------------------------- killed

KILLED = """
import os, sys
from pathlib import Path
from core.privacy.ledger import Charge, Ledger

class Clock:
    def now(self): return 1.7e9
    def monotonic(self): return 1.7e9

path, moment = Path(sys.argv[1]), sys.argv[2]
ledger = Ledger.open(path, Clock())
cohort = ledger.register_cohort("One", "one.csv", "1" * 64, ["P1", "P2"])
unit = Charge(units=1.0, epsilon=0.9946, delta=1e-6, mu_sq=0.05, delta_tail=1e-8)
ledger.reserve_charge(cohort.id, "a" * 64, unit)
if moment == "given back":
    ledger.give_back("a" * 64)
if moment == "spent":
    ledger.spend("a" * 64)
def stop(*_):
    print("ready", flush=True)
    sys.stdin.read()
if moment == "before the line":
    ledger._file.append = stop
    ledger.spend("a" * 64)
if moment == "between line and head":
    ledger._file.set_meta = stop
    ledger.spend("a" * 64)
if moment == "between the two books":
    insert = ledger._file.insert
    ledger._file.insert = lambda sql, *row: (stop if "second_book" in sql else insert)(sql, *row)
    ledger.spend("a" * 64)
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no kill -9")
@pytest.mark.parametrize(
    ("moment", "spent", "lines"),
    [
        ("reserved", 1.0, ["decision", "reserved", "spent"]),
        ("before the line", 1.0, ["decision", "reserved", "spent"]),
        ("between line and head", 1.0, ["decision", "reserved", "spent"]),
        ("between the two books", 1.0, ["decision", "reserved", "spent"]),
        ("spent", 1.0, ["decision", "reserved", "spent"]),
        ("given back", 0.0, ["decision", "reserved", "returned"]),
    ],
)
def test_a_killed_program_leaves_a_ledger_that_says_spent(
    path: Path, reopened: Reopen, moment: str, spent: float, lines: list[str]
) -> None:
    command = [sys.executable, "-c", KILLED, str(path), moment]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == b"ready\n"
        os.kill(program.pid, signal.SIGKILL)
        assert program.wait(timeout=30) == -signal.SIGKILL
    again = reopened(path)
    cohort = again.register_cohort("One", "one.csv", "1" * 64, ["P2"])
    assert again.cap_state(cohort.id) == CapState(cap=4.0, spent=spent)
    assert [e.kind for e in again.entries()] == lines


# ---------------------------------------------------------------- the disk


def refuse_writes(ledger: Ledger, kind: str) -> None:
    run = ledger._file._connection.execute
    if kind == "full":
        pages = run("PRAGMA page_count").fetchone()[0]
        run(f"PRAGMA max_page_count = {pages}")
    else:
        run("PRAGMA query_only = ON")


@pytest.mark.parametrize("kind", ["full", "read-only"])
def test_a_disk_that_takes_nothing_spends_nothing(
    ledger: Ledger, path: Path, reopened: Reopen, unit: Charge, kind: str
) -> None:
    cohort = ledger.register_cohort("One", "one.csv", "1" * 64, PATIENTS)
    refuse_writes(ledger, kind)
    many = [f"new {i}" for i in range(5000)]  # more than the last page still holds
    with pytest.raises(BudgetError, match=f"BU306.*{kind}"):
        ledger.register_cohort("Two", "two.csv", "2" * 64, many)
    if kind == "read-only":
        with pytest.raises(BudgetError, match="BU306"):
            ledger.reserve_charge(cohort.id, A, unit)
        assert ledger.state(A) is None
    assert ledger.cohorts() == (cohort,)
    ledger.verify()
    ledger.close()
    assert reopened(path).cohorts() == (cohort,)


def test_a_spend_that_cannot_be_written_raises_before_anything_opens(
    ledger: Ledger, path: Path, reopened: Reopen, unit: Charge
) -> None:
    cohort = ledger.register_cohort("One", "one.csv", "1" * 64, PATIENTS)
    ledger.reserve_charge(cohort.id, A, unit)
    refuse_writes(ledger, "read-only")
    with pytest.raises(BudgetError, match="BU306"):
        ledger.spend(A)
    assert ledger.state(A) is EntryKind.RESERVED
    ledger._file._connection.execute("PRAGMA query_only = OFF")
    ledger.spend(A)
    assert ledger.state(A) is EntryKind.SPENT


def test_a_folder_that_is_not_there(tmp_path: Path, reopened: Reopen) -> None:
    with pytest.raises(BudgetError, match="BU306") as refused:
        reopened(tmp_path / "nowhere" / "ledger.sqlite")
    assert str(tmp_path) not in str(refused.value)


def test_a_folder_in_place_of_the_file(tmp_path: Path, reopened: Reopen) -> None:
    with pytest.raises(BudgetError, match="BU306"):
        reopened(tmp_path)


@pytest.mark.parametrize(
    "content", [b"not a database " * 100, b"SQLite format 3\0" + b"\7" * 4096]
)
def test_a_file_that_is_no_ledger(path: Path, reopened: Reopen, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(BudgetError, match="BU309"):
        reopened(path)
    assert path.read_bytes() == content


def test_a_database_of_somebody_else(path: Path, reopened: Reopen) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    with pytest.raises(BudgetError, match="BU309"):
        reopened(path)
