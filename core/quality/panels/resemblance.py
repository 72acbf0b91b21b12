"""Resemblance: gene by gene, in pairs of genes, all at once. LocalView.

References:
    quality.md "Resemblance".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.model.comparison import ClassDistance, GeneRow, Remark, RemarkKey
from core.model.measures import Direction, Group, Measure, Reason, Yardstick
from core.quality import jointly, resemblance
from core.quality.discriminator import discriminate
from core.quality.intervals import wilson
from core.quality.jackknife import around, reaches
from core.quality.jointly import Distances
from core.quality.panels.setting import How, Numbers, Part, Setting, measure
from core.quality.tables import Table

_LOWER: Final = How(group=Group.RESEMBLANCE, better=Direction.LOWER)
_HIGHER: Final = How(group=Group.RESEMBLANCE, better=Direction.HIGHER)
_BIOLOGY: Final = How(group=Group.BIOLOGY, better=Direction.HIGHER)
_COIN: Final = How(group=Group.RESEMBLANCE, better=Direction.NEAR, yardstick=Yardstick.CHANCE)
_LEAST_OF_CLASS: Final = 5
_MOST_NAMES: Final = 20
_PerGene = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]
#: Key, distance of each gene, and the end of the scale on which it is drawn.
_BY_GENE: Final[tuple[tuple[str, _PerGene, float], ...]] = (
    ("wasserstein", resemblance.wasserstein_sd, 1.0),
    ("kolmogorov-smirnov", resemblance.kolmogorov, 1.0),
    ("kullback-leibler", resemblance.kullback_leibler, 5.0),
)
#: Largest possible values, where there are any.
_MOST: Final = {"kolmogorov-smirnov": 1.0}


# ---- gene by gene


def gene_by_gene(setting: Setting) -> Part:
    """Compare the distribution of every gene: Wasserstein, Kolmogorov-Smirnov, Kullback-Leibler.

    A gene that is constant among the training patients has no SD to measure in and is left out of
    the Wasserstein distance; the report says which ones.
    """
    trio, missing = setting.few, setting.missing()
    flat = resemblance.constant(trio.train.values)
    found: dict[str, NDArray[np.float64]] = {}
    far = _gene_reaches(setting) if missing is None else {}
    measures = []
    for key, distance, high in _BY_GENE:
        kept = ~flat if key == "wasserstein" and not flat.all() else np.ones_like(flat)
        numbers = Numbers(value=None)
        if missing is None:
            found[key] = distance(trio.train.values, trio.synthetic.values)
            held, matched = _held_out(setting, distance, kept)
            value = float(found[key][kept].mean())
            numbers = Numbers(
                value=value,
                reference=held,
                matched=matched,
                interval=around(value, far.get(key), high=_MOST.get(key, np.inf)),
            )
        how = How(group=_LOWER.group, better=_LOWER.better, high=high)
        measures.append(measure(key, how, numbers, missing))
    return Part(
        measures=tuple(measures),
        genes=_rows(setting, found) if found else (),
        remarks=_constant(setting, flat),
    )


def _gene_reaches(setting: Setting) -> dict[str, float]:
    def of(real: Table, other: Table) -> dict[str, float | None]:
        varying = ~resemblance.constant(real.values)
        found = {key: distance(real.values, other.values) for key, distance, _ in _BY_GENE}
        kept = {"wasserstein": varying if varying.any() else ~varying}
        return {key: float(each[kept.get(key, slice(None))].mean()) for key, each in found.items()}

    return reaches(setting.few.train, setting.few.synthetic, of, setting.pause)


def _held_out(
    setting: Setting, distance: _PerGene, kept: NDArray[np.bool_]
) -> tuple[float | None, float | None]:
    """Return the mean distance of held-out patients, and of as many synthetic ones."""
    if not setting.has_reference():
        return None, None
    trio = setting.few
    held, matched = (
        float(distance(trio.train.values, t.values)[kept].mean())
        for t in (trio.holdout, trio.matched())
    )
    return held, matched


def _rows(setting: Setting, found: dict[str, NDArray[np.float64]]) -> tuple[GeneRow, ...]:
    train, synthetic = setting.few.train.values, setting.few.synthetic.values
    columns = (
        train.mean(axis=0), synthetic.mean(axis=0), train.std(axis=0), synthetic.std(axis=0),
        found["wasserstein"], found["kolmogorov-smirnov"], found["kullback-leibler"],
    )  # fmt: skip
    return tuple(
        GeneRow(
            gene=gene,
            mean_real=numbers[0],
            mean_synthetic=numbers[1],
            sd_real=numbers[2],
            sd_synthetic=numbers[3],
            wasserstein=numbers[4],
            kolmogorov_smirnov=numbers[5],
            kullback_leibler=numbers[6],
        )
        for gene, numbers in zip(
            setting.few_genes, np.round(np.stack(columns, axis=1), 5).tolist(), strict=True
        )
    )


def _constant(setting: Setting, flat: NDArray[np.bool_]) -> tuple[Remark, ...]:
    remarks = []
    frozen = resemblance.constant(setting.few.synthetic.values) & ~flat
    for key, which in (
        (RemarkKey.CONSTANT_GENES, flat),
        (RemarkKey.CONSTANT_SYNTHETIC_GENES, frozen),
    ):
        places = np.flatnonzero(which).tolist()
        if places:
            names = tuple(setting.few_genes[j] for j in places[:_MOST_NAMES])
            remarks.append(Remark(key=key, count=len(places), names=names))
    return tuple(remarks)


# ---- pairs of genes


def pair_by_pair(setting: Setting) -> Part:
    """Compare correlations: their error, and the edges above 0.3 and 0.5."""
    trio, missing = setting.few, setting.missing()
    real = resemblance.correlations(trio.train.values)
    ours = _pairs(real, trio.synthetic) if missing is None else None
    held = _pairs(real, trio.holdout) if setting.has_reference() else None
    matched = _pairs(real, trio.matched()) if ours and held else None
    far = reaches(trio.train, trio.synthetic, _pairs_of, setting.pause) if ours else {}
    return Part(
        measures=tuple(
            measure(
                key,
                how,
                Numbers(
                    value=ours[key] if ours else None,
                    reference=held[key] if held else None,
                    matched=matched[key] if matched else None,
                    interval=around(ours[key], far.get(key), high=most) if ours else None,
                ),
                missing or Reason.NOTHING_TO_FIND,
            )
            for key, how, most in (
                ("correlation-error", _LOWER, 2.0),
                ("correlation-error-strongest", _LOWER, 2.0),
                ("coexpression-recall", _BIOLOGY, 1.0),
                ("coexpression-precision", _BIOLOGY, 1.0),
                ("coexpression-strong-recall", _BIOLOGY, 1.0),
                ("coexpression-strong-precision", _BIOLOGY, 1.0),
            )
        )
    )


def _pairs_of(real: Table, other: Table) -> dict[str, float | None]:
    return _pairs(resemblance.correlations(real.values), other)


def _pairs(real: NDArray[np.float64], table: Table) -> dict[str, float | None]:
    other = resemblance.correlations(table.values)
    error = resemblance.correlation_error(real, other)
    edges = resemblance.coexpression(real, other)
    strong = resemblance.coexpression(real, other, resemblance.STRONG_EDGE)
    return {
        "correlation-error": error[0],
        "correlation-error-strongest": error[1],
        "coexpression-recall": edges[0],
        "coexpression-precision": edges[1],
        "coexpression-strong-recall": strong[0],
        "coexpression-strong-precision": strong[1],
    }


# ---- all genes at once


def all_at_once(setting: Setting) -> Part:
    """Compare whole records: maximum mean discrepancy, and how the clouds cover each other."""
    trio = setting.few.in_units_of(setting.few.train).for_pairs()
    n_genes, n_held = len(setting.few_genes), len(trio.holdout)
    ours = Distances.of(trio.train.values, trio.synthetic.values)
    held = Distances.of(trio.train.values, trio.holdout.values)
    value = jointly.mmd_squared(ours, n_genes)
    discrepancy = measure(
        "mmd-squared",
        How(group=Group.RESEMBLANCE, better=Direction.LOWER, high=0.2),
        Numbers(
            value=value,
            reference=jointly.mmd_squared(held, n_genes),
            interval=around(value, jointly.mmd_reach(ours, n_genes), low=-np.inf),
        ),
        setting.missing(),
    )
    clouds = jointly.overlap(ours), jointly.overlap(held), jointly.overlap(ours.first(n_held))
    n_of = {"precision": len(trio.synthetic), "recall": len(trio.train)}
    covers = tuple(
        _cover(key, clouds, n_of.get(key, len(trio.train)), setting)
        for key in ("precision", "recall", "density", "coverage")
    )
    labels = trio.train.labels, trio.synthetic.labels, trio.holdout.labels
    distances = tuple(
        ClassDistance(
            label=name,
            n_real=int((labels[0] == c).sum()),
            n_synthetic=int((labels[1] == c).sum()),
            mmd_squared=_of_class(ours, labels[0] == c, labels[1] == c, n_genes),
            reference=_of_class(held, labels[0] == c, labels[2] == c, n_genes),
        )
        for c, name in enumerate(setting.classes)
    )
    return Part(measures=(discrepancy, *covers), class_distances=distances)


def _cover(
    key: str, clouds: tuple[jointly.Overlap | None, ...], n: int, setting: Setting
) -> Measure:
    value, reference, matched = (getattr(c, key) if c else None for c in clouds)
    spread = wilson(value, n) if value is not None and key != "density" else None
    high = 1.5 if key == "density" else 1.0
    return measure(
        key,
        How(group=_HIGHER.group, better=_HIGHER.better, high=high),
        Numbers(value=value, reference=reference, matched=matched, interval=spread),
        setting.missing(),
    )


def _of_class(
    distances: Distances, real: NDArray[np.bool_], other: NDArray[np.bool_], n_genes: int
) -> float | None:
    if min(int(real.sum()), int(other.sum())) < _LEAST_OF_CLASS:
        return None
    return jointly.mmd_squared(distances.some(real, other), n_genes)


# ---- told apart


def told_apart(setting: Setting) -> Part:
    """Let a classifier tell synthetic from real patients: a coin where it cannot."""
    found = discriminate(setting.few.train, setting.few.holdout, setting.few.synthetic)
    numbers = (
        (
            ("discriminator-f1", found.f1, found.f1_interval),
            ("discriminator-auroc", found.auroc, found.auroc_interval),
        )
        if found
        else (("discriminator-f1", None, None), ("discriminator-auroc", None, None))
    )
    return Part(
        measures=tuple(
            measure(
                key,
                _COIN,
                Numbers(value=value, reference=0.5, interval=interval),
                setting.missing(),
            )
            for key, value, interval in numbers
        )
    )
