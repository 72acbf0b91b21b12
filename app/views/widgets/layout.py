"""Rows, columns and frames: the few ways in which things stand next to each other."""

from __future__ import annotations

from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLayout, QVBoxLayout, QWidget

from app.theme import SPACE, Gap, current_theme

Item = QWidget | QLayout | int | None | tuple[QWidget | QLayout, int]
"""A widget, a layout, a distance in pixels, None (takes the rest), or (item, stretch)."""


def fill(box: QBoxLayout, items: tuple[Item, ...], gap: Gap) -> None:
    """Add items to a layout that has no margins of its own."""
    box.setSpacing(SPACE[gap])
    box.setContentsMargins(0, 0, 0, 0)
    for item in items:
        inner, stretch = item if isinstance(item, tuple) else (item, 0)
        if inner is None:
            box.addStretch(1)
        elif isinstance(inner, int):
            box.addSpacing(inner)
        elif isinstance(inner, QWidget):
            box.addWidget(inner, stretch)
        else:
            box.addLayout(inner, stretch)


def col(*items: Item, gap: Gap = "s") -> QVBoxLayout:
    """Items under each other."""
    box = QVBoxLayout()
    fill(box, items, gap)
    return box


def row(*items: Item, gap: Gap = "s") -> QHBoxLayout:
    """Items next to each other."""
    box = QHBoxLayout()
    fill(box, items, gap)
    return box


def framed(
    layout: QLayout, box: str = "", *, pad: int | tuple[int, int] = 0, **properties: str
) -> QFrame:
    """Put a layout into a frame that the style sheet dresses.

    Args:
        layout: What the frame holds.
        box: `card`, `well`, `drop`, `banner`, `pill`, `dialog`, or nothing.
        pad: Distance to the edge, or (sideways, above and below).
        properties: Further style sheet properties such as `ground`, `edge`, `tone`.
    """
    frame = QFrame()
    if box:
        frame.setProperty("box", box)
    for name, value in properties.items():
        frame.setProperty(name, value)
    across, down = (pad, pad) if isinstance(pad, int) else pad
    layout.setContentsMargins(across, down, across, down)
    frame.setLayout(layout)
    return frame


def rule() -> QFrame:
    """A thin line between things that belong together."""
    line = QFrame()
    line.setProperty("box", "rule")
    line.setFixedHeight(1)
    return line


def side(*fields: tuple[QWidget | QLayout, int]) -> QBoxLayout:
    """Fields next to each other, aligned at the top; under each other when the text is large."""
    if current_theme().tokens.stacked:
        return col(*[field for field, _share in fields], gap="l")
    return row(*[(col(field, None, gap="none"), share) for field, share in fields], gap="l")


def beside(left: QWidget, right: QWidget, shares: tuple[int, int] = (1, 1)) -> QBoxLayout:
    """Two cards next to each other; under each other when the text is large."""
    if current_theme().tokens.stacked:
        return col(left, right, gap="m")
    return row((left, shares[0]), (right, shares[1]), gap="m")


def clear(layout: QLayout) -> None:
    """Remove everything from a layout and delete the widgets that were in it."""
    while (item := layout.takeAt(0)) is not None:
        inner = item.layout()
        if inner is not None:
            clear(inner)
            inner.deleteLater()
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
