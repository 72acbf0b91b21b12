"""Usefulness: what can be learnt from the synthetic patients, here and in all hospitals."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QFrame

from app.presenters.report_tables import classes_table, top_genes_table, utility_table
from app.presenters.report_values import class_values, utility_values
from app.presenters.wording import count, say
from app.views.figures import Sheet, figure_card
from app.views.pages.results.joint import joint_card
from app.views.pages.results.parts import Look, col_of_facts, numbers, stays, waiting
from app.views.widgets import beside, card, para
from app.views.widgets.layout import Item
from core.figures.findings import FigureKind, finding
from core.figures.usefulness import class_scores, utility_bars
from core.model.measures import Group

_SCORES: Final = "Train on synthetic, test on real"
_CLASSES: Final = "By diagnosis"


def usefulness(look: Look) -> list[Item]:
    """Scores, diagnoses, the joint evaluation, telling genes."""
    note = say(
        "All models are tested on the same {n} of your patients, who took no part in the study. "
        "Whiskers: 95 of 100 draws of these patients.",
        n=count(look.ready.report.n_holdout),
    )
    return [
        *joint_card(look),
        beside(_scores(look), _classes(look), (3, 2)),
        para(note),
        numbers(look, say("All numbers of usefulness"), Group.USEFULNESS, "utility"),
        *_top_genes(look),
    ]


def _scores(look: Look) -> QFrame:
    if not look.state.has("utility"):
        return waiting(say(_SCORES))
    report = look.ready.report
    sheet = Sheet(
        title=say(_SCORES),
        make=lambda style: utility_bars(report, style),
        says=finding(FigureKind.UTILITY, report),
        table=utility_table(report),
        values=utility_values(report),
    )
    return figure_card(look.desk, sheet)


def _classes(look: Look) -> QFrame:
    if not look.state.has("utility"):
        return waiting(say(_CLASSES))
    report = look.ready.report
    sheet = Sheet(
        title=say(_CLASSES),
        make=lambda style: class_scores(report, style),
        says=finding(FigureKind.CLASSES, report),
        table=classes_table(report),
        values=class_values(report),
    )
    return figure_card(look.desk, sheet)


def _top_genes(look: Look) -> tuple[Item, ...]:
    table = top_genes_table(look.ready.report)
    if not table.rows:
        return ()
    title = say("Genes by which a model tells the diagnoses")
    return (card(title, col_of_facts(table), aside=stays()),)
