"""Where the ledger's newest line is remembered outside its file: the system's key store, and a
small file of its own.

Both are written; the one that has come further is believed. An older copy of the ledger's file
alone is thus noticed everywhere, and an older copy of the whole folder where there is a key store.
"""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path

from core.errors import WorkerError
from core.network.installation import KeyPlace
from core.privacy.ledger.heads import head_from
from core.worker.home import write_atomically


class HeadKeeper:
    """Implements ``core.privacy.ledger.HeadPlace``. A place that does not answer is left out."""

    def __init__(self, root: Path, keys: KeyPlace) -> None:
        """Remember for the installation in ``root``; nothing is read or written yet."""
        place = hashlib.sha256(str(root.resolve()).encode()).hexdigest()[:16]
        self._name = f"ledger head {place}"
        self._path = root / "joint" / "ledger-head"
        self._keys = keys

    def read(self) -> str:
        """Return the head that has come further; empty if nothing is remembered."""
        found = []
        with contextlib.suppress(WorkerError):
            if not self._keys.unavailable():
                found.append(self._keys.read(self._name) or "")
        with contextlib.suppress(OSError, UnicodeDecodeError):
            found.append(self._path.read_text(encoding="ascii"))
        return max(found, key=_number, default="")

    def write(self, text: str) -> None:
        """Remember ``text`` in both places, as far as they answer."""
        with contextlib.suppress(WorkerError):
            write_atomically(self._path, text.encode("ascii"))
        with contextlib.suppress(WorkerError):
            if not self._keys.unavailable():
                self._keys.write(self._name, text)


def _number(text: str) -> int:
    head = head_from(text)
    return head[0] if head is not None else -1
