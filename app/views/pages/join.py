"""Step 3, Join: who takes part, what is agreed on, and the start."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtWidgets import QFileDialog, QFrame, QWidget

from app.presenters.crossing import collusion_sentence, level_sentence
from app.presenters.join import JoinPhase, JoinState
from app.presenters.study import StudyPresenter
from app.presenters.wording import count, hospital_words, run_words, say, title_of, units
from app.presenters.wording.candidates import chosen_sentence
from app.presenters.wording.sites import sites_sentence
from app.settings import Settings
from app.views.page import ActionBar
from app.views.pages.carried_card import carried_card
from app.views.pages.cohort import FILE_FILTER
from app.views.pages.sites_card import SitesAsked, sites_card
from app.views.pages.step import StepPage, problem_banner
from app.views.widgets import (
    Banner,
    Button,
    Check,
    Light,
    LightState,
    Pairs,
    button,
    card,
    col,
    edit,
    field,
    framed,
    glyph,
    para,
    row,
    rule,
    text,
)
from app.views.widgets.layout import Item
from core.model.plan import Plan
from core.model.study import HospitalState, HospitalView
from core.study.site_centring import centres_sites

_PRESETS: Final = {0.4895: "strictest", 0.9946: "balanced", 1.9924: "most-detail"}


class JoinPage(StepPage):
    """Choosing partners, connecting them, reading the plan, starting."""

    def __init__(self, study: StudyPresenter, settings: Settings) -> None:
        self._back = button(say("Back"), "ghost")
        self._on = button(say("Connect the hospitals"), "primary")
        super().__init__(study, ActionBar("", self._back, self._on), help_topic="join")
        self._settings = settings
        self._shape: tuple[object, ...] = ()
        self._lights: dict[int, Light] = {}
        self._back.clicked.connect(self._to_privacy)
        self._on.clicked.connect(self._act)
        study.join.changed.connect(self.show_state)
        self.show_state()

    def show_state(self) -> None:
        """Follow the presenter."""
        state = self.study.join.state
        shape = (
            state.phase,
            state.files,
            state.compute_partner,
            state.centre_sites,
            state.carried,
            state.problem,
            state.digest,
            tuple(h.number for h in state.hospitals),
        )
        if shape != self._shape:
            self._shape = shape
            self.refill(*self._picture(state))
        for hospital in state.hospitals:
            if hospital.number in self._lights:
                self._lights[hospital.number].set_state(*_said(hospital))
        self._show_bar(state)

    def add_files(self) -> None:
        """Let the steward choose partner hospitals' files."""
        start = str(self._settings.last_folder)
        title = say("Choose partner hospitals’ files")
        paths, _kind = QFileDialog.getOpenFileNames(self, title, start, FILE_FILTER)
        if paths:
            self._settings.last_folder = Path(paths[0]).parent
            self.study.join.add_files(tuple(paths))

    # ---- pictures

    def _picture(self, state: JoinState) -> tuple[Item, ...]:
        items: list[Item] = []
        if state.problem is not None:
            items.append(problem_banner(state.problem))
        items.append(practice_banner(example=state.practice))
        if state.phase is JoinPhase.CHOOSING:
            return (
                *items,
                self._study_card(state),
                *([carried_card(state.carried)] if state.carried else []),
                self._partners_card(state),
                *self._sites_cards(state),
            )
        items.append(self._hospitals_card(state))
        if state.plan is not None:
            items.append(terms_card(state.plan, state.units))
            items.append(PlanDetails(state.explanation))
        return tuple(items)

    def _study_card(self, state: JoinState) -> QFrame:
        name = edit(state.title, say("Such as: Acute leukaemia subtypes"), longest=80)
        name.textChanged.connect(self.study.join.set_title)
        return card(
            None, field(say("Name of the study"), name, say("All hospitals see this name."))
        )

    def _sites_cards(self, state: JoinState) -> tuple[QFrame, ...]:
        level = self.study.privacy.state.level
        if level is None:
            return ()
        asked = SitesAsked(
            centred=state.centre_sites,
            patients=state.site_patients,
            epsilon=state.carried.epsilon if state.carried else level.epsilon,
            able=state.can_centre,
        )
        return (sites_card(asked, self.study.join.centre),)

    def _partners_card(self, state: JoinState) -> QFrame:
        items: list[Item] = []
        if state.practice and not state.files:
            note = say("Two simulated hospitals with their own patients stand ready.")
            items += [
                _partner_line("hospital", say("Hospital River"), say("simulated patients")),
                rule(),
                _partner_line("hospital", say("Hospital Lake"), say("simulated patients")),
            ]
        else:
            note = say(
                "Each file plays one partner hospital and is read by its own program in the same "
                "way as yours: same layout, same diagnosis column."
            )
            for number, name in enumerate(state.file_names):
                out = button(say("Remove"), "ghost", name=say("Remove {file}", file=name))
                out.setProperty("number", number)
                out.clicked.connect(self._remove)
                items += [_partner_line("file", name, say("one partner hospital"), out), rule()]
            add = button(say("Add a partner hospital’s file"), "secondary", "plus")
            add.clicked.connect(self.add_files)
            items.append(row(add, None))
        tick = Check(say("A compute partner takes part"), checked=state.compute_partner)
        tick.toggled.connect(self._set_compute_partner)
        why = para(
            say(
                "A computer without patients that only adds shares. Two hospitals need one: with "
                "two shares, each share is the plain value, so two alone are refused."
            )
        )
        items += [rule(), tick, why]
        return card(say("Partner hospitals"), *items, note=note)

    def _hospitals_card(self, state: JoinState) -> QFrame:
        items: list[Item] = []
        self._lights = {}
        for hospital in state.hospitals:
            light = Light(*_said(hospital), "caption")
            self._lights[hospital.number] = light
            items += [rule()] if items else []
            items.append(col(text(hospital_name(hospital), "strong", wrap=True), light, gap="xs"))
        if not items:
            items = [Light("busy", say("Starting the partner programs"), "body")]
        note = say("A study starts when every hospital has read its file and agreed on one plan.")
        return card(say("Hospitals"), *items, note=note)

    # ---- the bar

    def _show_bar(self, state: JoinState) -> None:
        if state.phase is JoinPhase.CHOOSING:
            self._on.set_words(say("Connect the hospitals"))
            if state.reason:
                self.bar.block(state.reason, "warn")
            else:
                n = state.n_parties
                self.bar.allow(
                    say("{n} computers would take part. Connecting spends nothing.", n=n)
                )
            return
        self._on.set_words(say("Start secure counting"))
        if state.phase is JoinPhase.PREPARING:
            self.bar.block(say("The hospitals read their files and agree on a plan."), "busy")
        elif state.phase is JoinPhase.STARTING:
            self.bar.block(say("The hospitals are starting."), "busy")
        elif state.lost:
            self.bar.block(say("Waiting for: {name}", name=state.lost[0].name), "fail")
        else:
            self.bar.allow(
                say(
                    "Starting approves this plan and reserves {units} of the cap. What is "
                    "reserved counts as spent before the first total is opened.",
                    units=units(state.units),
                )
            )

    def _act(self) -> None:
        if self.study.join.state.phase is JoinPhase.CHOOSING:
            self.study.connect_hospitals()
        else:
            self.study.start()

    def _to_privacy(self) -> None:
        if self.study.join.state.phase in (JoinPhase.PREPARING, JoinPhase.PROPOSED):
            self.study.join.leave()
        elif self.study.join.state.phase is JoinPhase.CHOOSING:
            self._show_step(1)

    def _remove(self) -> None:
        sender = self.sender()
        if isinstance(sender, Button):
            self.study.join.remove_file(int(sender.property("number")))

    def _set_compute_partner(self, wanted: bool) -> None:  # noqa: FBT001 - Qt's signal
        self.study.join.set_compute_partner(wanted=wanted)


