"""Backups of the ledger, and bringing one back.

A backup holds what the ledger holds, the marks of patients and their key among it: it belongs
where the patient list belongs. A backup is checked before it gets its name, and checked again
before it is brought back.

Bringing back a backup that lacks lines loses spends. Nobody can know what they were, so every
cohort is held until two people decide on its cap, and every cohort that comes later begins held.
What was there before is set aside, never deleted.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.errors import BudgetError
from core.ports import Clock
from core.privacy.ledger.account_book import Ledger
from core.privacy.ledger.audit import audit
from core.privacy.ledger.entries import GENESIS, Decision, Entry, Topic, utc_text
from core.privacy.ledger.heads import Head, HeadPlace, head_from, holds
from core.privacy.ledger.store import LedgerFile
from core.randomness import NoiseSource

_TAKEN: Final = ("SQLITE_BUSY", "SQLITE_LOCKED")
_BESIDE: Final = ("-wal", "-shm", "-journal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a restore brought back.

    Attributes:
        entries: Lines of the backup.
        missing: Lines that this computer remembers and the backup lacks; at least 1 if nobody
            knows how many; 0 if it lacks none.
        set_aside: Name of the file that was there before; empty if there was none.
    """

    entries: int
    missing: int
    set_aside: str


def back_up(ledger: Ledger, target: Path) -> Head:
    """Write a checked copy of the ledger to ``target``; return its newest line.

    Raises:
        BudgetError: BU306 if it could not be written or is there already, BU316 if the copy is not
            what the ledger is.
    """
    part = target.with_name(f".{target.name}-part")
    if target.exists():
        raise BudgetError("BU306", reason="a file of this name is there already")
    try:
        part.unlink(missing_ok=True)
        ledger.file.copy_to(part)
        part.chmod(0o600)
        _sync(part)
        if _last(examined(part)) != ledger.head:
            raise BudgetError("BU316", file=target.name, reason="it is not what was to be kept")
        part.replace(target)
    except OSError as wrong:
        raise BudgetError("BU306", reason=wrong.strerror or "unknown") from None
    finally:
        part.unlink(missing_ok=True)
    return ledger.head


def examined(path: Path) -> tuple[Entry, ...]:
    """Return all lines of a ledger's file, which stays as it is, after checking the whole.

    Raises:
        BudgetError: What is wrong with it.
    """
    with _copied(path) as copy:
        file = LedgerFile(copy)
        try:
            return tuple(audit(file).entries)
        finally:
            file.close()


@contextmanager
def _copied(path: Path) -> Iterator[Path]:
    """Copy a file and what SQLite keeps beside it into a folder of their own, next to it."""
    try:
        with tempfile.TemporaryDirectory(prefix=".ledger-", dir=path.parent) as folder:
            copy = Path(folder) / "ledger.sqlite"
            shutil.copyfile(path, copy)
            for suffix in _BESIDE[:1]:
                beside = path.with_name(path.name + suffix)
                if beside.exists():
                    shutil.copyfile(beside, copy.with_name(copy.name + suffix))
            yield copy
    except OSError as wrong:
        raise BudgetError("BU306", reason=wrong.strerror or "unknown") from None


def restore(
    source: Path, path: Path, clock: Clock, place: HeadPlace, decision: Decision
) -> Restored:
    """Bring a backup back in place of the ledger at ``path``, which must be closed.

    The file at ``path`` itself is a source too: two people then go on with an older copy, or with
    an empty ledger, where nothing better is left.

    Args:
        source: The backup.
        path: Where the ledger is.
        clock: Time.
        place: Where its newest line is remembered outside the file.
        decision: Who decided, and why.

    Raises:
        BudgetError: BU305 if a program has the ledger, BU306 if the disk refuses, BU316 if the
            backup is broken or the ledger here needs none.
    """
    _require_free(path)
    backup = _readable(source)
    if backup is None:
        raise BudgetError("BU316", file=source.name, reason="it is broken, or no ledger")
    here = _readable(path)
    remembered = head_from(place.read())
    up_to_date = here and (remembered is None or holds(here, remembered))
    if here and up_to_date and holds(here, _last(backup)):
        raise BudgetError("BU316", file=source.name, reason="the ledger here is whole")
    missing = _missing(backup, here, remembered)
    with _copied(source) as copy:
        _mark_restored(copy, clock, decision, missing)
        aside = _set_aside(path, clock)
        _sync(copy)
        copy.chmod(0o600)
        copy.replace(path)
        _sync_folder(path.parent)
    restored = Ledger.open(path, clock, None, _Overwriting(place))
    restored.close()
    return Restored(entries=len(backup), missing=missing, set_aside=aside)


def _require_free(path: Path) -> None:
    """Refuse while a program has the ledger open; a file that is no ledger is nobody's."""
    if not path.exists():
        return
    connection = sqlite3.connect(path, timeout=0, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
    except sqlite3.Error as wrong:
        if (getattr(wrong, "sqlite_errorname", "") or "").startswith(_TAKEN):
            raise BudgetError("BU305") from None
    finally:
        connection.close()


def _readable(path: Path) -> tuple[Entry, ...] | None:
    """Return the lines of a file that passes every check, else None."""
    try:
        return examined(path)
    except BudgetError as wrong:
        if wrong.code == "BU305":
            raise
        return None


def _missing(backup: tuple[Entry, ...], here: tuple[Entry, ...] | None, known: Head | None) -> int:
    """Return how many lines the backup is known to lack, at least 1 if that cannot be told."""
    longest = max(known[0] if known else 0, len(here) if here else 0)
    whole_here = not here or holds(backup, _last(here))
    if known is not None and holds(backup, known) and whole_here:
        return 0
    return max(1, longest - len(backup))


def _last(entries: tuple[Entry, ...]) -> Head:
    return (entries[-1].number, entries[-1].sha256) if entries else (0, GENESIS)


def _mark_restored(copy: Path, clock: Clock, decision: Decision, missing: int) -> None:
    """Write into the copy what will be true when it is in place; a crash before leaves the old."""
    ledger = Ledger.open(copy, clock, NoiseSource())
    try:
        count = len(ledger.entries())
        lacks = f"; it lacks {missing} line(s) or more" if missing else "; it lacks no line"
        note = f"brought back from a copy with {count} lines{lacks}"
        ledger.hold_all(decision.words(note, Topic.LEDGER_RESTORED), missing)
        ledger.file.settle()
    finally:
        ledger.close()


def _set_aside(path: Path, clock: Clock) -> str:
    """Rename what is at ``path``; return the new name, empty if nothing was there."""
    if not path.exists():
        return ""
    when = utc_text(clock.now())[:19].replace(":", "").replace("-", "")
    name, count = f"{path.stem}-set-aside-{when}{path.suffix}", 1
    while path.with_name(name).exists():
        count += 1
        name = f"{path.stem}-set-aside-{when}-{count}{path.suffix}"
    for suffix in ("", *_BESIDE):
        old = path.with_name(path.name + suffix)
        if old.exists():
            old.replace(path.with_name(name + suffix))
    return name


class _Overwriting:
    """Remembers the restored ledger in place of the one before."""

    def __init__(self, place: HeadPlace) -> None:
        self._place = place

    def read(self) -> str:
        """Return nothing: what was remembered is settled by the restore."""
        return ""

    def write(self, text: str) -> None:
        """Keep ``text``."""
        self._place.write(text)


def _sync(path: Path) -> None:
    with path.open("r+b") as stream:
        os.fsync(stream.fileno())


def _sync_folder(folder: Path) -> None:
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
