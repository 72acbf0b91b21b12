"""Resemblance: patients on two axes, curves of chosen genes, every number of the kind."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCompleter, QFrame, QLineEdit

from app.presenters.report_tables import (
    class_distances_table,
    curves_table,
    pca_table,
)
from app.presenters.report_values import curve_values, pca_values
from app.presenters.results import ResultsPresenter
from app.presenters.selection import genes_of
from app.presenters.wording import say
from app.views.figures import Sheet, figure_card
from app.views.pages.results.parts import (
    Look,
    numbers,
    remarks,
    stays,
    waiting,
    wide_table,
)
from app.views.widgets import beside, button, card, edit, row, text
from app.views.widgets.layout import Item
from core.figures.findings import FigureKind, curves_finding, finding
from core.figures.resemblance import curves_of, pca_overlay
from core.model.measures import Group

_PLANE: Final = "Patients on two axes"
_GENES: Final = "Gene distributions"
_ALL: Final = "All numbers of resemblance"
#: More than these are not offered while somebody types.
_OFFERED: Final = 12


def resemblance(look: Look) -> list[Item]:
    """The plane, the curves, the numbers."""
    return [
        beside(_plane(look), _curves(look)),
        numbers(
            look, say(_ALL), Group.RESEMBLANCE, "genes", "correlations", "jointly", "discriminator"
        ),
        *_by_class(look),
        *remarks(look),
    ]


def _plane(look: Look) -> QFrame:
    if not look.state.has("pictures"):
        return waiting(say(_PLANE))
    report = look.ready.report
    sheet = Sheet(
        title=say(_PLANE),
        make=lambda style: pca_overlay(report, style),
        says=finding(FigureKind.PCA, report),
        table=pca_table(report),
        values=pca_values(report),
    )
    return figure_card(look.desk, sheet)


def _curves(look: Look) -> QFrame:
    if not look.state.has("pictures"):
        return waiting(say(_GENES))
    report, choice = look.ready.report, look.state.genes
    curves = choice.curves(report)
    sheet = Sheet(
        title=say(_GENES),
        make=lambda style: curves_of(curves, style),
        says=curves_finding(curves),
        table=curves_table(report, curves),
        values=curve_values(curves),
    )
    search = gene_search(look.results, genes_of(look.ready))
    again = button(say("The telling six"), "ghost", name=say("Show the six that tell most"))
    again.clicked.connect(look.results.show_telling_genes)
    again.set_blocked(None if choice.chosen else say("They are shown"))
    said = say("Reading {gene} …", gene=choice.awaited) if choice.awaited else choice.said
    problem = [text(said, "caption", wrap=True)] if said else []
    return figure_card(look.desk, sheet, row((search, 1), again), *problem)


def gene_search(results: ResultsPresenter, genes: tuple[str, ...]) -> QLineEdit:
    """A field that finds a gene of the panel by a part of its name; Enter shows it."""
    line = edit(placeholder=say("Find a gene, such as {gene}", gene=genes[0]))
    line.setAccessibleName(say("Find a gene"))
    line.setAccessibleDescription(say("Type a part of its name; Enter shows its curve"))
    line.setProperty("search", True)
    offer = QCompleter(sorted(genes), line)
    offer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
    offer.setFilterMode(Qt.MatchFlag.MatchContains)
    offer.setMaxVisibleItems(_OFFERED)
    line.setCompleter(offer)
    offer.activated.connect(results.find_gene)
    line.returnPressed.connect(lambda: results.find_gene(line.text()))
    return line


def _by_class(look: Look) -> tuple[Item, ...]:
    title = say("By diagnosis, all genes at once")
    if not look.state.has("jointly"):
        return (waiting(title),)
    table = class_distances_table(look.ready.report)
    if not table.rows:
        return ()
    note = say(
        "The squared distance of the synthetic patients of a diagnosis from the real ones, beside "
        "that of real held-out patients. The numbers of patients are exact."
    )
    return (card(title, wide_table(table, title), note=note, aside=stays()),)
