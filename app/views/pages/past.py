"""A step that is done: what was decided in it, to be read and not to be changed."""

from __future__ import annotations

from app.presenters.crossing import level_sentence
from app.presenters.flow import Step
from app.presenters.records import RecordsPresenter
from app.presenters.study import StudyPresenter
from app.presenters.wording import (
    count,
    duration,
    moment,
    say,
    size,
    stage_words,
    study_words,
    units,
)
from app.views.page import ActionBar
from app.views.pages.join import PlanDetails, terms_card
from app.views.pages.step import StepPage
from app.views.widgets import Column, Light, Pairs, Skeleton, Table, button, card
from app.views.widgets.layout import Item
from core.model.budget import DEFAULT_DELTA, PRESETS
from core.model.plan import Plan
from core.model.release import Release

_NAMES = {epsilon: level.value for level, epsilon in PRESETS}


class PastStepPage(StepPage):
    """Facts only; the way on is the way forward."""

    def __init__(self, study: StudyPresenter, records: RecordsPresenter) -> None:
        on = button(say("Go on"), "primary")
        sentence = say("This step is done: all hospitals hold the plan that came out of it.")
        super().__init__(study, ActionBar(sentence, on), help_topic="studies")
        self._records = records
        on.clicked.connect(study.forward)
        study.results.changed.connect(self.show_state)
        records.changed.connect(self.show_state)
        self.show_state()

    def show_state(self) -> None:
        """Show what is known."""
        flow = self.study.flow
        step = flow.shown if flow is not None else Step.COHORT
        build = {
            Step.COHORT: self._cohort,
            Step.PRIVACY: self._privacy,
            Step.JOIN: self._join,
            Step.RUN: self._run,
        }[step if step < Step.RESULTS else Step.RUN]
        self.refill(*build())

    @property
    def _plan(self) -> Plan | None:
        ready = self.study.results.state.ready
        return ready.plan if ready is not None else self.study.join.state.plan

    @property
    def _charged(self) -> float:
        past = self.study.past
        return past.units if past is not None else self.study.join.state.units

    def _cohort(self) -> tuple[Item, ...]:
        past, found = self.study.past, self.study.cohort.state.summary
        cohort_id = past.cohort_id if past is not None else ""
        known = self._records.state.cohort(cohort_id)
        if found is None and known is not None:
            found = known.summary
        name = past.cohort_name if past is not None else self.study.cohort.state.name
        lines = [(say("Cohort"), name or say("none: this computer took part without patients"))]
        if found is not None:
            lines += [
                (say("File"), found.file_name),
                (say("Patients"), count(found.n_records)),
                (say("Genes in the file"), count(found.n_genes)),
                (say("Diagnoses"), ", ".join(label for label, _n in found.class_counts)),
            ]
        elif past is not None:
            lines.append((say("Diagnoses"), ", ".join(past.classes)))
        return (card(say("Cohort"), Pairs(*lines)),)

    def _privacy(self) -> tuple[Item, ...]:
        past, plan = self.study.past, self._plan
        if plan is not None:
            epsilon, delta = plan.budget.epsilon, plan.budget.delta
        elif past is not None:
            epsilon, delta = past.epsilon, DEFAULT_DELTA
        else:
            return (card(None, Skeleton(2)),)
        key = _NAMES.get(epsilon, "exact")
        level = level_sentence(key, epsilon, delta, self._charged)
        return (
            card(
                say("Privacy"),
                Pairs(
                    (say("Level"), level),
                    (say("Privacy loss"), say("ε {e:.4f}, δ {d:.0e}").format(e=epsilon, d=delta)),
                    (say("Taken from the cap"), units(self._charged)),
                ),
            ),
        )

    def _join(self) -> tuple[Item, ...]:
        past, plan = self.study.past, self._plan
        if plan is not None:
            names = [
                p.name if p.has_cohort else say("{name} (no patients)", name=p.name)
                for p in plan.parties
            ]
        else:
            names = list(past.hospitals) if past is not None else []
        who = card(say("Hospitals"), *[Light("ok", name, "body", wrap=True) for name in names])
        if plan is None:
            return (who,)
        explanation = self.study.join.state.explanation
        more = (PlanDetails(explanation),) if explanation else ()
        return (who, terms_card(plan, self._charged), *more)

    def _run(self) -> tuple[Item, ...]:
        past, ready = self.study.past, self.study.results.state.ready
        items: list[Item] = []
        if past is not None:
            light, words = study_words(past.state)
            items.append(
                card(
                    say("Run"),
                    Light(light, words, "body"),
                    Pairs(
                        (say("Started"), moment(past.started)),
                        (say("Finished"), moment(past.finished)),
                        (say("Took"), duration(past.finished - past.started)),
                    ),
                )
            )
        if ready is not None:
            items.append(card(say("Stages"), stages_table(ready.release)))
        elif self.study.results.state.loading:
            items.append(card(say("Stages"), Skeleton(4)))
        return tuple(items) or (card(say("Run"), Skeleton(2)),)


def stages_table(release: Release) -> Table:
    """What was opened in each stage, how long it took and what it sent."""
    columns = [
        Column(title=say("Stage")),
        Column(title=say("Opened"), width=78, right=True),
        Column(title=say("Took"), width=78, right=True),
        Column(title=say("Sent"), width=78, right=True),
    ]
    rows = [
        [stage_words(s.name).title, count(s.values), duration(s.seconds), size(s.bytes_sent)]
        for s in release.stages
    ]
    return Table(say("Stages of the run"), columns, rows, fitted=True)
