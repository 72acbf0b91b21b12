"""Where studies between installations are kept: one private file each, written before anything is
said to anybody.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final, Literal

from core.errors import StudyError, SynCohortError, WorkerError
from core.messages import codec
from core.model.counts import StudyCounts
from core.model.drawing import NoiseChoice
from core.model.judging import Ballot
from core.model.stage import Patients, is_hex
from core.study.approvals import Approver
from core.study.session import StudySession
from core.worker.home import write_atomically

#: One of the two people who decide.
Whose = Literal["approver", "requester"]
_LENGTH_BYTES: Final = 4
#: Fields of a session that came later, as they were before.
_LATER: Final = {"released": False, "reference": None, "noise": NoiseChoice.AUTO.value}

_LATER_TERMS: Final[dict[str, object]] = {
    "reference": None,
    "judging": None,
    "licence": None,
    "candidates": [],
}


class SessionShelf:
    """Keeps sessions and the second person. Invariant: a file is read strictly or refused."""

    def __init__(self, root: Path) -> None:
        """Keep under ``root``, which is made when the first file is written."""
        self._root = root

    def keep(self, session: StudySession) -> None:
        """Keep a session durably.

        Raises:
            WorkerError: WO603 if the disk refuses.
        """
        body = codec.encode(session)[_LENGTH_BYTES:]
        write_atomically(self._path(session.study_id), body)

    def session(self, study_id: str) -> StudySession:
        """Return a kept session.

        Raises:
            StudyError: ST713 if there is none.
            WorkerError: WO606 if its file was changed.
        """
        if not is_hex(study_id, 32) or not self._path(study_id).is_file():
            raise StudyError("ST713")
        kept: StudySession = _read(self._path(study_id), StudySession)
        return kept

    def sessions(self) -> tuple[StudySession, ...]:
        """Return all kept sessions, newest first."""
        found = [_read(p, StudySession) for p in self._root.glob("*/session.json")]
        return tuple(sorted(found, key=lambda s: (-s.created, s.study_id)))

    def counts(self, study_id: str) -> StudyCounts:
        """Return the noisy class counts of a study, as hospitals published them.

        Raises:
            WorkerError: WO606 if their file was changed.
        """
        path = self._path(study_id).with_name("counts.json")
        return _read(path, StudyCounts) if path.is_file() else StudyCounts(hospitals=())

    def keep_counts(self, study_id: str, counts: StudyCounts) -> None:
        """Keep them durably."""
        body = codec.encode(counts)[_LENGTH_BYTES:]
        write_atomically(self._path(study_id).with_name("counts.json"), body)

    def ballot(self, study_id: str, digest: str) -> Ballot | None:
        """Return this hospital's vote on the release of one plan; None if it has not cast any.

        Raises:
            WorkerError: WO606 if its file was changed.
        """
        path = self._ballot(study_id, digest)
        return _read(path, Ballot) if path.is_file() else None

    def keep_ballot(self, study_id: str, digest: str, ballot: Ballot) -> None:
        """Keep this hospital's vote durably, in a file that only its owner can read.

        The first one counts: a vote that could be changed after a run had broken off would tell
        whose it was.
        """
        path = self._ballot(study_id, digest)
        if not path.is_file():
            write_atomically(path, codec.encode(ballot)[_LENGTH_BYTES:])

    def approver(self) -> Approver | None:
        """Return the second person, if one is set up."""
        path = self._root / "approver.json"
        return _read(path, Approver) if path.is_file() else None

    def keep_approver(self, approver: Approver) -> None:
        """Keep the second person durably."""
        body = codec.encode(approver)[_LENGTH_BYTES:]
        write_atomically(self._root / "approver.json", body)

    def requester(self) -> Approver | None:
        """Return who asks for decisions, if somebody is set up; their ``steward`` is the second
        person.
        """
        path = self._root / "requester.json"
        return _read(path, Approver) if path.is_file() else None

    def keep_requester(self, requester: Approver) -> None:
        """Keep who asks durably."""
        body = codec.encode(requester)[_LENGTH_BYTES:]
        write_atomically(self._root / "requester.json", body)

    def recovery(self) -> Approver | None:
        """Return what opens the way back for who asks; its ``derived`` is of the recovery code."""
        path = self._root / "requester-recovery.json"
        return _read(path, Approver) if path.is_file() else None

    def keep_recovery(self, recovery: Approver) -> None:
        """Keep the recovery code's hash durably."""
        body = codec.encode(recovery)[_LENGTH_BYTES:]
        write_atomically(self._root / "requester-recovery.json", body)

    def former(self, whose: Whose) -> Approver | None:
        """Return who had a role before a replacement that does not count yet."""
        path = self._root / f"{whose}-before.json"
        return _read(path, Approver) if path.is_file() else None

    def keep_former(self, whose: Whose, former: Approver | None) -> None:
        """Keep who had a role before durably; None forgets them."""
        path = self._root / f"{whose}-before.json"
        if former is None:
            path.unlink(missing_ok=True)
        else:
            write_atomically(path, codec.encode(former)[_LENGTH_BYTES:])

    def waits(self, whose: Whose) -> float:
        """Return from when a person's passphrase counts; 0: from the beginning.

        Raises:
            WorkerError: WO606 if its file was changed.
        """
        path = self._root / f"{whose}-waits"
        if not path.is_file():
            return 0.0
        try:
            return float(path.read_text(encoding="ascii"))
        except (OSError, ValueError):
            raise WorkerError("WO606", file=path.name, reason="it is damaged") from None

    def keep_waits(self, whose: Whose, until: float) -> None:
        """Keep from when a person's passphrase counts."""
        write_atomically(self._root / f"{whose}-waits", repr(until).encode("ascii"))

    def _ballot(self, study_id: str, digest: str) -> Path:
        return self._path(study_id).with_name(f"ballot-{digest[:32]}.json")

    def _path(self, study_id: str) -> Path:
        return self._root / study_id / "session.json"


def _completed(body: bytes, kind: type) -> bytes:
    """Add the fields that older versions did not write."""
    if kind is not StudySession:
        return body
    tree = json.loads(body)
    fields = tree["fields"] = _LATER | tree["fields"]
    fields["terms"] = _LATER_TERMS | fields["terms"]
    if plan := fields["plan"]:
        plan.setdefault("candidates", [])
        plan.setdefault("judging", None)
        plan.setdefault("licence", None)
        plan["stages"] = [{"patients": Patients.TRAINING.value} | s for s in plan["stages"]]
        if plan["reference"]:
            plan["reference"] = {"record_marks": "", "level_content": ""} | plan["reference"]
    return json.dumps(tree).encode()


def _read(path: Path, kind: type) -> Any:  # noqa: ANN401 - of ``kind``
    try:
        return codec.decode(_completed(path.read_bytes(), kind), codec.language(kind))
    except (OSError, ValueError, TypeError, KeyError, SynCohortError):
        raise WorkerError("WO606", file=path.name, reason="it is damaged") from None
