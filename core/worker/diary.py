"""What happened on this installation, by whom and when: the lines of the Activity page.

No patient data, no folder names. Names are those that people gave: the steward as the window
introduces them, and those who decided, once the decision was done. What the program did by
itself names nobody.
"""

from __future__ import annotations

from typing import Final

from core.messages import commands as ask
from core.messages import ledger_commands as led
from core.messages import study_commands as study
from core.model.lobby import LobbyView, Phase
from core.model.study import ActivityLine
from core.ports import Clock
from core.worker.home import Home

#: What each command did, for those that change something; all others are not worth a line.
_DONE: Final[dict[str, tuple[str, str]]] = {
    "SetUpRequester": ("privacy", "The privacy ledger: the one who asks for decisions was named"),
    "ReplaceApprover": (
        "privacy",
        "The privacy ledger: the second person's lost passphrase was replaced",
    ),
    "ReplaceRequester": (
        "privacy",
        "The privacy ledger: the lost passphrase of the one who asks was replaced",
    ),
    "ChangeCap": ("privacy", "The privacy ledger: two people decided on a cap"),
    "WithdrawCohort": ("privacy", "The privacy ledger: a cohort was withdrawn"),
    "ForgetIdentifiers": ("privacy", "The privacy ledger: marks of patients were deleted"),
    "BackUpLedger": ("privacy", "The privacy ledger: a backup was written"),
    "RestoreLedger": ("privacy", "The privacy ledger: a backup was brought back"),
    "ExportLedger": ("privacy", "The privacy ledger: it was exported"),
    "SetUpApprover": ("privacy", "The second person was named"),
    "BuildReference": ("study", "A public reference was built"),
    "CreateStudy": ("study", "A study was created"),
    "JoinStudy": ("study", "A study was asked to be joined"),
    "MakeInvitation": ("study", "An invitation was made"),
    "AcceptParticipant": ("study", "A hospital was accepted"),
    "RemoveParticipant": ("study", "A hospital was taken out"),
    "MarkCompared": ("study", "Six words were compared"),
    "CloseRoster": ("study", "The list of hospitals was closed"),
    "SignPlan": ("privacy", "The plan was signed"),
    "RefusePlan": ("study", "The plan was refused"),
    "ApprovePlan": ("privacy", "The plan was approved"),
    "PublishCounts": ("privacy", "Noisy class counts were published for the planning"),
    "LeaveStudy": ("study", "The study was left"),
}
#: Asked while somebody types: a refusal stands beside what was typed, and nothing has happened.
_TYPED: Final = frozenset({"AskForecast"})
#: How the codes of errors begin that are the program's own.
_OWN_FAULT: Final = "IN"


class Diary:
    """Writes the activity. Invariant: a name stands only beside what that person asked for."""

    def __init__(self, home: Home, clock: Clock) -> None:
        """Write below ``home``."""
        self._home = home
        self._clock = clock
        self._person = ""
        self._titles: dict[str, str] = {}
        self._noted: dict[str, tuple[Phase | None, tuple[tuple[str, str], ...]]] = {}

    def introduce(self, person: str) -> None:
        """Take the name of whoever works in the window."""
        self._person = " ".join(person.split())

    def note(self, kind: str, text: str, detail: str = "", *, asked: bool = False) -> None:
        """Write one line.

        Args:
            kind: Of ``ActivityLine``.
            text: One sentence.
            detail: Public detail.
            asked: Whether the person in the window asked for it; else nobody is named.
        """
        self._write(kind, text, detail, self._person if asked else "")

    def refused(self, command: str, code: str) -> None:
        """Note that a command was refused; typed names are not believed.

        A prediction that could not be made is no event, unless the program itself is at fault.
        """
        if command in _TYPED and not code.startswith(_OWN_FAULT):
            return
        self._write("problem", f"{command} was refused", code, self._person)

    def done(self, command: ask.Command) -> None:
        """Note what a command did, if it changed something."""
        found = _DONE.get(type(command).__name__)
        if found is not None:
            title = self._titles.get(getattr(command, "study_id", ""), "")
            self._write(*found, title, who_decided(command) or self._person)

    def follow(self, lobby: LobbyView) -> None:
        """Note each new phase and each warning of a study, once."""
        title = lobby.terms.title
        self._titles[lobby.study_id] = title
        if self._noted.get(lobby.study_id) == (lobby.phase, lobby.warnings):
            return
        before = self._noted.get(lobby.study_id, (None, ()))
        if lobby.phase is not before[0]:
            self.note("study", f"{title}: {lobby.phase.value}", lobby.code)
        for kind, who in lobby.warnings:
            if (kind, who) not in before[1]:
                void = kind.startswith("void-")
                self.note("study" if void else "problem", f"{title}: {kind}", who)
        self._noted[lobby.study_id] = (lobby.phase, lobby.warnings)

    def _write(self, kind: str, text: str, detail: str, who: str) -> None:
        self._home.append_activity(
            ActivityLine(time=self._clock.now(), kind=kind, text=text, detail=detail, who=who)
        )


def who_decided(command: ask.Command) -> str:
    """Return who is named in a command that was done; empty where it names nobody."""
    match command:
        case led.ChangeCap() | led.ForgetIdentifiers() | led.RestoreLedger():
            return f"{command.consent.requester}, {command.consent.approver}"
        case led.WithdrawCohort():
            return command.person
        case led.ReplaceApprover():
            return command.requester
        case study.ApprovePlan() | study.PublishCounts() | led.ReplaceRequester():
            return command.approver
        case _:
            return ""
