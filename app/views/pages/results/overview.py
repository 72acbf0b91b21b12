"""Overview: the measures side by side, each with its own reference; no total score."""

from __future__ import annotations

from itertools import groupby

from PySide6.QtWidgets import QFrame, QWidget

from app.presenters.wording import count, measure_words, reading, say
from app.presenters.wording.measures import OVERVIEW
from app.presenters.wording.references import alone_words
from app.theme import current_theme
from app.views.widgets import (
    Banner,
    Glyph,
    Light,
    Pill,
    RangeBar,
    Swatch,
    card,
    col,
    framed,
    legend,
    para,
    row,
    rule,
    text,
)
from app.views.widgets.layout import Item
from core.messages.events import ReportReady
from core.model.measures import Direction, Measure
from core.model.quality import QualityReport

_GROUP_WIDTH = 86
_VALUE_WIDTH = 50
_WAY_WIDTH = 66
_REFERENCE_WIDTH = 128
_READING_WIDTH = 144


def overview(ready: ReportReady) -> list[Item]:
    """All measures of the overview, one notice on fitness for use."""
    report = ready.report
    shown = [m for m in (report.measure(key) for key in OVERVIEW) if m is not None]
    said = para(
        say(
            "Each measure has its own reference. There is no single score, because a data set can "
            "be good for one use and poor for another."
        )
    )
    stays = Pill(say("Stays on this computer"), "ok", "lock")
    key = legend((Swatch("accent", disc=True), say("result")))
    mark = row(text("|", "strong"), text(say("reference"), "caption"), gap="xs")
    if current_theme().tokens.stacked:
        head: Item = col(said, row(key, mark, stays, None), gap="s")
    else:
        head = row((said, 1), key, mark, stays, gap="m")
    return [head, _table(shown), *_public_alone(report), _fitness(report, shown)]


def _public_alone(report: QualityReport) -> list[Item]:
    """Credit the patients with nothing that public data had before."""
    words = alone_words(report)
    if words is None:
        return []
    title, said = words
    return [Banner("accent", title, ("", said))]


def _table(measures: list[Measure]) -> QFrame:
    stacked = current_theme().tokens.stacked
    lines: list[Item] = [] if stacked else [_heads()]
    for group, members in groupby(measures, key=lambda m: measure_words(m.key).group):
        lines += [rule()] if lines else []
        for number, measure in enumerate(members):
            lead = group if number == 0 else ""
            lines.append(_tall(lead, measure) if stacked else _wide(lead, measure))
    return card(None, *lines, gap="s")


def _heads() -> QWidget:
    def head(words: str, width: int) -> QWidget:
        label = text(words, "caption")
        label.setFixedWidth(current_theme().size(width))
        return label

    return framed(
        row(
            head("", _GROUP_WIDTH),
            (text(say("Measure"), "caption"), 6),
            head(say("Result"), _VALUE_WIDTH),
            head(say("Better is"), _WAY_WIDTH),
            (text("", "caption"), 3),
            head(say("Reference"), _REFERENCE_WIDTH),
            head(say("Reading"), _READING_WIDTH),
            gap="m",
        )
    )


def _wide(group: str, measure: Measure) -> QWidget:
    size = current_theme().size
    lead = text(group, "label", "text")
    lead.setFixedWidth(size(_GROUP_WIDTH))
    parts = _Parts(measure)
    parts.value.setFixedWidth(size(_VALUE_WIDTH))
    parts.way.setFixedWidth(size(_WAY_WIDTH))
    parts.reference.setFixedWidth(size(_REFERENCE_WIDTH))
    verdict = framed(col(None, parts.light, None, gap="none"))
    verdict.setFixedWidth(size(_READING_WIDTH))
    return framed(
        row(
            lead, (parts.name, 6), parts.value, parts.way, (parts.gauge, 3), parts.reference,
            verdict, gap="m",
        )
    )  # fmt: skip


def _tall(group: str, measure: Measure) -> QWidget:
    parts = _Parts(measure)
    lead: list[Item] = [text(group, "h3")] if group else []
    return framed(
        col(
            *lead,
            parts.name,
            row(parts.value, parts.way, (parts.gauge, 1), gap="m"),
            row((parts.reference, 1), parts.light, gap="m"),
            gap="xs",
        )
    )


class _Parts:
    """The pieces of one line, set out by whoever knows the room."""

    def __init__(self, measure: Measure) -> None:
        words = measure_words(measure.key)
        state, said = reading(measure)
        means: list[Item] = [text(words.means, "caption", wrap=True)] if words.means else []
        self.name = framed(col(text(words.title, "label", "text", wrap=True), *means, gap="none"))
        self.value = text(words.written(measure.value), "strong")
        self.way = _way(measure.better)
        self.reference = text(
            words.written_reference(measure.reference), "caption", "muted", wrap=True
        )
        self.light = Light(state, said, "caption", wrap=not current_theme().tokens.stacked)
        self.gauge = _gauge(measure, f"{words.title}: {words.written(measure.value)}, {said}")


def _gauge(measure: Measure, says: str) -> QWidget:
    if measure.value is None:
        return text("", "caption")
    scale = (measure.low, measure.high)
    bar = RangeBar(measure.value, measure.value, measure.reference, scale=scale, says=says)
    bar.setMinimumWidth(60)
    return bar


def _way(better: Direction) -> QWidget:
    words, icon = {
        Direction.HIGHER: (say("higher"), "up"),
        Direction.LOWER: (say("lower"), "down"),
        Direction.NEAR: (say("nearer"), "dot"),
    }[better]
    return framed(row(Glyph(icon, "muted", 13), text(words, "caption", "muted"), None, gap="xxs"))


def _fitness(report: QualityReport, shown: list[Measure]) -> Banner:
    """One notice about fit for use, from the readings."""
    weak = [measure_words(m.key).title for m in shown if reading(m)[0] == "warn"]
    facts = say(
        "Judged with {n} of your patients that took no part in the study.",
        n=count(report.n_holdout),
    )
    if report.n_holdout < 30:
        facts += " " + say("These are few: read every number as a rough one.")
    if not weak:
        return Banner("ok", say("Before you use it: no measure asks for care"), ("", facts))
    what = say("Take care with: {names}.", names=", ".join(weak))
    advice = say("Confirm findings in real data before you publish.")
    return Banner(
        "warn",
        say("Before you use it: some measures ask for care"),
        ("", what),
        ("", f"{facts} {advice}"),
    )
