"""Step 4, Run: stages, time left, hospitals, what is happening; failure and cancel."""

from __future__ import annotations

from typing import Final, assert_never

from PySide6.QtWidgets import QBoxLayout, QFrame

from app.presenters.run import RunPhase, RunState, StageState
from app.presenters.selection import chosen_words
from app.presenters.study import StudyPresenter
from app.presenters.together import awaited, awaited_sentence, hospital_said
from app.presenters.wording import (
    count,
    duration,
    left,
    say,
    size,
    stage_words,
    step_words,
    time_of_day,
    units,
)
from app.presenters.wording.connection import concerns_connection
from app.theme import current_theme
from app.views.dialogs.cancel import CancelDialog
from app.views.page import ActionBar
from app.views.pages.join import hospital_name
from app.views.pages.step import StepPage, check_button
from app.views.widgets import (
    Banner,
    Button,
    Light,
    Para,
    Progress,
    Stage,
    Timeline,
    announce,
    button,
    card,
    col,
    framed,
    para,
    row,
    rule,
    text,
)
from app.views.widgets.layout import Item
from core.model.release import Release
from core.model.study import HospitalView

_STAGE_LIGHT: Final = {"ok": "ok", "busy": "busy", "fail": "fail", "idle": "idle"}


class RunPage(StepPage):
    """One page for the whole run; numbers are set on it several times a second."""

    def __init__(self, study: StudyPresenter) -> None:
        self._stop = button(say("Cancel run"), "danger")
        self._see = button(say("See results"), "primary")
        bar = ActionBar("", *self._more_actions(), self._stop, self._see)
        super().__init__(study, bar, help_topic="run")
        self._phase: RunPhase | None = None
        self._stage_seen = ""
        self._shape: tuple[object, ...] = ()
        self._stop.clicked.connect(self._ask_cancel)
        self._see.clicked.connect(study.forward)
        study.run.changed.connect(self.show_state)
        self.show_state()

    def show_state(self) -> None:
        """Follow the presenter: rebuild when the phase changes, else set numbers."""
        state = self.study.run.state
        shape = self._shape_of(state)
        if shape != self._shape:
            first = self._phase is not state.phase
            self._phase, self._shape = state.phase, shape
            self.refill(*self._build(state))
            if first and state.over:
                bad = state.phase is not RunPhase.FINISHED
                announce(self, self._hero.text(), assertive=bad)
        self._show_numbers(state)
        self._show_bar(state)

    def _more_actions(self) -> tuple[Button, ...]:
        """Further buttons of the bar."""
        return ()

    def _shape_of(self, state: RunState) -> tuple[object, ...]:
        """What the page is built again for; numbers are set on it."""
        return (state.phase, state.continued, *(h.number for h in state.hospitals))

    def _notices(self, state: RunState) -> list[Item]:
        """What stands above everything else."""
        if state.phase not in (RunPhase.FAILED, RunPhase.CANCELLED):
            return []
        back = button(say("Back to all studies"))
        back.clicked.connect(self._leave)
        return [failure_banner(state, back, *self._checks(state))]

    def _build(self, state: RunState) -> tuple[Item, ...]:
        self._hero = text("", "figure", wrap=True)
        self._when = text("", "caption", wrap=True)
        self._percent = text("", "figure", "accent")
        self._progress = Progress(0.0, say("Progress"))
        self._line = Timeline()
        self._now: Para = para("")
        hero = card(
            None,
            row((col(self._hero, self._when, gap="xs"), 1), self._percent, gap="m"),
            self._progress,
        )
        stages = card(say("Stages"), self._line)
        hospitals = self._hospitals_card(state)
        if current_theme().tokens.stacked:
            body: QBoxLayout = col(stages, hospitals, gap="m")
        else:
            body = row((stages, 3), (col(hospitals, None, gap="none"), 2), gap="m")
        items = [*self._notices(state), hero, body]
        if not state.over:
            items.append(card(say("What is happening now"), self._now, gap="xs"))
        return tuple(items)

    def _checks(self, state: RunState) -> tuple[Button, ...]:
        """Offer the connection doctor after a run between hospitals lost somebody."""
        code = state.problem.code if state.problem is not None else ""
        between = self.study.lobby is not None
        return (check_button(self),) if between and concerns_connection(code) else ()

    def _hospitals_card(self, state: RunState) -> QFrame:
        items: list[Item] = []
        self._rows: dict[int, tuple[Light, HospitalView]] = {}
        for hospital in state.hospitals:
            light = Light("idle", "", "caption")
            self._rows[hospital.number] = (light, hospital)
            items += [rule()] if items else []
            name = text(hospital_name(hospital), "body", wrap=True)
            items.append(framed(col(name, light, gap="xs")))
        return card(say("Hospitals"), *items, gap="s")

    # ---- numbers

    def _show_numbers(self, state: RunState) -> None:
        share = state.fraction
        hero, when = _hero(state)
        self._hero.setText(hero)
        self._when.setText(when)
        percent = f"{int(100 * share)} %"
        self._percent.setText(percent if state.stages else "")
        known = share if state.stages else None
        self._progress.set_fraction(known, say("{percent}, {left}", percent=percent, left=hero))
        if state.phase in (RunPhase.FAILED, RunPhase.CANCELLED):
            self._progress.set_ink("danger")
        self._line.set_stages(timeline(state))
        for hospital in state.hospitals:
            if hospital.number in self._rows:
                self._rows[hospital.number][0].set_state(*hospital_said(hospital, state))
        current = state.current
        words = stage_words(current.name).now if current is not None else _waiting_words(state)
        self._now.set_words(" ".join(part for part in (words, awaited_sentence(state)) if part))
        if current is not None and current.name != self._stage_seen:
            self._stage_seen = current.name
            announce(self, stage_words(current.name).title)

    def _show_bar(self, state: RunState) -> None:
        over = state.over
        self._stop.setVisible(not over)
        blocked = None if state.phase is RunPhase.RUNNING else say("The run is being stopped")
        if state.phase is RunPhase.WAITING:
            blocked = say("The run has not started yet")
        self._stop.set_blocked(blocked)
        if state.phase is RunPhase.FINISHED:
            self.bar.allow(say("The synthetic patients are on this computer."), "ok")
            return
        why = say("Opens when the run is done")
        if over:
            why = say("The run has not finished, so there are no results.")
        self.bar.block(_cost(state), None)
        self._see.set_blocked(why)

    def _ask_cancel(self) -> None:
        dialog = CancelDialog(self, self.study.run.state)
        dialog.accepted.connect(self.study.run.cancel)
        dialog.open()


