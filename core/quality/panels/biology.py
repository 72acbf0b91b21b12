"""Biology: genes that differ between classes, and sets of genes. LocalView.

References:
    quality.md "Biology".
"""

from __future__ import annotations

from typing import Final

import numpy as np

from core.model.comparison import FoldChanges
from core.model.measures import Direction, Group, Measure, Reason
from core.model.quality import Depth
from core.quality import pathways
from core.quality.biology import Differences, PairTests, compared, pair_tests
from core.quality.jackknife import Of, around, reaches
from core.quality.panels.setting import How, Numbers, Part, Setting, measure
from core.quality.tables import Table

#: Pairs of classes whose genes are drawn: all of six classes.
MOST_PAIRS: Final = 15
_HIGHER: Final = How(group=Group.BIOLOGY, better=Direction.HIGHER)
_LOWER: Final = How(group=Group.BIOLOGY, better=Direction.LOWER)
_DIGITS: Final = 5


def differing_genes(setting: Setting) -> Part:
    """Compare differential expression, corrected for many tests and not, and t statistics."""
    if setting.depth is Depth.QUICK:
        return Part()
    trio = setting.few
    tests = _tests(setting, trio.synthetic)
    held_tests = _tests(setting, trio.holdout)
    ours, held = compared(tests), compared(held_tests)
    matched = compared(_tests(setting, trio.matched())) if held_tests else None
    few = Reason.SMALL_CLASSES if setting.missing() is None else setting.missing()
    missing = Reason.NOTHING_TO_FIND if tests else few
    by_key = [_by_key(d) if d else None for d in (ours, held, matched)]
    far = reaches(trio.train, trio.synthetic, _of(len(setting.classes)), setting.pause)
    measures = [
        _measure(key, by_key, _LOWER if key.endswith("fpr") else _HIGHER, missing, far.get(key))
        for key in _by_key(ours)
    ]
    return Part(
        measures=tuple(measures),
        fold_changes=tuple(_fold_changes(setting, test) for test in tests[:MOST_PAIRS]),
    )


def _tests(setting: Setting, other: Table) -> list[PairTests]:
    """Test all pairs, the reader's stop heard between them."""
    found = []
    for test in pair_tests(setting.few.train, other, len(setting.classes)):
        setting.pause()
        found.append(test)
    return found


def _of(n_classes: int) -> Of:
    def of(real: Table, other: Table) -> dict[str, float | None]:
        return _by_key(compared(list(pair_tests(real, other, n_classes))))

    return of


def _by_key(found: Differences) -> dict[str, float | None]:
    return {
        "differential-precision": found.corrected.precision,
        "differential-tpr": found.corrected.tpr,
        "differential-fpr": found.corrected.fpr,
        "differential-raw-precision": found.raw.precision,
        "differential-raw-tpr": found.raw.tpr,
        "differential-raw-fpr": found.raw.fpr,
        "statistic-correlation": found.t_correlation,
    }


def _measure(
    key: str,
    by_key: list[dict[str, float | None] | None],
    how: How,
    missing: Reason | None,
    far: float | None,
) -> Measure:
    value, reference, matched = (each[key] if each else None for each in by_key)
    low = -1.0 if key == "statistic-correlation" else 0.0
    interval = around(value, far, low=low, high=1.0)
    numbers = Numbers(value=value, reference=reference, matched=matched, interval=interval)
    return measure(key, how, numbers, missing)


def _fold_changes(setting: Setting, test: PairTests) -> FoldChanges:
    a, b = test.pair
    real, synthetic = (
        np.round(t.of_class(a).mean(axis=0) - t.of_class(b).mean(axis=0), _DIGITS)
        for t in (setting.few.train, setting.few.synthetic)
    )
    signs = test.signs()
    return FoldChanges(
        first=setting.classes[a],
        second=setting.classes[b],
        genes=setting.few_genes,
        real=tuple(real.tolist()),
        synthetic=tuple(synthetic.tolist()),
        differs_real=tuple(signs[0].tolist()),
        differs_synthetic=tuple(signs[1].tolist()),
    )


def gene_sets(setting: Setting) -> Part:
    """Compare the scores of gene sets, if a GMT file was given."""
    if setting.depth is Depth.QUICK:
        return Part()
    scaled = setting.few.in_units_of(setting.few.train)
    rows = pathways.pathway_rows(scaled, setting.few_genes, setting.gene_sets)
    far = pathways.reach(scaled, setting.few_genes, setting.gene_sets) if rows else None
    held = [row.reference for row in rows if row.reference is not None]
    value = float(np.mean([row.kolmogorov_smirnov for row in rows])) if rows else None
    missing = Reason.NOTHING_TO_FIND if setting.gene_sets else Reason.NO_PATHWAYS
    numbers = Numbers(
        value=value,
        reference=float(np.mean(held)) if held else None,
        interval=around(value, far, high=1.0),
    )
    return Part(
        measures=(
            measure("pathway-kolmogorov-smirnov", _LOWER, numbers, setting.missing() or missing),
        ),
        pathways=rows,
    )
