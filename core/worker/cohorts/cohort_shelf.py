"""Where the files of this hospital's cohorts were, and how they were read."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Final

from core.errors import SynCohortError, WorkerError
from core.model.budget import CapState
from core.model.cohort import Layout
from core.model.study import CohortView
from core.worker.cohorts.layouts import layout_from
from core.worker.home import Home, write_atomically

_TEXTS: Final = ("cohort_id", "name", "path", "fingerprint")


class CohortShelf:
    """The file ``cohorts.json``. Invariant: it holds places and layouts, never a value."""

    def __init__(self, home: Home) -> None:
        """Read nothing yet."""
        self._home = home

    def entry(self, cohort_id: str) -> dict[str, object]:
        """Return what is known about one cohort.

        Raises:
            WorkerError: WO604 if it is not known here, WO606 if the file is damaged.
        """
        for entry in self.remembered():
            if entry["cohort_id"] == cohort_id:
                return entry
        raise WorkerError("WO604", step="open the cohort", reason="it is not known here")

    def _file(self) -> Path:
        return self._home.ledger.parent / "cohorts.json"

    def remembered(self) -> list[dict[str, object]]:
        """Return what is known about every cohort.

        Raises:
            WorkerError: WO606 if the file is damaged.
        """
        try:
            entries = json.loads(self._file().read_bytes())
        except FileNotFoundError:
            return []
        except (OSError, ValueError, RecursionError):
            entries = None
        if not isinstance(entries, list) or not all(map(_is_entry, entries)):
            raise WorkerError("WO606", file="cohorts.json", reason="it is damaged")
        return entries

    def remember(
        self, cohort_id: str, name: str, path: str, layout: Layout, fingerprint: str
    ) -> None:
        """Note where a cohort's file is; what was noted of it before is replaced."""
        entries = [e for e in self.remembered() if e["cohort_id"] != cohort_id]
        entries.append(
            {
                "cohort_id": cohort_id,
                "name": name,
                "path": str(Path(path).absolute()),
                "layout": asdict(layout),
                "fingerprint": fingerprint,
            }
        )
        write_atomically(self._file(), json.dumps(entries, indent=1).encode())


def _is_entry(found: object) -> bool:
    return isinstance(found, dict) and all(isinstance(found.get(n), str) for n in _TEXTS)


def view_of(entry: dict[str, object], cap: CapState) -> CohortView:
    """Return a cohort of an earlier session, without its checks.

    Raises:
        WorkerError: WO606 if the entry is damaged.
    """
    try:
        return CohortView(
            cohort_id=str(entry["cohort_id"]),
            name=str(entry["name"]),
            practice=False,
            file_present=Path(str(entry["path"])).is_file(),
            layout=layout_from(dict(entry["layout"])),  # type: ignore[call-overload]
            summary=None,
            cap=cap,
        )
    except (KeyError, TypeError, ValueError, SynCohortError):
        raise WorkerError("WO606", file="cohorts.json", reason="it is damaged") from None