def _hero(state: RunState) -> tuple[str, str]:
    """The largest words, and the line below them."""
    began = time_of_day(state.started) if state.started else ""
    if state.phase is RunPhase.RUNNING:
        return _running_hero(state, began)
    match state.phase:
        case RunPhase.WAITING:
            return say("Connecting the hospitals"), say("The first shares leave in a moment.")
        case RunPhase.CANCELLING:
            return say("Stopping at every hospital"), say("Started {time}", time=began)
        case RunPhase.FINISHED:
            took = duration(state.ended - state.started)
            ended = time_of_day(state.ended)
            return say("Done"), say(
                "Started {began} · finished {ended} · {took}", began=began, ended=ended, took=took
            )
        case RunPhase.FAILED | RunPhase.CANCELLED:
            ended = time_of_day(state.ended)
            return say("Stopped at {time}", time=ended), say("Started {time}", time=began)
    assert_never(state.phase)


def _running_hero(state: RunState, began: str) -> tuple[str, str]:
    if state.overdue:
        slow = ", ".join(h.name for h in awaited(state))
        words = (
            say("Started {time} · waiting for {name}", time=began, name=slow)
            if slow
            else say("Started {time} · this computer may be busy with other programs", time=began)
        )
        return say("Longer than expected"), words
    going_on = say("you can keep working or lock the screen")
    if state.seconds_left < 0:
        if not state.predicted_s:
            return left(-1), say("Started {time} · {more}", time=began, more=going_on)
        return left(-1), say(
            "Started {time} · predicted from the plan: {about} · {more}",
            time=began,
            about=duration(state.predicted_s),
            more=going_on,
        )
    end = time_of_day(state.now + state.seconds_left)
    return left(state.seconds_left), say(
        "Started {began} · expected end {end} · {more}", began=began, end=end, more=going_on
    )


