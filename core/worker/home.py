"""Where a hospital's files live: one folder with the ledger, the studies and the activity.

In the application each study has its own folder under ``studies/``. A rehearsal has one study,
whose files lie directly in the hospital's folder (formats.md).
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path

from core.errors import WorkerError
from core.model.plan import Plan
from core.model.study import ActivityLine, StudyState, StudyView
from core.release.writing import sync_folder

_PRIVATE_DIRECTORY = 0o700
_PRIVATE_FILE = 0o600


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that a reader finds the old or the new content, and a power cut keeps one of
    them.

    Raises:
        WorkerError: WO603 if the disk refuses.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=_PRIVATE_DIRECTORY)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            Path(temporary).chmod(_PRIVATE_FILE)
            Path(temporary).replace(path)
            sync_folder(path.parent)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as wrong:
        raise WorkerError("WO603", file=path.name, reason=wrong.strerror or "unknown") from None


class Home:
    """The folder of one hospital. Invariant: everything in it is readable by its owner only."""

    def __init__(self, root: Path, *, rehearsal: bool) -> None:
        """Name the folder; nothing is written yet."""
        self._root = root
        self._rehearsal = rehearsal

    @property
    def root(self) -> Path:
        """The folder itself."""
        return self._root

    @property
    def rehearsal(self) -> bool:
        """Whether this folder holds one rehearsal only."""
        return self._rehearsal

    @property
    def ledger(self) -> Path:
        """The ledger of the hospital's patients."""
        return self._root / "ledger.sqlite"

    @property
    def practice_ledger(self) -> Path:
        """The ledger of the simulated example patients."""
        return self._root / "practice" / "ledger.sqlite"

    @property
    def studies_between_installations(self) -> Path:
        """Identity, second person and sessions of studies with other installations."""
        return self._root / "joint"

    def partner(self, name: str, hint: str, *, practice: bool) -> Path:
        """The home of a partner process of a local study.

        Simulated partners go with the practice ledger; the ledgers of others are kept.
        """
        folder = self._root / "practice" if practice else self._root
        return folder / f"partners-{hint}" / name

    def create(self) -> None:
        """Make the folder, private to its owner.

        Raises:
            WorkerError: WO603 if the disk refuses.
        """
        try:
            self._root.mkdir(parents=True, exist_ok=True, mode=_PRIVATE_DIRECTORY)
        except OSError as wrong:
            raise WorkerError(
                "WO603", file=self._root.name, reason=wrong.strerror or "unknown"
            ) from None

    def require_room(self, size_bytes: int) -> None:
        """Refuse to begin what could not be kept.

        Raises:
            WorkerError: WO603 if the disk has less room.
        """
        folder = self._root
        while not folder.is_dir() and folder != folder.parent:
            folder = folder.parent
        try:
            free = shutil.disk_usage(folder).free
        except OSError as wrong:
            reason = wrong.strerror or "unknown"
            raise WorkerError("WO603", file=self._root.name, reason=reason) from None
        if free < size_bytes:
            reason = f"{free >> 20} MB are free, {-(-size_bytes >> 20)} MB are needed"
            raise WorkerError("WO603", file=self._root.name, reason=reason)

    def study(self, digest: str) -> Path:
        """The folder of one study."""
        return self._root if self._rehearsal else self._root / "studies" / digest[:32]

    def write_plan(self, plan: Plan) -> None:
        """Keep the plan's canonical bytes."""
        write_atomically(self.study(plan.digest) / "plan.json", plan.canonical_bytes())

    def read_plan(self, digest: str) -> Plan:
        """Read a kept plan back.

        Raises:
            WorkerError: WO606 if it is not there or not the plan of ``digest``.
        """
        try:
            content = (self.study(digest) / "plan.json").read_bytes()
        except OSError:
            raise WorkerError("WO606", file="plan.json", reason="it cannot be read") from None
        plan = Plan.from_bytes(content)
        if plan.digest != digest:
            raise WorkerError("WO606", file="plan.json", reason="another fingerprint")
        return plan

    def write_study(self, view: StudyView) -> None:
        """Keep where a study stands (not in a rehearsal, whose folder is the result itself)."""
        if not self._rehearsal:
            content = json.dumps(asdict(view), sort_keys=True, indent=1).encode()
            write_atomically(self.study(view.digest) / "study.json", content)

    def studies(self) -> tuple[StudyView, ...]:
        """Return all kept studies, newest first; a study that was running when the worker died
        counts as failed.
        """
        found = [_study_from(p) for p in sorted((self._root / "studies").glob("*/study.json"))]
        return tuple(sorted(found, key=lambda s: (-s.started, s.digest)))

    def append_activity(self, line: ActivityLine) -> None:
        """Keep one line of what happened. A full disk must not stop a study: losing a line is
        accepted.
        """
        if self._rehearsal:
            return
        try:
            self.create()
            with (self._root / "activity.jsonl").open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(asdict(line)) + "\n")
        except OSError:
            return

    def activity(self, most: int = 10_000) -> tuple[ActivityLine, ...]:
        """Return the last ``most`` lines, newest first."""
        try:
            lines = (
                (self._root / "activity.jsonl").read_text(encoding="utf-8").splitlines()[-most:]
            )
        except OSError:
            return ()
        found = []
        for line in lines:
            try:
                found.append(ActivityLine(**json.loads(line)))
            except (ValueError, TypeError):
                continue
        return tuple(reversed(found))


def _study_from(path: Path) -> StudyView:
    try:
        tree = json.loads(path.read_bytes())
        tree["state"] = StudyState(tree["state"])
        tree["hospitals"], tree["classes"] = tuple(tree["hospitals"]), tuple(tree["classes"])
        return StudyView(**tree)
    except (OSError, ValueError, TypeError, KeyError):
        raise WorkerError("WO606", file=path.name, reason="it is damaged") from None
