"""Cards of step 1: the first rows, the checks, the diagnoses."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QFrame, QWidget

from app.presenters.cohort import CohortState
from app.presenters.wording import (
    check_light,
    count,
    say,
)
from app.theme import current_theme
from app.views.widgets import (
    Column,
    Light,
    Table,
    card,
    col,
    framed,
    glyph,
    row,
    text,
)
from core.model.cohort import Check, CohortSummary, Preview

_CODE_WIDTH: Final = 112
_PREVIEW_COLUMNS: Final = {False: 6, True: 4}


def preview_card(table: Table, state: CohortState) -> QFrame:
    """The first rows under the file's name."""
    return card(
        None,
        row(glyph("file", "accent", 22), (text(state.file_name, "strong", wrap=True), 1), gap="m"),
        table,
    )


def preview_table(preview: Preview) -> Table:
    """The first rows, patient codes hidden."""
    most = _PREVIEW_COLUMNS[current_theme().tokens.stacked]
    shown, dropped = preview.columns[:most], max(0, len(preview.columns) - most)
    columns = [
        Column(title=name, right=number > 1, width=0 if number else _CODE_WIDTH)
        for number, name in enumerate(shown)
    ]
    rows = [list(cells[:most]) for cells in preview.rows]
    if preview.more_columns + dropped:
        more = say("{n} more", n=count(preview.more_columns + dropped))
        columns.append(Column(title=more))
        rows = [[*cells, "…"] for cells in rows]
    return Table(say("Preview of the first patients"), columns, rows, fitted=True)


def checks_card(state: CohortState) -> QFrame:
    """What was checked in the file, and what to do about it."""
    checks = [_check(check) for check in state.checks]
    passed = len(state.checks) - state.n_notes - state.n_problems
    said = say("{ok} passed, {notes} to note", ok=passed, notes=state.n_notes)
    if state.n_problems:
        said = say("{ok} passed, {bad} to solve", ok=passed, bad=state.n_problems)
    return card(say("Checks"), col(*checks, gap="s"), None, aside=text(said, "caption"))


def _check(check: Check) -> QWidget:
    mark = Light(check_light(check.state), check.text, "label", wrap=True)
    if not check.advice:
        return mark
    note = text(check.advice, "caption", wrap=True)
    return framed(col(mark, row(20, (note, 1), gap="none"), gap="xxs"))


def diagnoses_card(found: CohortSummary) -> QFrame:
    """The diagnoses, and how many patients have each."""
    columns = [
        Column(title=say("In your file")),
        Column(title=say("Patients"), width=110, right=True),
    ]
    rows = [[label, count(n)] for label, n in found.class_counts]
    table = Table(say("Diagnoses and how many patients have them"), columns, rows, fitted=True)
    left_out = (
        text(
            say("{n} patients without a diagnosis are left out.", n=count(found.n_left_out)),
            "caption",
            wrap=True,
        ),
    )
    title = say("Diagnoses in “{column}”", column=found.label_name)
    return card(title, table, *(left_out if found.n_left_out else ()), None)
