"""What the figures draw: plane, curves and maps as plain numbers. LocalView."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.model.quality import CorrelationMaps, GeneCurve, PcaOverlay, PointSet
from core.quality.resemblance import correlations, wasserstein_sd
from core.quality.tables import Table

N_CURVES: Final = 6
N_MAP_GENES: Final = 40
_GRID_POINTS: Final = 64
_MOST_BINS: Final = 512
_MOST_POINTS: Final = 500
_LEAST_REAL: Final = 3
_TINY: Final = 1e-9
_DECIMALS: Final = 5


def _plain(values: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(np.round(values, _DECIMALS).tolist())


def pca_overlay(train: Table, holdout: Table, synthetic: Table) -> PcaOverlay | None:
    """Return held-out and synthetic patients on the two main axes of the real training patients.

    Genes are scaled by the training patients. An axis points to where its largest loading is
    positive. None below three training patients.
    """
    if len(train) < _LEAST_REAL:
        return None
    middle, spread = train.values.mean(axis=0), train.values.std(axis=0)
    spread = np.where(spread > _TINY, spread, 1.0)
    scaled = (train.values - middle) / spread
    _, singular, axes = np.linalg.svd(scaled, full_matrices=False)
    axes = axes[:2]
    largest = np.abs(axes).argmax(axis=1)
    axes = axes * np.sign(axes[np.arange(len(axes)), largest])[:, None]
    variance = singular**2 / max(float((singular**2).sum()), _TINY)

    def points(table: Table) -> PointSet:
        shown = table.first(_MOST_POINTS)
        place = ((shown.values - middle) / spread) @ axes.T
        return PointSet(
            x=_plain(place[:, 0]),
            y=_plain(place[:, 1]),
            class_index=tuple(shown.labels.tolist()),
        )

    return PcaOverlay(
        explained=(float(variance[0]), float(variance[1])),
        real=points(holdout),
        synthetic=points(synthetic),
    )


def telling_genes(real: Table, most: int) -> list[int]:
    """Return the genes whose class means differ most, relative to their spread, best first."""
    spread = real.values.var(axis=0)
    middle = real.values.mean(axis=0)
    between = np.zeros_like(spread)
    for c in np.unique(real.labels):
        mine = real.of_class(int(c))
        between += len(mine) / len(real) * (mine.mean(axis=0) - middle) ** 2
    ratio = np.divide(between, spread, out=np.zeros_like(spread), where=spread > _TINY)
    found: list[int] = np.argsort(-ratio, kind="stable")[:most].tolist()
    return [j for j in found if spread[j] > _TINY]


def gene_curves(
    real: Table, synthetic: Table, genes: tuple[str, ...], distances: NDArray[np.float64]
) -> tuple[tuple[GeneCurve, ...], tuple[GeneCurve, ...]]:
    """Return the densities of the six genes that tell the classes apart best, and of the others.

    64 points from the lowest to the highest value of both. Genes with one value only among the
    real patients have no curve.

    Args:
        real: Real training patients.
        synthetic: Synthetic patients, same genes.
        genes: Names.
        distances: Wasserstein distance of each gene, SD units.
    """
    if len(real) < _LEAST_REAL or len(synthetic) < _LEAST_REAL:
        return (), ()
    order = telling_genes(real, real.values.shape[1])
    curves = tuple(
        gene_curve(genes[j], real.values[:, j], synthetic.values[:, j], float(distances[j]))
        for j in order
    )
    return curves[:N_CURVES], curves[N_CURVES:]


def one_gene(real: Table, synthetic: Table, genes: tuple[str, ...], gene: str) -> GeneCurve | None:
    """Return the densities of one gene of the panel, and its distance.

    None with too few patients, or if all real ones have the same value.

    Args:
        real: Real training patients, all genes.
        synthetic: Synthetic patients, same genes.
        genes: Names.
        gene: One of them.
    """
    if len(real) < _LEAST_REAL or len(synthetic) < _LEAST_REAL:
        return None
    j = genes.index(gene)
    a, b = real.values[:, j], synthetic.values[:, j]
    if float(a.std()) <= _TINY:
        return None
    return gene_curve(gene, a, b, float(wasserstein_sd(a[:, None], b[:, None])[0]))


def gene_curve(
    gene: str, a: NDArray[np.float64], b: NDArray[np.float64], distance: float
) -> GeneCurve:
    """Return the densities of one gene on 64 points over the range of both."""
    grid = np.linspace(min(a.min(), b.min()), max(a.max(), b.max()), _GRID_POINTS)
    return GeneCurve(
        gene=gene,
        grid=_plain(grid),
        real=_plain(density(a, grid)),
        synthetic=_plain(density(b, grid)),
        wasserstein=round(distance, _DECIMALS),
    )


def density(values: NDArray[np.float64], grid: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the kernel density estimate: normals of width sd n^(-1/5), averaged.

    Args:
        values: Shape (n,), n > 1, within the grid.
        grid: Increasing, equal steps.
    """
    width = max(float(values.std(ddof=1)) * len(values) ** -0.2, float(np.ptp(grid)) / 200, _TINY)
    points, shares = _gathered(values, grid)
    bells = np.exp(-0.5 * ((grid[:, None] - points[None, :]) / width) ** 2)
    found: NDArray[np.float64] = bells @ shares / (width * np.sqrt(2 * np.pi))
    return found


def _gathered(
    values: NDArray[np.float64], grid: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return at most 512 points and the share of the values at each, linearly binned.

    A thousand genes of a thousand patients are drawn in half the time; the curve moves by less
    than a pixel (Wand 1994).
    """
    step = float(np.ptp(grid)) / (_MOST_BINS - 1)
    if len(values) <= _MOST_BINS or step < _TINY:
        return values, np.full(len(values), 1.0 / len(values))
    place = (values - grid[0]) / step
    left = np.clip(place.astype(np.int64), 0, _MOST_BINS - 2)
    beyond = place - left
    shares = np.bincount(left, 1.0 - beyond, _MOST_BINS) + np.bincount(
        left + 1, beyond, _MOST_BINS
    )
    return grid[0] + step * np.arange(_MOST_BINS), shares / len(values)


def correlation_maps(
    real: Table, synthetic: Table, genes: tuple[str, ...]
) -> CorrelationMaps | None:
    """Return the correlations of the 40 genes that vary most, grouped by average linkage.

    None below three real or synthetic patients.
    """
    from scipy.cluster.hierarchy import leaves_list, linkage  # noqa: PLC0415 (reports only)
    from scipy.spatial.distance import squareform  # noqa: PLC0415

    if len(real) < _LEAST_REAL or len(synthetic) < _LEAST_REAL:
        return None
    widest = np.argsort(-real.values.var(axis=0), kind="stable")[:N_MAP_GENES]
    found = correlations(real.values[:, widest])
    distance = squareform(np.maximum(1.0 - found, 0.0), checks=False)
    order = leaves_list(linkage(distance, method="average"))
    chosen = widest[order]
    theirs = correlations(synthetic.values[:, chosen])
    return CorrelationMaps(
        genes=tuple(genes[j] for j in chosen.tolist()),
        real=tuple(_plain(row) for row in found[np.ix_(order, order)]),
        synthetic=tuple(_plain(row) for row in theirs),
    )
