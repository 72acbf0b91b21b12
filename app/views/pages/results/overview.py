"""Overview: the measures side by side, each with its own reference; no total score."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from PySide6.QtWidgets import QFrame, QWidget

from app.presenters.rarest import rarest_class
from app.presenters.wording import (
    count,
    direction_words,
    measure_words,
    reading,
    reason_words,
    say,
)
from app.presenters.wording.measures import OVERVIEW
from app.presenters.wording.references import alone_words
from app.theme import current_theme
from app.views.pages.results.candidates import candidates_card
from app.views.pages.results.joint import joint_card
from app.views.pages.results.parts import Look, remarks, stays, waiting
from app.views.widgets import (
    Banner,
    Glyph,
    Light,
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
from core.model.measures import Direction, Group, Interval, Measure
from core.model.quality import QualityReport

_GROUP_WIDTH = 86
_VALUE_WIDTH = 84
_WAY_WIDTH = 66
_REFERENCE_WIDTH = 128
_READING_WIDTH = 144


def overview(look: Look) -> list[Item]:
    """The measures of the overview, one notice on fitness for use, what all hospitals found."""
    report, whole = look.ready.report, look.state.ready is not None
    found = [m for m in (report.measure(key) for key in OVERVIEW) if m is not None]
    lines = [_Line(measure=m) for m in found]
    rarest = rarest_class(report)
    if rarest is not None:
        after = sum(m.group is not Group.ATTACKS for m in found)
        means = say("F1 of {label}, of 100", label=rarest[0])
        lines.insert(after, _Line(measure=rarest[1], means=means))
    said = para(
        say(
            "Each measure has its own reference. There is no single score, because a data set can "
            "be good for one use and poor for another."
        )
    )
    badge = stays()
    key = legend((Swatch("accent", disc=True), say("result")))
    mark = row(text("|", "strong"), text(say("reference"), "caption"), gap="xs")
    if current_theme().tokens.stacked:
        head: Item = col(said, row(key, mark, badge, None), gap="s")
    else:
        head = row((said, 1), key, mark, badge, gap="m")
    rest: list[Item] = [] if whole else [waiting(say("The other measures"))]
    notice: list[Item] = [_fitness(report, found)] if whole else []
    return [
        head,
        _table(lines),
        *rest,
        *_public_alone(report),
        *notice,
        *candidates_card(look),
        *joint_card(look),
        *remarks(look),
    ]


def _public_alone(report: QualityReport) -> list[Item]:
    """Credit the patients with nothing that public data had before."""
    words = alone_words(report)
    if words is None:
        return []
    title, said = words
    return [Banner("accent", title, ("", said))]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """One measure, with other words below its name than its own if there are any."""

    measure: Measure
    means: str = ""


def _table(lines: list[_Line]) -> QFrame:
    stacked = current_theme().tokens.stacked
    items: list[Item] = [] if stacked else [_heads()]
    for group, members in groupby(lines, key=lambda one: measure_words(one.measure.key).group):
        items += [rule()] if items else []
        for number, line in enumerate(members):
            lead = group if number == 0 else ""
            items.append(_tall(lead, line) if stacked else _wide(lead, line))
    return card(None, *items, gap="s")


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


def _wide(group: str, line: _Line) -> QWidget:
    size = current_theme().size
    lead = text(group, "label", "text")
    lead.setFixedWidth(size(_GROUP_WIDTH))
    parts = _Parts(line)
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


def _tall(group: str, line: _Line) -> QWidget:
    parts = _Parts(line)
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

    def __init__(self, line: _Line) -> None:
        measure, words = line.measure, measure_words(line.measure.key)
        state, said = reading(measure)
        told = line.means or words.means
        means: list[Item] = [text(told, "caption", wrap=True)] if told else []
        title = text(words.title, "label", "text", wrap=True)
        self.name = framed(col(None, title, *means, None, gap="none"))
        between = text(words.written_interval(measure.interval), "caption")
        between.setVisible(measure.interval is not None)
        value = text(words.written(measure.value), "strong")
        self.value = framed(col(None, value, between, None, gap="none"))
        self.way = _way(measure.better)
        self.reference = text(
            words.written_reference(measure.reference) or reason_words(measure.reason),
            "caption",
            "muted",
            wrap=True,
        )
        self.light = Light(state, said, "caption", wrap=not current_theme().tokens.stacked)
        self.gauge = _gauge(measure, f"{words.title}: {words.written(measure.value)}, {said}")


def _gauge(measure: Measure, says: str) -> QWidget:
    if measure.value is None:
        return text("", "caption")
    scale = (measure.low, measure.high)
    ends = measure.interval or Interval(low=measure.value, high=measure.value)
    bar = RangeBar(ends.low, ends.high, measure.reference, scale=scale, says=says)
    bar.setMinimumWidth(60)
    return bar


def _way(better: Direction) -> QWidget:
    icon = {Direction.HIGHER: "up", Direction.LOWER: "down", Direction.NEAR: "dot"}[better]
    words = direction_words(better)
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
