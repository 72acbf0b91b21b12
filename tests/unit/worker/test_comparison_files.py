"""core.worker.commands.comparison_files: a comparison as files, and the plots behind them."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from core.errors import PlanError
from core.figures.comparison import LevelPanel, LevelPoint, comparison_lines
from core.figures.style import FigureStyle
from core.worker.commands.comparing import PUBLIC_ALONE, Score
from core.worker.commands.comparison_files import require_free, write_comparison


def score(recipe: str, epsilon: float, repeat: int, f1: float) -> Score:
    return Score(
        recipe=recipe, epsilon=epsilon, repeat=repeat, logistic=f1, forest=f1 - 0.1, recall=0.4,
        precision=0.9, wasserstein=0.2, differential_tpr=0.5, differential_fpr=0.3,
    )  # fmt: skip


SCORES = [
    *(score("moments", e, r, 0.5 + 0.1 * e + 0.02 * r) for r in (0, 1) for e in (1.0, 4.0)),
    *(score(PUBLIC_ALONE, 0.0, r, 0.7) for r in (0, 1)),
]


def test_every_score_the_means_and_the_plots_are_written(tmp_path: Path) -> None:
    require_free(tmp_path / "new")
    table = write_comparison(SCORES, tmp_path / "new")
    names = {p.name for p in (tmp_path / "new").iterdir()}
    assert names == {
        "comparison.csv", "comparison-means.csv", "comparison.md", "comparison.png",
        "comparison.svg", "comparison-dark.png", "comparison-dark.svg",
    }  # fmt: skip
    assert f"| {PUBLIC_ALONE} | - | 0.650" in table
    with (tmp_path / "new" / "comparison-means.csv").open() as stream:
        rows = {(r["measure"], r["recipe"], r["epsilon"]): r for r in csv.DictReader(stream)}
    ours = rows["usefulness", "moments", "4.0"]
    assert float(ours["mean"]) == pytest.approx(0.86)
    assert float(ours["sd"]) == pytest.approx(0.01)
    assert ours["repeats"] == "2"
    assert len(rows) == 6 * 3
    light, dark = (
        (tmp_path / "new" / f"comparison{kind}.svg").read_text() for kind in ("", "-dark")
    )
    assert "#1b2229" in dark
    assert "#1b2229" not in light
    with pytest.raises(PlanError, match="PL210"):
        require_free(tmp_path / "new")


def test_what_knows_no_level_is_a_level_line_with_its_band() -> None:
    lines = {
        "moments": [LevelPoint(epsilon=e, mean=e / 10, sd=0.05) for e in (1.0, 4.0)],
        PUBLIC_ALONE: [LevelPoint(epsilon=0.0, mean=0.3, sd=0.1)],
    }
    panel = LevelPanel(title="Usefulness", lines=lines, good=1.0)
    figure = comparison_lines([panel, LevelPanel(title="Other", lines=lines)] * 2, FigureStyle())
    assert len(figure.axes) == 4
    axes = figure.axes[0]
    drawn = [np.unique(line.get_ydata()).tolist() for line in axes.lines]
    assert drawn == [[1.0], [0.1, 0.4], [0.3]]
    assert [t.get_text() for t in axes.get_xticklabels()] == ["1", "4"]
    assert len(axes.collections) == 1  # the band of the recipe
    assert len(axes.patches) == 1  # that of the level line
    names = [t.get_text() for t in figure.legends[0].get_texts()]
    assert names == ["moments", PUBLIC_ALONE, "Real data"]
