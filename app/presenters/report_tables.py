"""The numbers behind each figure of a report, as rows of words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from app.presenters.wording import measure_words, say
from core.model.quality import QualityReport, UtilityScore

_CLASSIFIERS: Final = {
    "logistic-regression": "Logistic regression",
    "random-forest": "Random forest",
}
_SCORES: Final = {
    "accuracy": "Accuracy",
    "macro-f1": "Macro-F1",
    "weighted-f1": "Weighted F1",
    "auroc": "AUROC",
    "aupr": "AUPR",
}


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


def curves_table(report: QualityReport) -> ReportTable:
    """Distance of each drawn gene."""
    return ReportTable(
        heads=(say("Gene"), say("Distance, in real SD")),
        rows=tuple((c.gene, f"{c.wasserstein:.2f}") for c in report.curves),
    )


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
            kind, score = _CLASSIFIERS.get(s.classifier), _SCORES.get(s.score)
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


def measures_table(report: QualityReport, keys: Sequence[str]) -> ReportTable:
    """Some measures with their references."""
    rows = []
    for key in keys:
        found = report.measure(key)
        if found is not None:
            words = measure_words(key)
            rows.append((words.title, words.written(found.value), words.written(found.reference)))
    heads = (say("Measure"), say("Synthetic"), say("Reference"))
    return ReportTable(heads=heads, rows=tuple(rows))
