"""What laboratories add to a gene, and whether it is taken out: one card of a study's plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from PySide6.QtWidgets import QFrame, QWidget

from app.presenters.wording import say
from app.presenters.wording.sites import sites_advice, sites_what, sites_when
from app.views.widgets import Check, Light, card, field, para, side, spin, text

_PATIENTS_MAX: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SitesAsked:
    """What is chosen, and what the advice rests on.

    Attributes:
        centred: Whether it is taken out.
        patients: Of a usual hospital, typed.
        epsilon: Of the study.
        able: Whether the way in which the synthetic patients are made can do it.
    """

    centred: bool
    patients: int
    epsilon: float
    able: bool = True


class Takes(Protocol):
    """Who is told what the steward chose."""

    def __call__(self, *, centred: bool, patients: int) -> None:
        """Take the switch, and the typed number on which only the advice rests."""
        ...


def sites_card(asked: SitesAsked, take: Takes) -> QFrame:
    """Let the steward choose, with advice; the number of patients is typed and goes nowhere."""
    title = say("What laboratories add to a gene")
    if not asked.able:
        words = say("Only “Averages and common patterns” can take it out.")
        return card(title, text(words, "label", wrap=True), gap="s")
    tick = Check(say("Measure it and take it out"), checked=asked.centred)
    tick.toggled.connect(lambda on: take(centred=on, patients=asked.patients))
    what, guard = sites_what()
    if not asked.centred:
        return card(title, tick, para(what), text(sites_when(), "caption", wrap=True), gap="s")
    light = Light(*sites_advice(asked.epsilon, asked.patients), "label", wrap=True)
    patients = spin(1, _PATIENTS_MAX, asked.patients)

    def typed(n: int) -> None:
        light.set_state(*sites_advice(asked.epsilon, n))
        take(centred=True, patients=n)

    patients.valueChanged.connect(typed)
    hint = say("As you expect it, for the advice only. Type it; it is never counted.")
    planned = field(say("Patients of a usual hospital"), patients, hint)
    return card(
        title,
        tick,
        para(what),
        para(guard),
        light,
        4,
        side((planned, 1), (QWidget(), 1)),
        gap="s",
    )
