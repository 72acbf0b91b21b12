"""Studies: the list, and the first-run empty state."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QLabel

from app.presenters.desk import Desk, WorkerState
from app.presenters.flow import Step
from app.presenters.kinds import Kind
from app.presenters.lobbies import OVER, Act, act_of
from app.presenters.run import RunState
from app.presenters.wording import (
    count,
    day,
    left,
    phase_words,
    say,
    seated,
    stage_words,
    study_words,
    title_of,
    units,
    void_words,
    voided,
    waiting_sentence,
)
from app.views.page import PageHeader
from app.views.pages.live import LivePage
from app.views.pages.step import alarm_banner
from app.views.widgets import (
    STEPS,
    Banner,
    Button,
    Light,
    Pill,
    Progress,
    Skeleton,
    button,
    card,
    col,
    empty,
    para,
    row,
    text,
)
from app.views.widgets.layout import Item
from core.model.lobby import LobbyView, Phase
from core.model.study import StudyState, StudyView

_LONG_TITLE: Final = 40
_VERBS: Final = {
    Act.INVITE: "Invite hospitals",
    Act.COMPARE: "Compare words",
    Act.ACCEPT: "See who asks",
    Act.CLOSE: "Make the plan",
    Act.REPLAN: "Read the refusal",
    Act.SIGN: "Read the plan",
    Act.APPROVE: "Review approval",
    Act.RUN: "Start",
    Act.CONTINUE: "Continue",
}
_NEEDS: Final = {
    Act.INVITE: "Nobody is invited yet",
    Act.COMPARE: "Six words are to be compared by telephone",
    Act.ACCEPT: "A hospital asks to join",
    Act.CLOSE: "Everybody is here: the plan can be made",
    Act.REPLAN: "A hospital refused the plan",
    Act.SIGN: "The plan waits for your signature",
    Act.APPROVE: "Waiting for approval by a second person here",
    Act.RUN: "All have signed and approved: it can start",
    Act.CONTINUE: "Interrupted: every hospital is back, it can go on",
}
_LOST: Final = (StudyState.FAILED, StudyState.CANCELLED, StudyState.PREPARED)


class StudiesPage(LivePage):
    """Groups Needs you, Running, Finished; one card per study with one light and one verb."""

    new_wanted = Signal()
    practice_wanted = Signal()
    current_wanted = Signal()
    """The reader wants the study that is open."""
    join_wanted = Signal()
    lobby_wanted = Signal(str)
    """Key of a study between hospitals that is wanted."""
    reopen_wanted = Signal(object)
    """A `StudyView` whose results are wanted."""
    name_wanted = Signal()
    ledger_wanted = Signal()
    """The reader wants to name the hospital."""

    def __init__(self, desk: Desk, *, named: bool = True) -> None:
        """List the studies.

        Args:
            desk: Root of the presenters.
            named: Whether this hospital has a name; without one the page asks for it.
        """
        self._named = named
        self._new = button(say("New study"), "primary", "plus")
        note = say("Each study makes one synthetic data set together with other hospitals.")
        self._join = button(say("Join with invitation"), "secondary", "link")
        header = PageHeader(say("Studies"), note, self._join, self._new)
        super().__init__(header, help_topic="studies", pad=(28, 4))
        self._desk = desk
        self._shape: tuple[object, ...] = ()
        self._progress: Progress | None = None
        self._light: Light | None = None
        self._new.clicked.connect(self.new_wanted)
        self._join.clicked.connect(self.join_wanted)
        study = desk.study
        for presenter in (
            desk.records,
            desk.ledger,
            study,
            study.run,
            study.cohort,
            study.lobbies,
            desk,
        ):
            presenter.changed.connect(self.show_state)
        self.show_state()

    def show_state(self) -> None:
        """Follow the presenters."""
        desk = self._desk
        flow, run = desk.study.flow, desk.study.run.state
        lists = desk.records.state
        shape = (
            lists.studies,
            desk.ledger.state.alarm,
            desk.study.lobbies.state.lobbies,
            flow,
            desk.study.kind,
            desk.study.title,
            run.phase,
            desk.state.worker,
        )
        if shape != self._shape:
            self._shape = shape
            self.refill(*self._build())
        if run.active and self._progress is not None and self._light is not None:
            words = running_words(run)
            self._progress.set_fraction(run.fraction, words)
            self._light.set_state("busy", words)
        ready = desk.state.worker is WorkerState.READY
        self._new.set_blocked(self._why_not(ready=ready))
        self._join.set_blocked(self._why_not(ready=ready))

    def _why_not(self, *, ready: bool) -> str | None:
        if not ready:
            return say("The background program is not ready")
        if self._desk.study.busy:
            return say("A study is running; wait for it or cancel it")
        if self._desk.records.state.ledger_is_broken:
            return say("The privacy ledger was changed; new studies are blocked")
        return None

    def _build(self) -> tuple[Item, ...]:
        self._progress = self._light = None
        listed = self._desk.records.state.studies
        open_one = self._open_study()
        lobbies = self._lobbies()
        some = bool(listed) or open_one is not None or bool(lobbies)
        self._new.setVisible(some)
        self._join.setVisible(some)
        if listed is None:
            return (card(None, Skeleton(3)),)
        items: list[Item] = []
        alarm = self._desk.ledger.state.alarm
        if alarm is not None:
            look = button(say("Open the privacy ledger"), "primary", "ledger")
            look.clicked.connect(self.ledger_wanted)
            items.append(alarm_banner(alarm, look))
        digest = self._desk.study.run.state.digest if self._desk.study.run.state.active else ""
        done = [s for s in listed if s.state is StudyState.FINISHED]
        going_on = {v.plan_digest for v in lobbies if v.phase is Phase.INTERRUPTED}
        listed = tuple(s for s in listed if s.digest not in going_on or s.state not in _LOST)
        lost = [s for s in listed if s.state in _LOST]
        lost += [s for s in listed if s.state is StudyState.RUNNING and s.digest != digest]
        if open_one is None and not done and not lost and not lobbies:
            return *items, *self._nothing_yet()
        gone = [v for v in lobbies if v.phase in (Phase.FAILED, Phase.ENDED)]
        released = [self._lobby(v) for v in lobbies if v.phase is Phase.FINISHED]
        going = [v for v in lobbies if v.phase not in OVER]
        running = [self._lobby(v) for v in going if v.phase is Phase.RUNNING]
        acting = [v for v in going if act_of(v) is not Act.WAIT]
        needing = [self._lobby(v, first=n == 0) for n, v in enumerate(acting)]
        waiting = [
            self._lobby(v) for v in going if act_of(v) is Act.WAIT and v.phase is not Phase.RUNNING
        ]
        if open_one is not None:
            (running if digest else needing).insert(0, open_one)
        for title, cards in (
            (say("Needs you"), needing),
            (say("Running"), running),
            (say("Waits for others"), waiting),
        ):
            if cards:
                items += [_heading(title), *cards]
        if done or released:
            items += [_heading(say("Finished")), *released, *[self._finished(s) for s in done]]
        if lost or gone:
            items += [_heading(say("Ended early")), *[self._lobby(v) for v in gone]]
            items += [self._lost(s) for s in lost]
        if not done and open_one is None:
            items.append(self._practice())
        return tuple(items)

    def _nothing_yet(self) -> tuple[Item, ...]:
        new = button(say("New study"), "primary", "plus")
        new.clicked.connect(self.new_wanted)
        new.set_blocked(self._why_not(ready=self._desk.state.worker is WorkerState.READY))
        words = say(
            "A study lets several hospitals create synthetic patients together. No hospital sees "
            "another hospital’s patients, and yours never leave this computer."
        )
        join = button(say("Join with invitation"), "secondary", "link")
        join.clicked.connect(self.join_wanted)
        join.set_blocked(self._why_not(ready=self._desk.state.worker is WorkerState.READY))
        box = empty("studies", say("No studies yet"), words, join, new)
        if self._named:
            box.setMinimumHeight(300)
            return box, self._practice()
        return self._ask_name(), box, self._practice()

    def _ask_name(self) -> Banner:
        name = button(say("Name this hospital"))
        name.clicked.connect(self.name_wanted)
        words = say("The other hospitals of a study see it. You can practise without a name.")
        title = say("For which hospital does this computer act?")
        return Banner("accent", title, ("", words), actions=(name,))

    def _practice(self) -> QFrame:
        start = button(say("Start the practice study"))
        start.clicked.connect(self.practice_wanted)
        start.set_blocked(self._why_not(ready=self._desk.state.worker is WorkerState.READY))
        words = say(
            "Run a complete study with simulated patients and partner hospitals on this computer. "
            "It takes a few minutes and uses none of your privacy cap."
        )
        return card(say("Practise first"), para(words), row(start, None))

    def _open_study(self) -> QFrame | None:
        study, run = self._desk.study, self._desk.study.run.state
        flow = study.flow
        if flow is None or study.past is not None or (run.over and flow.reached is Step.RESULTS):
            return None
        if study.lobby is not None and not run.active:
            return None  # it stands among the studies between hospitals
        if study.kind is Kind.JOIN:
            return self._open_invitation()
        step = flow.reached
        badge = say("Step {n} of 5 · {name}", n=step + 1, name=say(STEPS[step]))
        go = button(
            say("Open") if run.active else say("Continue"),
            "primary" if not run.active else "secondary",
            name=say("Continue, {title}", title=study.title),
        )
        go.clicked.connect(self.current_wanted)
        if run.active:
            self._light = Light("busy", running_words(run))
            self._progress = Progress(run.fraction, running_words(run))
            who = say("With {names}", names=", ".join(h.name for h in run.hospitals if not h.own))
            lines: list[Item] = [text(who, "muted", wrap=True), self._light, self._progress]
        elif run.over:
            lines = [Light("fail", say("The run ended early"))]
        else:
            lines = [Light("warn", say("Waiting for you. Nothing is spent yet."))]
        return _card(study.title, Pill(badge, "accent"), lines, go)

    def _open_invitation(self) -> QFrame:
        view = self._desk.study.invited.state.view
        title = self._desk.study.title
        go = button(say("Read invitation"), name=say("Read invitation, {title}", title=title))
        go.clicked.connect(self.current_wanted)
        who = (
            say("From {name} · invitation ends on {day}", name=view.coordinator,
                day=day(view.expires))
            if view is not None
            else ""
        )  # fmt: skip
        said = Light("idle", say("Not answered yet. Nothing about your data was shared."))
        badge = Pill(say("Invitation"), "accent")
        return _card(title, badge, [text(who, "muted", wrap=True), said], go)

    def _lobbies(self) -> tuple[LobbyView, ...]:
        """Studies between hospitals that do not stand on the page already, as run or as result."""
        run, listed = self._desk.study.run.state, self._desk.records.state.studies
        shown = {s.digest for s in listed or () if s.state is not StudyState.RUNNING}
        if run.active:
            shown.add(run.digest)
        return tuple(
            v
            for v in self._desk.study.lobbies.state.lobbies or ()
            if not (v.plan_digest in shown and (v.phase in OVER or v.phase is Phase.RUNNING))
        )

    def _lobby(self, view: LobbyView, *, first: bool = False) -> QFrame:
        act = act_of(view)
        others = ", ".join(p.name for p in seated(view) if not p.own)
        who = say("With {names}", names=others) if others else say("Nobody has joined yet")
        light, words = phase_words(view)
        if voided(view) and view.phase not in OVER:
            light, words = "warn", " ".join(void_words(view))
        elif act in _NEEDS:
            light, words = "warn", say(_NEEDS[act])
        elif view.phase in OVER:
            words = f"{words} · {view.reason}" if view.reason else words
        elif waiting_sentence(view):
            words = waiting_sentence(view)
        badge = Pill(say("Step 3 of 5 · Join"), "accent")
        if view.phase is Phase.RUNNING:
            badge = Pill(say("Step 4 of 5 · Run"), "accent")
        elif view.phase is Phase.FINISHED:
            badge = Pill(say("Released"), "ok", "check")
        elif view.phase in OVER:
            badge = Pill(say("Ended early"))
        verb = say(_VERBS[act]) if act in _VERBS else say("Open")
        go = button(verb, "primary" if first else "secondary", name=f"{verb}, {view.terms.title}")
        go.setProperty("study", view.study_id)
        go.clicked.connect(self._open_lobby)
        lines: list[Item] = [text(who, "muted", wrap=True), Light(light, words, wrap=True)]
        return _card(view.terms.title, badge, lines, go)

    def _open_lobby(self) -> None:
        self.lobby_wanted.emit(self.sender().property("study"))

    def _finished(self, study: StudyView) -> QFrame:
        go = button(say("Open results"), name=say("Open results, {title}", title=study.title))
        go.setProperty("digest", study.digest)
        go.clicked.connect(self._reopen)
        who = say(
            "{names} · finished on {day}",
            names=", ".join(study.hospitals),
            day=day(study.finished),
        )
        said = say(
            "{genes} genes, {n} diagnoses · used {units} of the lifetime cap",
            genes=count(study.n_genes),
            n=len(study.classes),
            units=units(study.units),
        )
        lines: list[Item] = [text(who, "muted", wrap=True), Light("ok", said, wrap=True)]
        return _card(study.title, Pill(say("Released"), "ok", "check"), lines, go)

    def _lost(self, study: StudyView) -> QFrame:
        light, words = study_words(study.state)
        if study.state is StudyState.RUNNING:
            light, words = "warn", say("Interrupted when the application ended")
        why = f"{words} · {title_of(study.code)}" if study.code else words
        cap = (
            say("Its {units} count as spent.", units=units(study.units))
            if study.spent or study.state is StudyState.RUNNING
            else say("None of the cap was used.")
        )
        when = say("Started on {day}. {cap}", day=day(study.started), cap=cap)
        lines: list[Item] = [Light(light, why, wrap=True), text(when, "muted", wrap=True)]
        return _card(study.title, Pill(say("Ended early")), lines, None)

    def _reopen(self) -> None:
        digest = self.sender().property("digest")
        for study in self._desk.records.state.studies or ():
            if study.digest == digest:
                self.reopen_wanted.emit(study)


def running_words(run: RunState) -> str:
    """Say what a run is doing in one line."""
    current = run.current
    what = stage_words(current.name).title if current is not None else say("Counting securely")
    return say("{what} · {left}", what=what, left=left(run.seconds_left).lower())


def _heading(words: str) -> QLabel:
    return text(words, "label", "text")


def _card(title: str, badge: Pill, lines: list[Item], action: Button | None) -> QFrame:
    long = len(title) > _LONG_TITLE
    name = text(title, "h2", wrap=long)
    head = row((name, 1), badge) if long else row(name, badge, None)
    acts: tuple[Item, ...] = () if action is None else (16, action)
    return card(None, row((col(head, *lines, gap="s"), 1), *acts, gap="l"))
