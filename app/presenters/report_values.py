"""The values that a figure of a report draws, for a CSV file: numbers as they are, not as words.

LocalView like the report: whoever saves them takes real patients' values out of the application,
so the first line says what they are.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from core.model.attack import DistanceCurves
from core.model.comparison import FoldChanges
from core.model.measures import Interval
from core.model.quality import GeneCurve, QualityReport

Cell = str | int | float | None
#: A spreadsheet runs a cell that starts with one of these.
_FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureValues:
    """What a figure draws. LocalView.

    Attributes:
        heads: Names of the columns.
        rows: As many cells as there are heads; None is written as nothing.
    """

    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def csv(self, note: str) -> str:
        """Return the text of a CSV file, with the note as a comment in its first line."""
        out = io.StringIO()
        out.write(f"# {note}\n")
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(self.heads)
        writer.writerows([_harmless(cell) for cell in cells] for cells in self.rows)
        return out.getvalue()


def _harmless(cell: Cell) -> Cell:
    """Return a cell that no spreadsheet takes for a formula; numbers stay numbers."""
    if isinstance(cell, str) and cell.startswith(_FORMULAS):
        return f"'{cell}"
    return cell


def _of(heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> FigureValues:
    return FigureValues(heads=tuple(heads), rows=tuple(tuple(cells) for cells in rows))


def pca_values(report: QualityReport) -> FigureValues:
    """One line per drawn patient."""
    rows: list[tuple[Cell, ...]] = []
    if report.pca is not None:
        for cohort, points in (("real", report.pca.real), ("synthetic", report.pca.synthetic)):
            rows += [
                (cohort, report.classes[c], x, y)
                for x, y, c in zip(points.x, points.y, points.class_index, strict=True)
            ]
    return _of(("cohort", "class", "axis_1", "axis_2"), rows)


def curve_values(curves: Sequence[GeneCurve]) -> FigureValues:
    """One line per gene and grid point."""
    return _of(
        ("gene", "value", "real_density", "synthetic_density"),
        (
            (curve.gene, *point)
            for curve in curves
            for point in zip(curve.grid, curve.real, curve.synthetic, strict=True)
        ),
    )


def correlation_values(report: QualityReport) -> FigureValues:
    """One line per pair of genes."""
    maps = report.correlations
    pairs = (
        []
        if maps is None
        else [
            (maps.genes[i], maps.genes[j], maps.real[i][j], maps.synthetic[i][j])
            for i in range(len(maps.genes))
            for j in range(i + 1, len(maps.genes))
        ]
    )
    return _of(("gene_1", "gene_2", "real", "synthetic"), pairs)


def fold_values(changes: FoldChanges | None) -> FigureValues:
    """One line per gene."""
    heads = ("gene", "real", "synthetic", "differs_real", "differs_synthetic")
    if changes is None:
        return _of(heads, ())
    columns = (
        changes.genes, changes.real, changes.synthetic, changes.differs_real,
        changes.differs_synthetic,
    )  # fmt: skip
    return _of(heads, zip(*columns, strict=True))


def utility_values(report: QualityReport) -> FigureValues:
    """One line per classifier and score."""
    heads = (
        "classifier", "score", "real", "real_low", "real_high", "synthetic", "synthetic_low",
        "synthetic_high", "guessing",
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = []
    for s in report.utility:
        real = (None, None) if s.real_interval is None else _ends(s.real_interval)
        mine = (None, None) if s.interval is None else _ends(s.interval)
        rows.append((s.classifier, s.score, s.real, *real, s.synthetic, *mine, s.chance))
    return _of(heads, rows)


def _ends(interval: Interval) -> tuple[float, float]:
    return interval.low, interval.high


def class_values(report: QualityReport) -> FigureValues:
    """One line per class."""
    return _of(
        ("class", "held_out_patients", "real_f1", "synthetic_f1"),
        ((s.label, s.n_test, s.real, s.synthetic) for s in report.class_scores),
    )


def distance_values(curves: DistanceCurves | None) -> FigureValues:
    """One line per distance."""
    heads = ("distance", "synthetic_to_training", "synthetic_to_held_out", "held_out_to_training")
    if curves is None:
        return _of(heads, ())
    columns = (
        curves.grid, curves.synthetic_to_training, curves.synthetic_to_held_out,
        curves.held_out_to_training,
    )  # fmt: skip
    return _of(heads, zip(*columns, strict=True))


def attack_values(report: QualityReport) -> FigureValues:
    """One line per point of each attack's curve."""
    return _of(
        ("attack", "false_positives", "true_positives"),
        (
            (attack.kind.value, *point)
            for attack in report.attacks
            for point in zip(attack.false_positives, attack.true_positives, strict=True)
        ),
    )


def measure_values(report: QualityReport) -> FigureValues:
    """One line per measure of the whole report."""
    heads = ("measure", "group", "value", "low", "high", "reference", "yardstick", "better")
    rows = []
    for m in report.all_measures():
        ends = (None, None) if m.interval is None else _ends(m.interval)
        rows.append(
            (m.key, m.group.value, m.value, *ends, m.reference, m.yardstick.value, m.better.value)
        )
    return _of(heads, rows)
