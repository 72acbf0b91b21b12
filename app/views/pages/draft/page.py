"""Step 3 of a study that this hospital begins: written down once, for everybody to read."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtWidgets import QFileDialog, QFrame, QWidget

from app.presenters.connection import ConnectionPresenter
from app.presenters.crossing import level_sentence
from app.presenters.draft_state import RECIPES, TITLE_MAX, DraftState
from app.presenters.study import StudyPresenter
from app.presenters.wording import say
from app.settings import Settings
from app.views.page import ActionBar
from app.views.pages.draft.candidates_card import CandidatesCard
from app.views.pages.draft.expectation_card import ExpectationCard
from app.views.pages.draft.genes_said import genes_said
from app.views.pages.draft.judging_card import JudgingCard
from app.views.pages.draft.meeting_card import MeetingCard
from app.views.pages.joint_terms import statements
from app.views.pages.reference_card import ReferenceCards
from app.views.pages.sites_card import SitesAsked, sites_card
from app.views.pages.step import StepPage, step_problem
from app.views.widgets import (
    Check,
    Field,
    Light,
    Pairs,
    Segments,
    button,
    card,
    col,
    comment,
    edit,
    field,
    para,
    row,
    side,
    spin,
    text,
)
from app.views.widgets.layout import Item
from core.model.budget import PRESETS
from core.model.invitation import MAX_PURPOSE
from core.model.plan import MAX_LICENCE, Attestation

_NAMES: Final = {epsilon: level.value for level, epsilon in PRESETS}
_WAYS: Final = {
    "moments": "More useful at every privacy level, with log2 expression and a table of genes "
    "that differ between diagnoses.",
    "marginals": "Simpler to explain: counts per diagnosis and quarter of each gene. Genes that "
    "move together are lost.",
}
_PATIENTS_MAX: Final = 1_000_000
_PATIENTS_DEFAULT: Final = 1_000
LIST_FILTER: Final = "Gene lists (*.txt *.csv *.tsv);;All files (*)"


class DraftPage(StepPage):
    """Fields keep what is typed; only what depends on a choice is built again."""

    def __init__(
        self, study: StudyPresenter, settings: Settings, connection: ConnectionPresenter
    ) -> None:
        self._back = button(say("Back"), "ghost")
        self._here = button(say("Rehearse here instead"), "secondary")
        on = button(say("Create the study"), "primary")
        super().__init__(study, ActionBar("", self._back, self._here, on), help_topic="create")
        self._settings = settings
        self._candidates = CandidatesCard(study.draft)
        self._meeting = MeetingCard(self, study.draft, settings, connection)
        self._expectation = ExpectationCard(self, study)
        self._shape: tuple[object, ...] = ()
        self._reference = ReferenceCards(self, study.draft.reference, settings)
        self._class_field: Field | None = None
        self._gene_light: Light | None = None
        self._judging: JudgingCard | None = None
        self._back.clicked.connect(self._to_privacy)
        self._here.clicked.connect(study.rehearse_here)
        on.clicked.connect(study.draft.create)
        study.draft.changed.connect(self.show_state)
        study.draft.reference.changed.connect(self.show_state)
        study.draft.forecast.changed.connect(self.show_state)
        connection.changed.connect(self._follow_relay)
        self.show_state()

    def show_state(self) -> None:
        """Follow the presenter."""
        state = self.study.draft.state
        fixed = (state.problem, state.own_genes, state.own_labels, state.gene_file)
        shape = (
            *fixed,
            *(state.recipe, state.n_records is None, state.cohort_id, state.judging),
            *(state.centre_sites, state.reference, state.without_patients and state.epsilon),
            state.centre_sites and self._epsilon(state),
            *self._candidates.shape,
            *self._meeting.shape,
            *self._reference.shape,
        )
        if shape != self._shape:
            self._shape = shape
            self.refill(*self._picture(state))
        self._show_checks(state)
        if state.sending:
            self.bar.block(say("The study is being made."), "busy")
        elif state.reason:
            self.bar.block(state.reason)
        else:
            self.bar.allow(say("Creating invites nobody yet. You hand out invitations next."))

    def choose_list(self) -> None:
        """Let the steward choose a list of genes."""
        start = str(self._settings.last_folder)
        path, _kind = QFileDialog.getOpenFileName(self, say("Choose the gene list"), start,
                                                  LIST_FILTER)  # fmt: skip
        if path:
            self._settings.last_folder = Path(path).parent
            self.study.draft.take_gene_file(path)

    def _picture(self, state: DraftState) -> tuple[Item, ...]:
        items: list[Item] = []
        if state.problem is not None:
            items.append(step_problem(self, state.problem))
        return (
            *items,
            self._about(state),
            self._content(state),
            self._reference.card(),
            self._result(state),
            self._candidates.card(state),
            self._expectation.card(state),
            self._sites(state),
            self._judging_card(state),
            self._meeting.card(),
            card(
                say("What this hospital states"),
                *statements(state.needed, state.attested, self._attest),
                note=say("It will stand in the plan that all hospitals sign."),
            ),
        )

    def _judging_card(self, state: DraftState) -> QFrame:
        write = self.study.draft.write
        needed = say("The settings need it.") if state.candidates else ""
        self._judging = JudgingCard(
            state.judging, lambda asked: write(judging=asked), needed=needed
        )
        self._follow_forecast()
        return self._judging.frame

    def _follow_forecast(self) -> None:
        self._expectation.show(self.study.draft.state)
        self._candidates.follow()
        if self._judging is not None:
            self._judging.follow(self.study.draft.forecast.state.shown)

    def _about(self, state: DraftState) -> QFrame:
        write = self.study.draft.write
        title = edit(state.title, say("Such as: Acute leukaemia subtypes"), longest=TITLE_MAX)
        title.textChanged.connect(lambda words: write(title=words))
        purpose = comment(say("What is to be found out, and who will use the result"), lines=3)
        purpose.setPlainText(state.purpose)
        purpose.textChanged.connect(lambda: write(purpose=purpose.toPlainText()[:MAX_PURPOSE]))
        licence = edit(state.licence, longest=MAX_LICENCE)
        licence.textChanged.connect(lambda words: write(licence=words))
        level = level_sentence(
            _NAMES.get(state.epsilon, "exact"), state.epsilon, state.delta, state.units
        )
        return card(
            say("About the study"),
            field(say("Name of the study"), title),
            field(
                say("Purpose in plain words"), purpose, say("Invited hospitals read this first.")
            ),
            field(
                say("Licence of the released table, if you choose one"),
                licence,
                say("Such as: CC BY 4.0. All hospitals sign it with the plan."),
            ),
            *self._level(state, level),
        )

    def _level(self, state: DraftState, level: str) -> tuple[Item, ...]:
        """The level that the step before chose; without patients it is chosen here."""
        if not state.without_patients:
            facts = ((say("Privacy level"), level), (say("Your cohort"), state.cohort_name))
            return (Pairs(*facts),)
        title = say("Privacy level")
        names = (say("Strictest"), say("Balanced"), say("Most detail"))
        chosen = [epsilon for _level, epsilon in PRESETS].index(state.epsilon)
        choice = Segments(title, *names, chosen=chosen)
        choice.chosen.connect(lambda n: self.study.draft.set_level(PRESETS[n][0]))
        none = say("none: this computer coordinates and only adds shares, without patients")
        facts = ((say("What it means"), level), (say("Your cohort"), none))
        return (col(text(title, "label", "text"), row(choice, None), gap="xs"), Pairs(*facts))

    def _content(self, state: DraftState) -> QFrame:
        write = self.study.draft.write
        label = edit(state.label_name, longest=100)
        label.textChanged.connect(lambda words: write(label_name=words))
        names = comment(say("One diagnosis per line"), lines=5)
        names.setPlainText(state.classes)
        names.textChanged.connect(lambda: write(classes=names.toPlainText()))
        self._class_field = field(
            say("Diagnoses"),
            names,
            say("All hospitals use these names. Add what only others have."),
        )
        source = self._source(state)
        self._gene_light = Light("idle", "", "caption", wrap=True)
        why = para(
            say(
                "Genes are taken by name only. Choosing them by their values would tell about "
                "your patients."
            )
        )
        heading = field(say("Diagnosis column is called"), label, say("In the synthetic file."))
        genes = col(text(say("Genes"), "label", "text"), row(source, None), self._gene_light,
                    why, gap="xs")  # fmt: skip
        left = QWidget()
        left.setLayout(col(heading, 8, genes))
        return card(say("Genes and diagnoses"), side((left, 3), (self._class_field, 2)))

    def _source(self, state: DraftState) -> QWidget:
        """Where the genes come from; without patients only a list can say them."""
        if state.without_patients:
            words = say("Choose another list") if state.gene_file else say("Choose a gene list")
            choose = button(words, "secondary", "file")
            choose.clicked.connect(self.choose_list)
            return choose
        source = Segments(
            say("Genes"),
            say("Columns of your file"),
            say("A list from a file"),
            chosen=int(bool(state.gene_file)),
        )
        source.chosen.connect(self._choose_source)
        return source

    def _result(self, state: DraftState) -> QFrame:
        write = self.study.draft.write
        way = Segments(
            say("How they are made"),
            say("Averages and common patterns"),
            say("Each gene by itself"),
            chosen=RECIPES.index(state.recipe),
        )
        way.chosen.connect(lambda n: self.study.draft.choose_recipe(RECIPES[n]))
        noisy = Check(
            say("As many as the noisy total of all patients says"),
            checked=state.n_records is None,
        )
        noisy.toggled.connect(lambda on: write(n_records=None if on else _PATIENTS_DEFAULT))
        items: list[Item] = [
            col(text(say("How they are made"), "label", "text"), row(way, None), gap="xs"),
            para(say(_WAYS[state.recipe])),
        ]
        if state.candidates:
            items = [para(say("How they are made, and of how many genes, is chosen below."))]
        items.append(noisy)
        fields: list[tuple[QWidget, int]] = []
        if state.n_records is not None:
            exact = spin(1, _PATIENTS_MAX, state.n_records)
            exact.valueChanged.connect(lambda n: write(n_records=n))
            fields.append((field(say("Synthetic patients"), exact), 1))
        most = spin(1, _PATIENTS_MAX, state.n_max)
        most.valueChanged.connect(lambda n: write(n_max=n))
        fields.append(
            (
                field(
                    say("Most patients of one hospital"),
                    most,
                    say("Choose it with room to spare. Type it; it is never counted."),
                ),
                1,
            )
        )
        return card(say("Synthetic patients"), *items, side(*fields))

    def _epsilon(self, state: DraftState) -> float:
        """With what the table, or each of several, is made."""
        return self.study.draft.forecast.state.epsilon or state.epsilon

    def _sites(self, state: DraftState) -> QFrame:
        asked = SitesAsked(
            centred=state.centre_sites,
            patients=state.site_patients,
            epsilon=self._epsilon(state),
            able=state.can_centre,
        )
        return sites_card(asked, self.study.draft.centre_sites)

    def _follow_relay(self) -> None:
        self._meeting.follow_relay()
        self.show_state()

    def _show_checks(self, state: DraftState) -> None:
        if self._class_field is not None:
            wrong = state.wrong_classes
            self._class_field.set_error(wrong if wrong and state.own_labels else None)
        self._here.setVisible(not state.without_patients)
        self._meeting.show()
        self._follow_forecast()
        if self._gene_light is not None:
            self._gene_light.set_state(*genes_said(state))

    def _choose_source(self, number: int) -> None:
        if number == 0:
            self.study.draft.take_own_genes()
            return
        self.choose_list()
        if not self.study.draft.state.gene_file:
            self._shape = ()
            self.show_state()

    def _attest(self, statement: Attestation, stated: bool) -> None:  # noqa: FBT001 - a tick
        self.study.draft.attest(statement, stated=stated)

    def _to_privacy(self) -> None:
        self._show_step(1)
