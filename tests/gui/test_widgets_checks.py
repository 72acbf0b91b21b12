"""The checks themselves: each finds the fault it is named after, and passes the gallery."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit, QPushButton, QTableView

from app.theme import Theme
from app.views.widgets import Column, Table, button, col, framed, scroll, text
from tests.gui import checks
from tests.gui.checks import LOOKS, Look, faults, show, wear
from tests.gui.gallery import PAGES


@pytest.mark.parametrize("look", LOOKS, ids=str)
@pytest.mark.parametrize("name", PAGES)
def test_gallery_is_sound(theme: Theme, qtbot, look: Look, name: str) -> None:
    wear(theme, look)
    page = PAGES[name]()
    show(qtbot, page, (1000, 900))
    assert faults(page) == []


def test_cut_words_are_found(theme: Theme, qtbot) -> None:
    label = text("Centre Hospitalier Sainte-Marguerite")
    label.setFixedWidth(60)
    one = button("Continue to Privacy")
    one.setFixedWidth(60)
    frame = framed(col(label, one))
    show(qtbot, frame, (400, 200))
    assert len(checks.cut_text(frame)) == 2


def test_a_wrapped_label_without_room_is_found(theme: Theme, qtbot) -> None:
    label = text("one two three four five six seven eight nine ten", wrap=True)
    label.setFixedSize(80, 20)
    frame = framed(col(label))
    show(qtbot, frame, (400, 200))
    assert checks.cut_text(frame)


def test_cut_cells_and_heads_are_found(theme: Theme, qtbot) -> None:
    table = Table(
        "Spends", [Column(title="Study", width=120)], [["Acute leukaemia subtypes, two"]]
    )
    show(qtbot, table, (300, 200))
    assert any(found.startswith("cell") for found in checks.cut_text(table))
    QTableView.setColumnWidth(table, 0, 20)
    assert any(found.startswith("head") for found in checks.cut_text(table))


def test_nameless_controls_are_found(theme: Theme, qtbot) -> None:
    frame = framed(col(QLineEdit(), QPushButton("Words are a name")))
    show(qtbot, frame, (400, 200))
    assert len(checks.unnamed(frame)) == 1


def test_a_page_that_is_too_wide_is_found(theme: Theme, qtbot) -> None:
    wide = QFrame()
    wide.setMinimumWidth(900)
    area = scroll(col(wide))
    show(qtbot, area, (400, 200))
    assert checks.too_wide(area)


def test_small_targets_and_silent_buttons_are_found(theme: Theme, qtbot) -> None:
    small, silent = button("x"), button("Continue")
    small.setFixedSize(20, 20)
    silent.setEnabled(False)
    frame = framed(col(small, silent))
    show(qtbot, frame, (400, 200))
    assert checks.small_targets(frame)
    assert checks.unexplained(frame) == ["disabled without a reason: Continue"]


def test_faint_words_are_found(theme: Theme, qtbot) -> None:
    label = QLabel("hardly there")
    label.setStyleSheet("color: #CCCCCC")
    frame = framed(col(label), ground="surface")
    show(qtbot, frame, (400, 200))
    assert checks.low_contrast(frame)