class PlanDetails(QWidget):
    """The plan stage by stage, for whoever wants to check it; folded at first."""

    def __init__(self, explanation: tuple[str, ...]) -> None:
        super().__init__()
        self._open = button(say("Show the plan stage by stage"), "ghost", "chevron")
        self._open.setCheckable(True)
        paragraphs = [para(words) for words in explanation]
        self._lines = card(say("The plan, stage by stage"), *paragraphs, gap="m")
        self._lines.hide()
        self._open.toggled.connect(self._fold)
        self.setLayout(col(row(self._open, None), self._lines))

    def _fold(self, wanted: bool) -> None:  # noqa: FBT001 - Qt's signal
        self._lines.setVisible(wanted)
        words = (
            say("Hide the plan stage by stage") if wanted else say("Show the plan stage by stage")
        )
        self._open.set_words(words)


def practice_banner(*, example: bool) -> Banner:
    """Say openly that the partners are programs on this computer."""
    cap = (
        say("The patients are simulated; your privacy cap is not touched.")
        if example
        else say("The rules, the computation and the cap are the real ones: your units are spent.")
    )
    return Banner(
        "accent",
        say("Practice study: the partner hospitals are separate programs on this computer"),
        ("", cap),
    )


def terms_card(plan: Plan, charged: float) -> QFrame:
    """What the steward agrees to, the collusion included."""
    key = _PRESETS.get(plan.budget.epsilon, "exact")
    level = level_sentence(key, plan.budget.epsilon, plan.budget.delta, charged)
    totals = sum(stage.values for stage in plan.stages)
    records = (
        say("as many synthetic patients as the noisy total says")
        if plan.n_records is None
        else say("{n} synthetic patients", n=count(plan.n_records))
    )
    held_out = round(100 * plan.holdout_share)
    centred = centres_sites(plan.recipe_parameters, plan.candidates)
    tried = chosen_sentence(plan.candidates) if plan.candidates else ""
    return card(
        say("What you agree to"),
        Pairs(
            (say("Privacy level"), level),
            (
                say("Genes and diagnoses"),
                say(
                    "{genes} genes, {n} diagnoses: {names}",
                    genes=count(len(plan.genes)),
                    n=len(plan.classes),
                    names=", ".join(plan.classes),
                ),
            ),
            *([(say("Settings that are tried"), tried)] if tried else []),
            (say("Between laboratories"), sites_sentence(centred=centred)),
            (
                say("Opened at the end"),
                say("{n} noisy totals, then {records}", n=count(totals), records=records),
            ),
            (say("Joint computation"), run_words(plan)),
            (say("Who could break it"), collusion_sentence(plan)),
            (
                say("Kept out"),
                say(
                    "{n} of 100 of your patients never enter: they judge the result later",
                    n=held_out,
                ),
            ),
        ),
    )


def hospital_name(hospital: HospitalView) -> str:
    """Name of a party, with what it is."""
    if hospital.own:
        return say("{name} (you)", name=hospital.name)
    if not hospital.has_cohort:
        return say("{name} (no patients)", name=hospital.name)
    return hospital.name


def _said(hospital: HospitalView) -> tuple[LightState, str]:
    state, words = hospital_words(hospital.state)
    if hospital.code and hospital.state is not HospitalState.LOST:
        return state, f"{words} · {title_of(hospital.code)}"
    return state, words


def _partner_line(icon: str, name: str, what: str, *actions: QWidget) -> QFrame:
    said = col(text(name, "strong", wrap=True), text(what, "caption", wrap=True), gap="xxs")
    return framed(row(glyph(icon, "muted", 18), (said, 1), *actions, gap="m"))
