"""One window for each home: a second start hands what it was given to the first one and ends.

There is no socket: the second start puts a note into the folder ``door`` of the home, which only
its owner can write, and waits until the first has taken it.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Final

from PySide6.QtCore import QEvent, QFileSystemWatcher, QLockFile, QObject, QTimer, Signal
from PySide6.QtGui import QFileOpenEvent

_NOTE: Final = ".note"
_NOTE_MOST: Final = 16 * 1024
#: A note that nobody took in this time was left by a start that gave up.
_STALE_S: Final = 20.0
_PAUSE_S: Final = 0.05


class Doorbell(QObject):
    """Invariant: at most one window of a home listens."""

    rang = Signal(str)
    """Another start, or the desktop, wants this window: path of an invitation, or empty."""

    def __init__(self, home: Path, parent: QObject | None = None) -> None:
        """Name the home; nothing is read or written yet."""
        super().__init__(parent)
        self._home, self._folder = home, home / "door"
        self._lock = QLockFile(str(home / "window.lock"))
        self._lock.setStaleLockTime(0)  # stale only when its owner is gone
        self._watcher: QFileSystemWatcher | None = None

    def take(self) -> bool:
        """Listen; False if another window of this home does."""
        try:
            self._home.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._folder.mkdir(exist_ok=True, mode=0o700)
        except OSError:
            return True  # the worker says what is wrong with the home
        if not self._lock.tryLock(0):
            return self._lock.error() is not QLockFile.LockError.LockFailedError
        self._watcher = QFileSystemWatcher([str(self._folder)], self)
        self._watcher.directoryChanged.connect(self._look)
        QTimer.singleShot(0, self, self._look)
        return True

    def release(self) -> None:
        """Listen no longer."""
        if self._watcher is not None:
            self._watcher.deleteLater()
            self._watcher = None
        self._lock.unlock()

    def hand_over(self, path: str, timeout_s: float = 5.0) -> bool:
        """Ask the window that listens to open ``path``; return whether it took the note."""
        name = f"{os.getpid()}-{time.time_ns()}"
        note, unfinished = self._folder / f"{name}{_NOTE}", self._folder / f"{name}.part"
        try:
            unfinished.write_text(json.dumps({"open": path}), encoding="utf-8")
            unfinished.replace(note)
            end = time.monotonic() + timeout_s
            while note.exists() and time.monotonic() < end:
                time.sleep(_PAUSE_S)
            if not note.exists():
                return True
            note.unlink(missing_ok=True)
        except OSError:
            unfinished.unlink(missing_ok=True)
        return False

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take a file that the desktop wants opened (macOS tells a running application so)."""
        if isinstance(event, QFileOpenEvent) and event.file():
            self.rang.emit(event.file())
            return True
        return super().eventFilter(watched, event)

    def _look(self, _folder: str = "") -> None:
        for note in sorted(self._folder.glob(f"*{_NOTE}")):
            path = _taken(note)
            if path is not None:
                self.rang.emit(path)


def _taken(note: Path) -> str | None:
    """Read and remove one note; None for one that is old or no note."""
    try:
        fresh = time.time() - note.stat().st_mtime < _STALE_S
        with note.open("rb") as stream:
            content = stream.read(_NOTE_MOST)
        note.unlink()
        tree = json.loads(content)
    except (OSError, ValueError, RecursionError):
        return None
    path = tree.get("open") if isinstance(tree, dict) and set(tree) == {"open"} else None
    return path if fresh and isinstance(path, str) else None
