"""The settings that were tried, and which was released: released numbers."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.presenters.selection import SettingLine, curse_words, setting_lines, verdict_words
from app.presenters.wording import say
from app.theme import current_theme
from app.views.pages.results.parts import Look, released
from app.views.widgets import Pill, RangeBar, card, col, para, row, rule, text
from app.views.widgets.layout import Item


def candidates_card(look: Look) -> tuple[Item, ...]:
    """All settings with their noisy scores; nothing where the study had one."""
    selection = look.ready.release.selection
    if selection is None:
        return ()
    lines: list[Item] = []
    for line in setting_lines(look.ready.plan, selection):
        lines += [rule(), _line(line)]
    return (
        card(
            say("Settings that were tried"),
            para(verdict_words(selection), tone="text"),
            *lines,
            rule(),
            para(curse_words(selection)),
            aside=released(),
            gap="s",
        ),
    )


def _line(line: SettingLine) -> QWidget:
    size, stacked = current_theme().size, current_theme().tokens.stacked
    name = text(line.name, "strong")
    pill: list[Item] = [Pill(say("Released"), "ok", "check")] if line.released else []
    what = text(line.what, "caption", wrap=True)
    says = say("{name}: {score} of 100", name=line.name, score=line.score)
    bar = RangeBar(line.low, line.high, says=says)
    score = text(line.score, "label", "text")
    score.setFixedWidth(size(104))
    holder = QWidget()
    if stacked:
        holder.setLayout(
            col(row(name, *pill, None), what, row((bar, 1), score, gap="m"), gap="xs")
        )
        return holder
    lead = QWidget()
    lead.setLayout(col(row(name, *pill, None), what, gap="xxs"))
    lead.setFixedWidth(size(270))
    holder.setLayout(row(lead, (bar, 1), score, gap="m"))
    return holder
