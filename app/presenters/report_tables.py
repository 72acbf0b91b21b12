"""The numbers behind each figure of a report, as rows of words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from app.presenters.wording import (
    count,
    direction_words,
    measure_words,
    reading,
    reason_words,
    say,
)
from app.presenters.wording.measures import CLASSIFIERS, SCORES, MeasureWords
from core.model.comparison import FoldChanges
from core.model.measures import Group, Measure
from core.model.quality import GeneCurve, QualityReport, UtilityScore

_SCORED: Final = tuple(f"{name}-" for name in CLASSIFIERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportTable:
    """A table behind a figure.

    Attributes:
        heads: Titles of the columns; the first one is words, the others numbers.
        rows: As many cells as there are heads.
    """

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def _hundred(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.0f}"


def _middle(values: list[float]) -> str:
    return f"{sum(values) / len(values):.2f}" if values else "–"


def pca_table(report: QualityReport) -> ReportTable:
    """Middle of each diagnosis on the two axes, real and synthetic."""
    heads = (
        say("Diagnosis"),
        say("Real, axis 1"),
        say("Real, axis 2"),
        say("Synthetic, axis 1"),
        say("Synthetic, axis 2"),
    )
    if report.pca is None:
        return ReportTable(heads=heads, rows=())
    rows = []
    for number, name in enumerate(report.classes):
        cells = [name]
        for points in (report.pca.real, report.pca.synthetic):
            own = [n for n, c in enumerate(points.class_index) if c == number]
            cells += [_middle([axis[n] for n in own]) for axis in (points.x, points.y)]
        rows.append(tuple(cells))
    return ReportTable(heads=heads, rows=tuple(rows))


def curves_table(report: QualityReport, curves: Sequence[GeneCurve]) -> ReportTable:
    """Middle, spread and distance of each drawn gene."""
    known = {row.gene: row for row in report.genes}
    rows = []
    for curve in curves:
        found = known.get(curve.gene)
        cells = (
            ("–",) * 4
            if found is None
            else tuple(
                f"{v:.2f}"
                for v in (
                    found.mean_real,
                    found.mean_synthetic,
                    found.sd_real,
                    found.sd_synthetic,
                )
            )
        )
        rows.append((curve.gene, f"{curve.wasserstein:.2f}", *cells))
    heads = (
        say("Gene"),
        say("Distance, SD"),
        say("Mean, real"),
        say("Synthetic"),
        say("SD, real"),
        say("Synthetic"),
    )
    return ReportTable(heads=heads, rows=tuple(rows))


def correlations_table(report: QualityReport, most: int = 20) -> ReportTable:
    """The strongest real correlations among the drawn genes, and what became of them."""
    heads = (say("Genes"), say("Real"), say("Synthetic"))
    maps = report.correlations
    if maps is None:
        return ReportTable(heads=heads, rows=())
    pairs = [
        (abs(maps.real[i][j]), i, j)
        for i in range(len(maps.genes))
        for j in range(i + 1, len(maps.genes))
    ]
    rows = [
        (
            f"{maps.genes[i]} – {maps.genes[j]}",
            f"{maps.real[i][j]:.2f}",
            f"{maps.synthetic[i][j]:.2f}",
        )
        for _size, i, j in sorted(pairs, reverse=True)[:most]
    ]
    return ReportTable(heads=heads, rows=tuple(rows))


def utility_table(report: QualityReport) -> ReportTable:
    """Scores of all classifiers, of 100."""

    def lines(scores: Sequence[UtilityScore], what: str) -> Iterator[tuple[str, ...]]:
        for s in scores:
            kind, score = CLASSIFIERS.get(s.classifier), SCORES.get(s.score)
            name = f"{kind or s.classifier}, {score or s.score}"
            numbers = (_hundred(v) for v in (s.real, s.synthetic, s.chance))
            yield (what.format(name=name), *numbers)

    return ReportTable(
        heads=(say("Model and score, of 100"), say("Real"), say("Synthetic"), say("Guessing")),
        rows=(
            *lines(report.utility, "{name}"),
            *lines(report.public_alone, say("{name}: public data alone", name="{name}")),
        ),
    )


def classes_table(report: QualityReport) -> ReportTable:
    """F1 of each diagnosis, of 100, and how many patients judged it."""
    return ReportTable(
        heads=(say("Diagnosis"), say("Real"), say("Synthetic"), say("Patients tested")),
        rows=tuple(
            (s.label, _hundred(s.real), _hundred(s.synthetic), str(s.n_test))
            for s in report.class_scores
        ),
    )


def group_table(report: QualityReport, group: Group) -> ReportTable:
    """Every measure of a group with its interval, its reference and its reading."""
    heads = (
        say("Measure"),
        say("Result"),
        say("95 of 100"),
        say("Better is"),
        say("Reference"),
        say("Reading"),
    )
    rows = []
    for measure in report.of_group(group):
        if measure.key.startswith(_SCORED):  # the figure of the scores has them
            continue
        words = measure_words(measure.key)
        rows.append(
            (
                words.title,
                _with_matched(words, measure),
                words.written_interval(measure.interval) or "–",
                direction_words(measure.better),
                words.written(measure.reference),
                reason_words(measure.reason) or reading(measure)[1],
            )
        )
    return ReportTable(heads=heads, rows=tuple(rows))


def _with_matched(words: MeasureWords, measure: Measure) -> str:
    """Return the value, and in brackets the one for as many synthetic as held-out patients."""
    value = words.written(measure.value)
    return value if measure.matched is None else f"{value} ({words.written(measure.matched)})"


def fold_table(changes: FoldChanges | None, most: int = 20) -> ReportTable:
    """The genes that differ most between two classes among real patients."""
    heads = (say("Gene"), say("Real"), say("Synthetic"), say("Found again"))
    if changes is None:
        return ReportTable(heads=heads, rows=())
    order = sorted(range(len(changes.genes)), key=lambda n: -abs(changes.real[n]))[:most]
    rows = tuple(
        (
            changes.genes[n],
            f"{changes.real[n]:+.2f}",
            f"{changes.synthetic[n]:+.2f}",
            _found_again(changes.differs_real[n], changes.differs_synthetic[n]),
        )
        for n in order
    )
    return ReportTable(heads=heads, rows=rows)


def _found_again(real: int, synthetic: int) -> str:
    if real == 0:
        return say("false") if synthetic else "–"
    return say("yes") if real == synthetic else say("no")


def distances_table(report: QualityReport) -> ReportTable:
    """Distances within which a tenth, a half and nine tenths have a neighbour."""
    heads = (
        say("Nearest within, for"),
        say("Synthetic to used"),
        say("Synthetic to held out"),
        say("Held out to used"),
    )
    curves = report.distances
    if curves is None:
        return ReportTable(heads=heads, rows=())
    rows = []
    for share in (0.1, 0.5, 0.9):
        cells = [say("{n} of 100", n=round(100 * share))]
        for values in (
            curves.synthetic_to_training,
            curves.synthetic_to_held_out,
            curves.held_out_to_training,
        ):
            reached = (g for g, v in zip(curves.grid, values, strict=True) if v >= share)
            found = next(reached, None)
            cells.append("–" if found is None else f"{found:.2f}")
        rows.append(tuple(cells))
    return ReportTable(heads=heads, rows=tuple(rows))


def attacks_table(report: QualityReport) -> ReportTable:
    """Each attack: how often it is right, and whom it finds while it suspects few others."""
    heads = (
        say("Attack"),
        say("Right, of 100"),
        say("95 of 100"),
        say("Found at 10 wrong"),
        say("Found at 1 wrong"),
    )
    rows = []
    for attack in report.attacks:
        words = measure_words(attack.as_measure().key)
        rows.append(
            (
                words.title,
                words.written(attack.auroc),
                words.written_interval(attack.interval) or "–",
                _hundred(attack.tpr_at_10),
                _hundred(attack.tpr_at_1),
            )
        )
    return ReportTable(heads=heads, rows=tuple(rows))


def top_genes_table(report: QualityReport) -> ReportTable:
    """The genes by which a model recognises each diagnosis, and how many are the same."""
    heads = (say("Diagnosis"), say("The same"), say("Only with real"), say("Only with synthetic"))
    rows = []
    for top in report.top_genes:
        same = [g for g in top.real if g in top.synthetic]
        rows.append(
            (
                top.label,
                ", ".join(same) or "–",
                ", ".join(g for g in top.real if g not in same) or "–",
                ", ".join(g for g in top.synthetic if g not in same) or "–",
            )
        )
    return ReportTable(heads=heads, rows=tuple(rows))


def class_distances_table(report: QualityReport) -> ReportTable:
    """How far the synthetic patients of each diagnosis are from the real ones."""
    words = measure_words("mmd-squared")
    return ReportTable(
        heads=(
            say("Diagnosis"),
            say("Real"),
            say("Synthetic"),
            say("Distance"),
            say("Held-out patients"),
        ),
        rows=tuple(
            (
                d.label,
                count(d.n_real),
                count(d.n_synthetic),
                words.written(d.mmd_squared),
                words.written(d.reference),
            )
            for d in report.class_distances
        ),
    )


def pathways_table(report: QualityReport) -> ReportTable:
    """How alike each set of genes is scored."""
    return ReportTable(
        heads=(say("Gene set"), say("Genes"), say("Largest gap"), say("Held-out patients")),
        rows=tuple(
            (
                p.name,
                count(p.n_genes),
                f"{p.kolmogorov_smirnov:.2f}",
                "–" if p.reference is None else f"{p.reference:.2f}",
            )
            for p in report.pathways
        ),
    )