def timeline(state: RunState) -> tuple[Stage, ...]:
    """The stages as lines: connecting before, drawing patients after."""
    begun = any(s.state != "idle" for s in state.stages)
    failed = state.phase in (RunPhase.FAILED, RunPhase.CANCELLED)
    n = len(state.hospitals)
    first = "ok" if begun or state.phase is RunPhase.FINISHED else "fail" if failed else "busy"
    lines = [
        Stage(
            state=first,  # type: ignore[arg-type]
            title=say("Hospitals connected and identified"),
            detail=say("{n} of {n}, over encrypted connections", n=n) if first == "ok" else "",
        )
    ]
    lines += [_stage_line(s) for s in state.stages]
    all_open = bool(state.stages) and all(s.state == "ok" for s in state.stages)
    made = state.release is not None
    last = "ok" if made else "idle"
    if all_open and not made:
        last = "fail" if failed else "busy"
    detail = _drawn(state.release) if state.release else ""
    lines.append(
        Stage(
            state=last,  # type: ignore[arg-type]
            title=say("Synthetic patients drawn"),
            detail=detail,
        )
    )
    return tuple(lines)


def _drawn(release: Release) -> str:
    """Say how many there are, and of which setting."""
    n = say("{n} synthetic patients", n=count(release.n_records))
    if release.selection is None:
        return n
    return say("{chosen}: {n}", chosen=chosen_words(release.selection), n=n)


def _stage_line(stage: StageState) -> Stage:
    title = stage_words(stage.name).title
    if stage.kept:
        detail = say("{n} noisy totals, kept from the run before", n=count(stage.values))
        note = ""
    elif stage.state == "ok":
        detail = say(
            "opened: {n} noisy totals, {bytes} sent",
            n=count(stage.values),
            bytes=size(stage.bytes_sent),
        )
        note = duration(stage.seconds)
    elif stage.state == "busy" and stage.step:
        detail = step_words(
            stage.step, count(stage.done), count(stage.total), own_noise=stage.own_noise
        )
        note = ""
    elif stage.state == "fail":
        detail = (
            say("stopped; {n} noisy totals of this stage were opened", n=count(stage.opened))
            if stage.opened
            else say("stopped; nothing of this stage was opened")
        )
        note = say("stopped")
    else:
        detail, note = say("{n} totals", n=count(stage.values)), ""
    return Stage(state=_STAGE_LIGHT[stage.state], title=title, detail=detail, note=note)  # type: ignore[arg-type]


def _waiting_words(state: RunState) -> str:
    if state.phase is RunPhase.CANCELLING:
        return say("Every hospital is told to stop. What was opened before stays opened.")
    if state.stages and all(s.state == "ok" for s in state.stages):
        return say(
            "All noisy totals are open. From them alone the synthetic patients are drawn and "
            "checked at every hospital; this uses nothing more of the privacy cap."
        )
    return say(
        "The computers show each other their certificates and compare the fingerprint of the "
        "plan. No number about a patient has left."
    )


def _cost(state: RunState) -> str:
    if state.spent and state.units:
        return say("This study has spent {units} of the cap.", units=units(state.units))
    if state.continued is not None and state.units == 0:
        return say("Going on uses nothing more: the units of this study were spent before.")
    if state.over:
        if state.spent:
            return say("The units of this study count as spent.")
        return say("None of the privacy cap was used.")
    return say("The units you reserved count as spent before the first total is opened.")


def failure_banner(state: RunState, *actions: Button) -> Banner:
    """What happened to the run, to the cap, and what can be done."""
    problem = state.problem
    at = time_of_day(state.ended)
    cap = (
        say("The units of this study **count as spent**, because shares had been sent.")
        if state.spent
        else say("Nothing was sent that could be opened, so **none of the cap was used**.")
    )
    if state.phase is RunPhase.CANCELLED:
        return Banner(
            "warn",
            say("The run was cancelled at {time}", time=at),
            (
                say("What happened."),
                say("You stopped it; every hospital was told and stopped too."),
            ),
            (say("Privacy cap."), cap),
            (say("What you can do."), say("Start a new study when you want to run it again.")),
            actions=actions,
        )
    what = problem.text if problem is not None else say("The computation ended early.")
    remedy = say("Start a new study. It needs its own units of the cap.")
    if not state.spent:
        remedy = say("Start the study again; it will take the same units only once.")
    return Banner(
        "danger",
        say(
            "{title} at {time}",
            title=problem.title if problem else say("The run stopped"),
            time=at,
        ),
        (say("What happened."), what),
        (say("Privacy cap."), cap),
        (say("What you can do."), remedy),
        actions=actions,
        details=problem.details if problem is not None else "",
    )
