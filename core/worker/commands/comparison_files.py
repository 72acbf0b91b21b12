"""What ``syncohort-cli compare`` writes: scores, means against epsilon, a table, the plots."""

from __future__ import annotations

import csv
import io
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from core.errors import PlanError, WorkerError
from core.release.writing import write_file
from core.worker.commands.comparing import Score, summarised

if TYPE_CHECKING:
    from core.figures.comparison import LevelPanel, LevelPoint
    from core.figures.style import FigureStyle

#: Measure -> title of its panel, and what real data reach where that is one number.
_PANELS: Final[dict[str, tuple[str, float | None]]] = {
    "usefulness": ("Usefulness: F1, synthetic over real", 1.0),
    "differential_tpr": ("Biology: differences found again", None),
    "differential_fpr": ("Biology: differences that are not there", None),
    "recall": ("Biology: gene pairs found again", None),
    "precision": ("Biology: gene pairs that are right", None),
    "wasserstein": ("Resemblance: distance of genes, SD", None),
}
_PIXELS_PER_INCH: Final = 150


def require_free(folder: Path) -> None:
    """Refuse a folder that holds a comparison, before hours are spent on another.

    Raises:
        PlanError: PL210.
        WorkerError: WO603 if the folder cannot be made.
    """
    if (folder / "comparison.csv").exists():
        raise PlanError("PL210", folder=folder.name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        raise WorkerError("WO603", file=folder.name, reason="it cannot be made") from None


def write_comparison(scores: Sequence[Score], folder: Path) -> str:
    """Write all files of a comparison and return its table.

    ``comparison.csv`` has every score, ``comparison-means.csv`` the points of the plots,
    ``comparison.png`` and ``.svg`` (and the same for dark pages) the plots.

    Raises:
        PlanError: PL210 if there are results already.
        WorkerError: WO603 if the disk refuses.
    """
    table = summarised(scores)
    write_file(folder / "comparison.csv", _every(scores))
    write_file(folder / "comparison-means.csv", _means(scores))
    write_file(folder / "comparison.md", table.encode())
    for name, style in _styles():
        for kind in ("png", "svg"):
            write_file(folder / f"{name}.{kind}", _drawn(scores, style, kind))
    return table


def _every(scores: Iterable[Score]) -> bytes:
    return _csv([f.name for f in fields(Score)], [asdict(score) for score in scores])


def _means(scores: Sequence[Score]) -> bytes:
    heads = ["measure", "recipe", "epsilon", "mean", "sd", "repeats"]
    rows = [
        {"measure": key, "recipe": name, "epsilon": epsilon, "mean": mean, "sd": sd, "repeats": n}
        for key in _PANELS
        for name, epsilon, mean, sd, n in _points(scores, key)
    ]
    return _csv(heads, rows)


def _csv(heads: Sequence[str], rows: Iterable[dict[str, Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, heads, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _points(scores: Sequence[Score], key: str) -> list[tuple[str, float, float, float, int]]:
    """Return (recipe, epsilon, mean, sd, repeats), recipes in the order asked for."""
    found = []
    names = list(dict.fromkeys(s.recipe for s in scores))
    pairs = {(s.recipe, s.epsilon) for s in scores}
    for name, epsilon in sorted(pairs, key=lambda p: (names.index(p[0]), p[1])):
        mine = [getattr(s, key) for s in scores if (s.recipe, s.epsilon) == (name, epsilon)]
        found.append((name, epsilon, statistics.fmean(mine), statistics.pstdev(mine), len(mine)))
    return found


def _styles() -> tuple[tuple[str, FigureStyle], ...]:
    from core.figures.style import FigureStyle  # noqa: PLC0415 (matplotlib is heavy)

    dark = FigureStyle(
        text="#E9EEF2",
        muted="#BAC5CF",
        surface="#1B2229",
        border="#2D3741",
        real="#98A5B1",
        synth="#84C0E4",
        classes=("#24ABFD", "#C57D5E", "#83DAC1", "#B076AA", "#D2AA40"),
    )
    return ("comparison", FigureStyle()), ("comparison-dark", dark)


def _drawn(scores: Sequence[Score], style: FigureStyle, kind: str) -> bytes:
    import matplotlib as mpl  # noqa: PLC0415 (heavy)

    from core.figures.comparison import LevelPanel, LevelPoint, comparison_lines  # noqa: PLC0415

    panels: list[LevelPanel] = []
    for key, (title, good) in _PANELS.items():
        lines: dict[str, list[LevelPoint]] = {}
        for name, epsilon, mean, sd, _n in _points(scores, key):
            lines.setdefault(name, []).append(LevelPoint(epsilon=epsilon, mean=mean, sd=sd))
        panels.append(LevelPanel(title=title, lines=lines, good=good))
    picture = io.BytesIO()
    with mpl.rc_context({"svg.hashsalt": "comparison", "svg.fonttype": "path"}):
        none = {"Date": None, "Creator": None} if kind == "svg" else {"Software": None}
        comparison_lines(panels, style).savefig(
            picture, format=kind, dpi=_PIXELS_PER_INCH, metadata=none
        )
    return picture.getvalue()
