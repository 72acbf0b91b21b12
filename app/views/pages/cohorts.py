"""Cohorts: the patient groups of this computer, each with its own lifetime cap."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame

from app.presenters.desk import Desk
from app.presenters.wording import count, say, units
from app.views.page import PageHeader
from app.views.pages.live import LivePage
from app.views.widgets import (
    CapBar,
    Light,
    Pill,
    Skeleton,
    Swatch,
    button,
    card,
    col,
    empty,
    framed,
    glyph,
    legend,
    para,
    row,
    text,
)
from app.views.widgets.layout import Item
from core.model.study import CohortView


class CohortsPage(LivePage):
    """One card per cohort; adding one opens a new study with its first step."""

    study_wanted = Signal(object)
    """A `CohortView` to start a study with, or None for a new file."""

    def __init__(self, desk: Desk) -> None:
        self._add = button(say("Add cohort"), "primary", "plus")
        note = say("The patient groups this computer may use, each with its own lifetime cap.")
        header = PageHeader(say("Cohorts"), note, self._add)
        super().__init__(header, help_topic="cohorts", pad=(28, 4))
        self._desk = desk
        self._add.clicked.connect(self._new)
        desk.records.changed.connect(self.show_state)
        desk.study.changed.connect(self.show_state)
        self._shape: tuple[object, ...] = ()
        self.show_state()

    def show_state(self) -> None:
        """Follow the presenters."""
        state = self._desk.records.state
        busy = self._desk.study.busy
        shape = (state.cohorts, state.studies, busy)
        if shape == self._shape:
            return
        self._shape = shape
        why = say("A study is running; wait for it or cancel it") if busy else None
        self._add.set_blocked(why)
        if state.cohorts is None:
            self.refill(card(None, Skeleton(3)))
        elif not state.cohorts:
            self.refill(self._nothing_yet())
        else:
            cards: list[Item] = [self._card(cohort, why) for cohort in state.cohorts]
            self.refill(*cards, cap_note())

    def _nothing_yet(self) -> QFrame:
        add = button(say("Choose a file"), "primary", "file")
        add.clicked.connect(self._new)
        words = say(
            "A cohort is one table with your patients’ gene values and diagnoses. It stays where "
            "it is; this computer remembers its fingerprint and what its patients have used of "
            "their lifetime cap."
        )
        return empty("cohorts", say("No cohorts yet"), words, add)

    def _card(self, cohort: CohortView, why: str | None) -> QFrame:
        found = cohort.summary
        if found is not None:
            facts = say(
                "{patients} patients · {genes} genes · {n} diagnoses · {file}",
                patients=count(found.n_records),
                genes=count(found.n_genes),
                n=len(found.class_counts),
                file=found.file_name,
            )
            state = Light("ok", say("Checked in this session"), "caption")
            go = button(
                say("Start a study"), name=say("Start a study with {name}", name=cohort.name)
            )
            go.setProperty("cohort", cohort.cohort_id)
            go.clicked.connect(self._start)
        else:
            facts = say("Known from an earlier session")
            words = say("Choose the file again to use it; the patients keep their cap.")
            state = Light("idle", words, "caption", wrap=True)
            if not cohort.file_present:
                words = say("File moved. The ledger still knows its patients.")
                state = Light("warn", words, "caption", wrap=True)
            go = button(
                say("Choose the file"), name=say("Choose the file, {name}", name=cohort.name)
            )
            go.clicked.connect(self._new)
        go.set_blocked(why)
        badge = (Pill(say("Practice"), "accent"),) if cohort.practice else ()
        head = row(text(cohort.name, "h2", wrap=True), *badge, None)
        left = col(head, text(facts, "caption", wrap=True), state, gap="xs")
        used = self._desk.records.state.uses_of(cohort.cohort_id)
        cap = cohort.cap
        taken = cap.spent + cap.reserved
        keys = legend(
            (Swatch("real"), say("Spent {n}", n=f"{taken:g}")),
            (Swatch("sunken", hollow=True), say("Left {units}", units=units(cap.left))),
        )
        bar = col(CapBar(taken, 0, cap.cap, height=12), keys, gap="xs")
        times = {0: say("Not used yet"), 1: say("Used in 1 study")}
        words = times.get(used, say("Used in {n} studies", n=used))
        return card(None, row((left, 1), go, gap="m"), bar, text(words, "caption", wrap=True))

    def _new(self) -> None:
        self.study_wanted.emit(None)

    def _start(self) -> None:
        wanted = self.sender().property("cohort")
        self.study_wanted.emit(self._desk.records.state.cohort(wanted))


def cap_note() -> QFrame:
    """Why renaming a file does not give a new cap."""
    words = say(
        "**The cap follows the patients, not the file.** Importing the same patients again, "
        "renamed or in another order, does not give a new cap."
    )
    mark = glyph("info", "accent", 18, ground="accent_soft")
    return framed(
        row(col(1, mark, None), (para(words), 1), gap="m"), "banner", pad=(16, 12), tone="accent"
    )
