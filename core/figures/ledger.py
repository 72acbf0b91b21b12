"""What cohorts have used of their caps over the years."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from matplotlib import dates
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from core.errors import InternalError
from core.figures.style import (
    MARKERS,
    FigureStyle,
    dress,
    legend,
    new_figure,
    not_computable,
    shortened,
)

#: More lines than there are colours that stay apart could not be told from each other.
MOST_LINES: Final = 5
_HEAD_ROOM: Final = 1.12
_DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CapHistory:
    """One cohort's running total. Invariant: as many times as totals and caps, times in order.

    Attributes:
        name: Of the cohort.
        times: Seconds since the epoch, UTC.
        totals: Units spent from each time on.
        caps: Units that may be spent from each time on.
    """

    name: str
    times: tuple[float, ...]
    totals: tuple[float, ...]
    caps: tuple[float, ...]

    def __post_init__(self) -> None:
        """Refuse what is no history.

        Raises:
            InternalError: IN901.
        """
        sizes = {len(self.times), len(self.totals), len(self.caps)}
        if len(sizes) != 1 or list(self.times) != sorted(self.times):
            raise InternalError("IN901", rule="a running total has one value per time, in order")


def running_total(histories: tuple[CapHistory, ...], style: FigureStyle) -> Figure:
    """Draw units spent as steps, and the cap above them as a dashed line.

    Args:
        histories: At most 5 cohorts; a single one is filled.
        style: Colours and sizes.
    """
    figure = new_figure(style, 8.4, 2.6 * max(1.0, style.scale))
    shown = [h for h in histories if h.times][:MOST_LINES]
    if not shown:
        return not_computable(figure, style, "No cohort has used anything yet.")
    axes = figure.subplots()
    one = len(shown) == 1
    entries: list[tuple[str, Line2D]] = []
    for number, history in enumerate(shown):
        colour = style.real if one else style.class_colour(number)
        word = "Units used" if one else shortened(history.name)
        entries += [(word, _steps(axes, history, colour, "" if one else MARKERS[number]))]
        cap = _cap(axes, history, style.high if one else colour)
        if one or number == len(shown) - 1:
            entries.append(("Cap", cap))
    if one:
        history = shown[0]
        moments = [_days(t) for t in history.times]
        axes.fill_between(moments, history.totals, step="post", color=style.real, alpha=0.28, lw=0)
    _axes(axes, shown, style)
    legend(figure, style, entries, columns=3 if style.scale < 1.25 else 2)
    return figure


def _steps(axes: Axes, history: CapHistory, colour: str, marker: str) -> Line2D:
    moments = [_days(t) for t in history.times]
    (line,) = axes.step(
        moments, history.totals, where="post", color=colour, lw=2, marker=marker, markersize=4
    )
    return line


def _cap(axes: Axes, history: CapHistory, colour: str) -> Line2D:
    moments = [_days(t) for t in history.times]
    (line,) = axes.step(
        moments, history.caps, where="post", color=colour, lw=1.4, linestyle=(0, (5, 3))
    )
    return line


def _axes(axes: Axes, shown: list[CapHistory], style: FigureStyle) -> None:
    most = max(max(*h.totals, *h.caps) for h in shown)
    axes.set_ylim(0, _HEAD_ROOM * (most or 1.0))
    axes.yaxis.set_major_locator(MaxNLocator(5 if style.scale <= 1 else 4, steps=[1, 2, 5, 10]))
    first = min(h.times[0] for h in shown)
    last = max(h.times[-1] for h in shown)
    room = max(3600.0, 0.02 * (last - first))
    axes.set_xlim(_days(first - room), _days(last + room))
    most_ticks = 5 if style.scale > 1 else 8
    finder = dates.AutoDateLocator(minticks=2, maxticks=most_ticks)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(finder)
    words = dates.ConciseDateFormatter(finder, show_offset=True)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_formatter(words)
    axes.grid(axis="y", color=style.border, lw=0.8)
    axes.set_axisbelow(True)
    axes.set_ylabel("Units")
    dress(axes, style)
    offset = axes.xaxis.get_offset_text()
    offset.set_color(style.muted)
    offset.set_fontfamily(style.font)
    offset.set_fontsize(style.points * 0.9)


def _days(seconds: float) -> float:
    """Return a time as matplotlib counts it: days since 1970, UTC as the ledger keeps it."""
    return seconds / _DAY_S
