"""Step 2: a privacy level, priced before anything is spent."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

from PySide6.QtCore import QObject, QTimer

from app.link import Link
from app.presenters.presenter import Presenter
from app.presenters.proposals import proposed_of
from app.presenters.reference import ReferencePresenter
from app.presenters.wording import Problem, problem_of, say, units
from core.messages.commands import AskLevels
from core.messages.events import LevelsShown, Refused
from core.model.budget import PRESET_UNITS, CapState, Level, odds_in_100
from core.model.study import CohortView, LevelView

#: Patients planned in the rarest diagnosis until the steward types another number: a round
#: figure, never read from the cohort, because a number read from patients would be a release.
NEUTRAL_SMALLEST: Final = 50
#: Genes that a practice study starts with: few enough to give a result worth looking at.
PRACTICE_GENES: Final = 40
ASK_DELAY_MS: Final = 200
MIN_GENES: Final = 2
_STEP: Final = 1e-4


def epsilon_for_odds(odds: int) -> float:
    """Return the largest epsilon, in steps of 0.0001, whose worst case is at most ``odds`` of 100.

    >>> epsilon_for_odds(62), epsilon_for_odds(73), epsilon_for_odds(88)
    (0.4895, 0.9946, 1.9924)
    """
    epsilon = math.floor(math.log(odds / (100 - odds)) / _STEP) * _STEP
    while odds_in_100(epsilon) > odds:
        epsilon -= _STEP
    return round(epsilon, 4)


def needs_reason(epsilon: float) -> bool:
    """Return whether a level is above Most detail, so that the ledger keeps a reason for it.

    >>> needs_reason(2.0), needs_reason(2.01)
    (False, True)
    """
    return epsilon > max(PRESET_UNITS.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyState:
    """What is offered and what is chosen.

    Attributes:
        cohort_id: Whose cap.
        cohort_name: Name of it.
        practice: Whether these are simulated patients with a cap of their own.
        most_genes: Genes in the file.
        n_genes: Planned size of the panel.
        n_classes: Planned number of diagnoses.
        smallest: Patients planned in the rarest diagnosis, all hospitals together: typed.
        cap: Of these patients; None until the worker answered.
        levels: Priced levels.
        shares: What the steward gives to stages, as (stage, share); empty takes what is proposed.
        reference: Path of the public reference that is planned with; empty without one.
        checking: Why a chosen reference does not let the study go on; empty if nothing does.
        chosen: Key of the chosen level.
        exact: Epsilon of the exact level; None without one.
        written: Why a level above Most detail, in the steward's words; empty for others.
        asking: Whether an answer is awaited.
        problem: Why nothing could be priced.
    """

    cohort_id: str = ""
    cohort_name: str = ""
    practice: bool = False
    most_genes: int = MIN_GENES
    n_genes: int = MIN_GENES
    n_classes: int = 2
    smallest: int = NEUTRAL_SMALLEST
    cap: CapState | None = None
    levels: tuple[LevelView, ...] = ()
    shares: tuple[tuple[str, float], ...] = ()
    reference: str = ""
    checking: str = ""
    chosen: str = Level.BALANCED.value
    exact: float | None = None
    written: str = ""
    asking: bool = False
    problem: Problem | None = None

    @property
    def level(self) -> LevelView | None:
        """The chosen level with its price."""
        return self.of(self.chosen)

    def of(self, key: str) -> LevelView | None:
        """The level of a key."""
        return next((level for level in self.levels if level.key == key), None)

    @property
    def valid(self) -> bool:
        """Whether the steward may go on."""
        return self.level is not None and not self.reason

    @property
    def reason(self) -> str:
        """Why not, in one sentence; empty when there is nothing in the way."""
        if self.problem is not None:
            return self.problem.title
        if self.level is None or self.asking:
            return say("The levels are being priced.")
        if not self.level.affordable:
            return say("Not enough left under the cap")
        return self.checking

    @property
    def proposed_genes(self) -> int:
        """How many genes the usefulness rule allows at the chosen level, of those in the file; 0
        while no level is priced, or if they are too few to be worth a study.
        """
        return 0 if self.level is None else proposed_of(self.level.usefulness, self.most_genes)

    @property
    def asked_genes(self) -> int | None:
        """How many genes are asked for; None for all of the file."""
        return self.n_genes if self.n_genes < self.most_genes else None

    @property
    def level_reason(self) -> str:
        """Why the chosen level is above Most detail; empty if it is not."""
        return self.written if self.chosen == Level.EXACT.value else ""

    def blocked(self, key: str) -> str | None:
        """Why a level cannot be chosen; None if it can."""
        level = self.of(key)
        if level is None or level.affordable or self.cap is None:
            return None
        left = units(self.cap.left)
        return say("Needs {needs}, {left} left", needs=units(level.units), left=left)


class PrivacyPresenter(Presenter):
    """Invariant: no number of the cohort's patients enters a question to the worker."""

    def __init__(
        self, link: Link, parent: QObject | None = None, *, delay_ms: int = ASK_DELAY_MS
    ) -> None:
        super().__init__(link, parent)
        self.reference = ReferencePresenter(link, self)
        self.reference.changed.connect(self._follow_reference)
        self._state = PrivacyState()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(delay_ms)
        self._timer.timeout.connect(self._plan)

    @property
    def state(self) -> PrivacyState:
        """What is on the screen."""
        return self._state

    def open(self, cohort: CohortView) -> None:
        """Price the levels for a cohort; a choice made for the same cohort stays."""
        if cohort.cohort_id == self._state.cohort_id and self._state.levels:
            self._check_reference()
            self._later()
            return
        found = cohort.summary
        n_genes = found.n_genes if found is not None else MIN_GENES
        n_classes = len(found.class_counts) if found is not None else 2
        most = max(MIN_GENES, n_genes)
        self._state = PrivacyState(
            cohort_id=cohort.cohort_id,
            cohort_name=cohort.name,
            practice=cohort.practice,
            most_genes=most,
            n_genes=min(most, PRACTICE_GENES) if cohort.practice else most,
            n_classes=max(2, n_classes),
            cap=cohort.cap,
        )
        self._check_reference()
        self._ask()

    def reset(self) -> None:
        """Forget the cohort and the choice."""
        self._timer.stop()
        self.reference.reset()
        self._set(PrivacyState())

    def choose(self, key: str) -> None:
        """Choose a level by its key."""
        if key != self._state.chosen and self._state.of(key) is not None:
            self._set(replace(self._state, chosen=key))

    def set_genes(self, n_genes: int) -> None:
        """Plan a panel of another size."""
        self._set(
            replace(self._state, n_genes=min(max(MIN_GENES, n_genes), self._state.most_genes))
        )
        self._later()

    def set_smallest(self, smallest: int) -> None:
        """Plan another number of patients in the rarest diagnosis."""
        self._set(replace(self._state, smallest=max(1, smallest)))
        self._later()

    def set_exact(self, epsilon: float, reason: str = "") -> None:
        """Offer and choose an exact level; one above Most detail needs a reason."""
        written = reason.strip() if needs_reason(epsilon) else ""
        exact = Level.EXACT.value
        self._state = replace(self._state, exact=epsilon, chosen=exact, written=written)
        self._ask()

    def set_shares(self, shares: tuple[tuple[str, float], ...]) -> None:
        """Give stages their shares; empty takes again what is proposed."""
        self._state = replace(self._state, shares=shares)
        self._ask()

    def _check_reference(self) -> None:
        """Let a chosen reference be checked against what is planned."""
        state = self._state
        self.reference.plan_for(cohort_id=state.cohort_id, genes=(), n_genes=state.asked_genes)

    def _follow_reference(self) -> None:
        """Price anew with another reference; nothing goes on while one is checked."""
        found = self.reference.state
        self._set(replace(self._state, checking=found.reason))
        if found.used != self._state.reference:
            stages = bool(found.used) == bool(self._state.reference)
            shares = self._state.shares if stages else ()  # shares of other stages are none
            self._state = replace(self._state, reference=found.used, shares=shares)
            if self._state.cohort_id:
                self._ask()

    def receive(self, event: LevelsShown) -> None:
        """Take the prices."""
        with_reference = any(level.alone is not None for level in event.levels)
        if event.cohort_id != self._state.cohort_id or (
            with_reference != bool(self._state.reference)
        ):
            return  # to an earlier question
        state = replace(
            self._state,
            cap=event.cap,
            levels=event.levels,
            asking=self._timer.isActive(),
            problem=None,
        )
        if state.level is None or (not state.level.affordable and state.chosen != "exact"):
            state = replace(state, chosen=_first_affordable(state))
        self._set(state)

    def refuse(self, event: Refused) -> None:
        """Nothing can be priced."""
        problem = problem_of(event.code, event.fields)
        self._set(replace(self._state, asking=False, problem=problem))

    def _later(self) -> None:
        self._set(replace(self._state, asking=True))
        self._timer.start()

    def _plan(self) -> None:
        self._check_reference()
        self._ask()

    def _ask(self) -> None:
        state = self._state
        self._set(replace(state, asking=True))
        self.changed.emit()
        self.send(
            AskLevels(
                cohort_id=state.cohort_id,
                epsilons=() if state.exact is None else (state.exact,),
                n_genes=state.n_genes,
                n_classes=state.n_classes,
                planned_smallest_class=state.smallest,
                reference=state.reference,
                shares=state.shares,
            )
        )

    def _set(self, state: PrivacyState) -> None:
        if state != self._state:
            self._state = state
            self.changed.emit()


def _first_affordable(state: PrivacyState) -> str:
    """Key of the chosen level if it can be had, else of the strongest that can."""
    affordable = [level for level in state.levels if level.affordable]
    if not affordable:
        return state.chosen
    return max(affordable, key=lambda level: level.epsilon).key
