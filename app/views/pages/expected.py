"""What a study is expected to give, as a range beside real data: lines of a card."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QWidget

from app.presenters.wording import say
from app.theme import current_theme
from app.views.widgets import RangeBar, Swatch, col, framed, legend, row, text
from app.views.widgets.layout import Item
from core.model.quality import Usefulness


def measured(name: str, bar: RangeBar, said: QLabel) -> Item:
    """A line of the expected usefulness: name, range, the range in words."""
    size, stacked = current_theme().size, current_theme().tokens.stacked
    title = text(name, "muted", "text", wrap=True)
    said.setFixedWidth(size(92))
    line = row((bar, 1), said, gap="m")
    if stacked:
        return col(title, line, gap="xs")
    title.setFixedWidth(size(176))
    return row(title, (line, 1), gap="m")


def set_range(bar: RangeBar, said: QLabel, useful: Usefulness) -> None:
    """Set a line to another expectation."""
    low, high = round(100 * useful.low), round(100 * useful.high)
    words = say("{low} to {high} of 100", low=low, high=high)
    bar.set_values(low, high, 100, say("Expected: {range}", range=words))
    said.setText(words)


def expected_key() -> QWidget:
    """What the range and the tick beside it mean."""
    key = legend((Swatch("accent"), say("expected range")))
    mark = row(text("|", "strong"), text(say("like real data"), "caption"), gap="xs")
    return framed(row(key, mark, gap="m"))
