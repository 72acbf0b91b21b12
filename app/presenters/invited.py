"""An invitation on the table: what it asks, whether the own cohort fits, asking to join."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, Signal

from app.link import Link
from app.presenters.presenter import Presenter
from app.presenters.wording import Problem, problem_of, say
from app.presenters.wording.states import LightName
from core.messages.commands import AskPanel
from core.messages.events import PanelShown, Refused
from core.messages.study_commands import JoinStudy, OpenInvitation
from core.messages.study_events import InvitationOpened
from core.model.invitation import InvitationView
from core.model.plan import Attestation
from core.model.study import CohortView
from core.study.fit import Verdict, compare

SUFFIX: Final = ".syncohort-invitation"
_FILE_MAX: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """One comparison of the own cohort with the study.

    Attributes:
        light: ``ok``, ``warn``, or ``fail`` for what keeps the hospital from joining.
        text: What was found.
        advice: What to do; empty where nothing is needed.
    """

    light: LightName
    text: str
    advice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitedState:
    """What is known about the invitation.

    Attributes:
        reading: Whether it is being opened.
        content: File or text as it came; it holds a secret and is never shown again.
        view: What it says.
        panel: Gene names of the own cohort, once they are known.
        panel_of: Key of that cohort.
        compute: Whether this computer takes part without patients.
        attested: What the steward has stated.
        hospital: Name of this hospital, as the others will see it.
        sending: Whether the coordinator is being asked.
        problem: Why it did not open, or why joining was refused.
    """

    reading: bool = False
    content: str = ""
    view: InvitationView | None = None
    panel: tuple[str, ...] = ()
    panel_of: str = ""
    compute: bool = False
    attested: tuple[Attestation, ...] = ()
    hospital: str = ""
    sending: bool = False
    problem: Problem | None = None

    def __repr__(self) -> str:
        """Hide the secret."""
        return f"InvitedState(view={self.view!r})"

    @property
    def needed(self) -> tuple[Attestation, ...]:
        """Statements that are asked of this hospital."""
        return (Attestation.NO_COLLUSION,) if self.compute else tuple(Attestation)

    @property
    def reason(self) -> str:
        """What is missing before the coordinator can be asked; empty when nothing is."""
        if self.view is not None and self.view.expired:
            return say("The invitation has expired. Ask the coordinator for a new one.")
        if not self.hospital.strip():
            return say("Name this hospital in Settings first.")
        if any(a not in self.attested for a in self.needed):
            return say("Confirm what this hospital states.")
        return ""


def fit_of(view: InvitationView, cohort: CohortView, panel: tuple[str, ...]) -> tuple[Fit, ...]:
    """Compare a cohort with a study before anybody is asked.

    Args:
        view: What the invitation says.
        cohort: The own cohort, checked.
        panel: Its gene names; empty while they are not known.

    Returns:
        Problems first.
    """
    found = compare(view.terms, view.genes, cohort, panel, view.units)
    return tuple(
        Fit(
            light=_LIGHTS[f.verdict],
            text=say(f.text, **dict(f.fields)),
            advice=say(f.advice, **dict(f.fields)) if f.advice else "",
        )
        for f in found
    )


_LIGHTS: Final[dict[Verdict, LightName]] = {
    Verdict.FAIL: "fail",
    Verdict.WARN: "warn",
    Verdict.WAIT: "busy",
    Verdict.FITS: "ok",
}


class InvitedPresenter(Presenter):
    """Invariant: opening an invitation contacts nobody; only `ask` does. One that cannot be opened
    leaves the one on the table where it is.
    """

    opened = Signal()
    """An invitation was opened and can be read."""

    def __init__(self, link: Link, parent: QObject | None = None) -> None:
        super().__init__(link, parent)
        self._state = InvitedState()
        self._pending = ""

    @property
    def state(self) -> InvitedState:
        """What is on the screen."""
        return self._state

    def reset(self) -> None:
        """Forget the invitation."""
        self._set(InvitedState(hospital=self._state.hospital))

    def set_hospital(self, name: str) -> None:
        """The hospital was named in the settings."""
        self._set(replace(self._state, hospital=name))

    def take_file(self, path: str) -> None:
        """Open an invitation that came as a file."""
        name = Path(path).name
        try:
            if Path(path).stat().st_size > _FILE_MAX:
                self._no_file(name, say("it is too large for an invitation"))
                return
            content = Path(path).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError):
            self._no_file(name, say("it is not a text file that can be opened"))
            return
        self.take_text(content)

    def take_text(self, content: str) -> None:
        """Open an invitation that was pasted."""
        self._pending = content
        self._set(replace(self._state, reading=True, problem=None))
        self.send(OpenInvitation(content=content))

    def compare(self, cohort: CohortView) -> None:
        """Ask for the gene names of the cohort that is to take part."""
        if cohort.cohort_id and cohort.cohort_id != self._state.panel_of:
            self._set(replace(self._state, panel=(), panel_of=cohort.cohort_id))
            self.send(AskPanel(cohort_id=cohort.cohort_id))

    def fit(self, cohort: CohortView | None) -> tuple[Fit, ...]:
        """Compare the own cohort with the study; empty before there is one."""
        view = self._state.view
        if view is None or cohort is None:
            return ()
        panel = self._state.panel if self._state.panel_of == cohort.cohort_id else ()
        return fit_of(view, cohort, panel)

    def take_part(self, *, compute: bool) -> None:
        """Take part with a cohort, or as a computer without patients."""
        kept = tuple(a for a in self._state.attested if not compute or a in _COMPUTE)
        self._set(replace(self._state, compute=compute, attested=kept, problem=None))

    def attest(self, statement: Attestation, *, stated: bool) -> None:
        """The steward states something, or takes it back."""
        others = [a for a in self._state.attested if a is not statement]
        given = tuple(sorted([*others, statement])) if stated else tuple(others)
        self._set(replace(self._state, attested=given))

    def ask(self, cohort_id: str) -> None:
        """Dial the coordinator and ask to join."""
        state = self._state
        if state.reason or state.sending or state.view is None:
            return
        self._set(replace(state, sending=True, problem=None))
        own = "" if state.compute else cohort_id
        attested = tuple(sorted(state.attested))
        self.send(JoinStudy(content=state.content, cohort_id=own, attestations=attested))

    def receive(self, event: InvitationOpened | PanelShown) -> None:
        """Take what the worker says about invitation and cohort."""
        if isinstance(event, PanelShown):
            if event.cohort_id == self._state.panel_of:
                self._set(replace(self._state, panel=event.genes))
        elif self._state.reading:
            content, hospital = self._pending, self._state.hospital
            self._pending = ""
            view = event.invitation
            self._set(InvitedState(content=content, view=view, hospital=hospital))
            self.opened.emit()

    def refuse(self, event: Refused) -> None:
        """It is no invitation, or joining was refused."""
        problem = problem_of(event.code, event.fields)
        if event.command == OpenInvitation.__name__:
            self._pending = ""
            self._set(replace(self._state, reading=False, problem=problem))
        else:
            self._set(replace(self._state, sending=False, problem=problem))

    def _no_file(self, name: str, reason: str) -> None:
        problem = problem_of("ST701", (("reason", f"{name}: {reason}"),))
        self._set(replace(self._state, reading=False, problem=problem))

    def _set(self, state: InvitedState) -> None:
        if state != self._state:
            self._state = state
            self.changed.emit()


_COMPUTE: Final = (Attestation.NO_COLLUSION,)
