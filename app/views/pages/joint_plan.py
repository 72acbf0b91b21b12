"""The plan in full, before a steward signs it: every fact, and what each hospital states."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QFrame, QWidget

from app.presenters.agreement import (
    Fact,
    input_facts,
    opened_facts,
    promise_facts,
    trust_facts,
)
from app.presenters.wording import attestation_words, count, say
from app.views.pages.join import PlanDetails
from app.views.widgets import Light, LightState, Pairs, button, card, col, comment, row, rule, text
from app.views.widgets.layout import Item
from core.messages.study_events import PlanToSign
from core.model.lobby import LobbyView
from core.model.plan import Attestation, Plan, PlanParty

_GENE_LINES = 8


def plan_cards(view: LobbyView, proposed: PlanToSign, cohort: str) -> list[Item]:
    """Return the plan as cards, in the order in which one reads it.

    Args:
        view: The study.
        proposed: What is to be signed.
        cohort: Name of the own cohort; empty for a compute partner.
    """
    plan = proposed.plan
    coordinator = next((p.name for p in view.participants if p.coordinator), "")
    return [
        card(
            say("The plan of “{title}”", title=plan.title),
            text(view.terms.purpose, "body", wrap=True),
            _pairs(promise_facts(plan, proposed.units, cohort)),
            note=say("{name} proposes it to all hospitals.", name=coordinator),
        ),
        card(say("What goes in"), _pairs(input_facts(plan)), GeneNames(plan.genes)),
        card(say("What is opened, to all hospitals"), _pairs(opened_facts(plan))),
        _who_card(view, plan),
        card(
            say("What it rests on"),
            _pairs(trust_facts(plan, view.meeting, proposed.digest)),
        ),
        PlanDetails(proposed.explanation),
    ]


class GeneNames(QWidget):
    """All gene names of a plan, folded at first."""

    def __init__(self, genes: Sequence[str]) -> None:
        super().__init__()
        self._genes = genes
        self._open = button(self._words(shown=False), "ghost", "chevron")
        self._open.setCheckable(True)
        self._list = comment(lines=_GENE_LINES)
        self._list.setReadOnly(True)
        self._list.setAccessibleName(say("Gene names of the plan"))
        self._list.hide()
        self._open.toggled.connect(self._fold)
        self.setLayout(col(row(self._open, None), self._list))

    def _words(self, *, shown: bool) -> str:
        n = count(len(self._genes))
        if shown:
            return say("Hide the gene names")
        return say("Show all {n} gene names", n=n)

    def _fold(self, wanted: bool) -> None:  # noqa: FBT001 - Qt's signal
        if wanted and not self._list.toPlainText():
            self._list.setPlainText(", ".join(self._genes))
        self._list.setVisible(wanted)
        self._open.set_words(self._words(shown=wanted))


def _pairs(facts: tuple[Fact, ...]) -> Pairs:
    return Pairs(*((f.key, f.words) for f in facts), key_width=170)


def _who_card(view: LobbyView, plan: Plan) -> QFrame:
    """Who computes, with or without patients, and what each states in writing."""
    own = next((p.key for p in view.participants if p.own), "")
    lines: list[Item] = []
    for party in plan.parties:
        lines += [rule()] if party.number else []
        what = (
            say("brings patients and computes")
            if party.has_cohort
            else say("computes without patients, as compute partner")
        )
        name = (
            say("{name} (you)", name=party.name) if party.certificate_sha256 == own else party.name
        )
        said = [Light(*_stated(party, a), "caption", wrap=True) for a in _needed(party)]
        head = text(say("{name} {what}", name=name, what=what), "strong", wrap=True)
        lines.append(col(head, *said, gap="xs"))
    return card(
        say("Who computes, and what each states in writing"),
        *lines,
        note=say("If one of these statements is false, the promise does not hold."),
    )


def _needed(party: PlanParty) -> tuple[Attestation, ...]:
    return tuple(Attestation) if party.has_cohort else (Attestation.NO_COLLUSION,)


def _stated(party: PlanParty, statement: Attestation) -> tuple[LightState, str]:
    words, _why = attestation_words(statement)
    if statement in party.attestations:
        return "ok", say("“{words}”", words=words)
    return "fail", say("Not stated: “{words}”", words=words)
