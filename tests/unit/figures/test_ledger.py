"""core.figures.ledger: steps end where the ledger ends, and nothing stands on anything."""

from __future__ import annotations

from itertools import pairwise

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from core.errors import InternalError
from core.figures.ledger import MOST_LINES, CapHistory, running_total
from core.figures.style import FigureStyle

DAY = 86_400.0


def history(name: str = "Leukaemia", n: int = 4) -> CapHistory:
    return CapHistory(
        name=name,
        times=tuple(1.7e9 + 90 * DAY * k for k in range(n)),
        totals=tuple(0.5 * k for k in range(n)),
        caps=(2.0, *(4.0,) * (n - 1)),
    )


def lines(figure):
    FigureCanvasAgg(figure).draw()
    (axes,) = figure.axes
    return axes, [line for line in axes.get_lines() if len(line.get_xdata())]


def test_one_cohort_has_its_steps_and_its_cap() -> None:
    axes, (used, cap) = lines(running_total((history(),), FigureStyle()))
    assert list(used.get_ydata()) == [0.0, 0.5, 1.0, 1.5]
    assert list(cap.get_ydata()) == [2.0, 4.0, 4.0, 4.0]
    assert used.get_drawstyle() == cap.get_drawstyle() == "steps-post"
    assert cap.get_linestyle() != used.get_linestyle(), "told apart without colour"
    assert axes.get_ylim()[0] == 0
    assert axes.get_ylim()[1] > 4.0


def test_several_cohorts_differ_in_colour_and_marker_and_are_at_most_five() -> None:
    many = tuple(history(f"Cohort {k}") for k in range(7))
    _axes, found = lines(running_total(many, FigureStyle()))
    steps = found[::2]
    assert len(steps) == MOST_LINES
    assert len({line.get_color() for line in steps}) == MOST_LINES
    assert len({line.get_marker() for line in steps}) == MOST_LINES


@pytest.mark.parametrize("scale", [1.0, 1.5, 2.0])
@pytest.mark.parametrize("n", [1, 2, 30])
def test_ticks_do_not_run_into_each_other(scale: float, n: int) -> None:
    figure = running_total((history(n=n),), FigureStyle(scale=scale))
    figure.set_size_inches(9.6, 1.6 * (1.5 if scale > 1 else 1.0) * (1 + (scale - 1) / 2))
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    (axes,) = figure.axes
    for labels, across in ((axes.get_xticklabels(), True), (axes.get_yticklabels(), False)):
        boxes = [w.get_window_extent() for w in labels if w.get_text() and w.get_visible()]
        inside = [b for b in boxes if b.width]
        edges = sorted((b.x0, b.x1) if across else (b.y0, b.y1) for b in inside)
        for (_, end), (start, _) in pairwise(edges):
            assert end <= start + 1.0


def test_nothing_used_is_said_in_words() -> None:
    empty = CapHistory(name="New", times=(), totals=(), caps=())
    figure = running_total((empty,), FigureStyle())
    assert figure.texts[0].get_text() == "No cohort has used anything yet."


@pytest.mark.parametrize(
    "bad",
    [
        {"times": (2.0, 1.0), "totals": (0.0, 1.0), "caps": (4.0, 4.0)},
        {"times": (1.0,), "totals": (0.0, 1.0), "caps": (4.0,)},
        {"times": (1.0,), "totals": (0.0,), "caps": ()},
    ],
)
def test_what_is_no_history_is_refused(bad: dict) -> None:
    with pytest.raises(InternalError):
        CapHistory(name="x", **bad)
