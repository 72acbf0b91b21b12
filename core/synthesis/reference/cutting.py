"""An open cohort's summary brought onto the scale of a panel: z-scored records of its genes.

References:
    generators.md "The recipe moments" (public reference).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.errors import PlanError
from core.model.reference import PublicReference
from core.synthesis.reference.levels import levels_along
from core.synthesis.reference.panel import packed, panel_reference

#: A reference covers at least so many genes of a panel, and this proportion of them.
LEAST_GENES: Final = 3
LEAST_COVERED: Final = 0.2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cut:
    """What an open cohort says about the genes of a panel that it has. Public.

    Attributes:
        table: Shape (n_covered, 2 + n_factors): mean, standard deviation, loadings in its unit.
        away: Shape (n_covered, n_classes): how far each class's mean lies from the cohort's, in
            the unit of the standard deviation.
        turn: Shape (n_factors, factors before): the new factors in terms of those before.
    """

    table: NDArray[np.float64]
    away: NDArray[np.float64]
    turn: NDArray[np.float64]

    @property
    def n_factors(self) -> int:
        """Factors in it."""
        return int(self.table.shape[1]) - 2

    def content(self, covered: NDArray[np.bool_]) -> str:
        """Return the table as a plan carries it, 0 for genes that are not ``covered``."""
        return packed(_spread(self.table, covered))

    def class_content(self, covered: NDArray[np.bool_]) -> str:
        """Return the class differences as a plan carries them."""
        return packed(_spread(self.away, covered))

    def level_content(
        self, mean: NDArray[np.float64], sd: NDArray[np.float64], loadings: NDArray[np.float64]
    ) -> str:
        """Return how levels follow the factors as a plan carries it.

        Args:
            mean: Shape (n_covered,), log2 scale.
            sd: The same.
            loadings: Shape (n_covered, factors before), log2 scale.
        """
        along, both, usual = levels_along(mean, sd, loadings)
        return packed(np.vstack([self.turn @ along, both, usual]))


def _spread(rows: NDArray[np.float64], covered: NDArray[np.bool_]) -> NDArray[np.float64]:
    table = np.zeros((len(covered), rows.shape[1]))
    table[covered] = rows
    return table


def cut_rows(
    mean: NDArray[np.float64],
    sd: NDArray[np.float64],
    loadings: NDArray[np.float64],
    away: NDArray[np.float64],
    *,
    most: int,
) -> Cut:
    """Bring the summary of some genes onto the scale of records z-scored over them.

    Args:
        mean: Shape (n_genes,), of records on any common scale.
        sd: The same.
        loadings: Shape (n_genes, n_factors), on that scale.
        away: Shape (n_genes, n_classes), on that scale.
        most: Most factors to keep.
    """
    mean, sd, loadings, away = _normalised(mean, sd, loadings, away)
    u, singular, turn = np.linalg.svd(loadings / sd[:, None], full_matrices=False)
    k = min(most, int((singular > singular[0] * 1e-3).sum()))
    sign = np.sign(u[np.abs(u[:, :k]).argmax(axis=0), np.arange(k)])
    return Cut(
        table=np.column_stack([mean, sd, u[:, :k] * sign * singular[:k]]),
        away=away / sd[:, None],
        turn=turn[:k] * sign[:, None],
    )


def narrowed_reference(
    reference: PublicReference | None, n_all: int, n_genes: int
) -> PublicReference | None:
    """Cut a plan's reference to the first genes of its panel.

    Args:
        reference: Of a plan; None without one.
        n_all: Genes of the plan's panel.
        n_genes: The first so many are kept.

    Raises:
        PlanError: PL201 if it covers less than a fifth of them.
    """
    whole = panel_reference(reference, n_all)
    if reference is None or whole is None or n_genes == n_all:
        return reference
    covered = whole.covered[:n_genes]
    n = int(covered.sum())
    if n < max(LEAST_GENES, LEAST_COVERED * n_genes):
        reason = f"has {n} of the first {n_genes} genes"
        raise PlanError("PL201", field="reference", reason=reason)
    rows = np.flatnonzero(covered)
    sd = whole.sd[rows]
    there = whole.mean[rows], sd, whole.loadings(reference.n_factors)[rows] * sd[:, None]
    cut = cut_rows(*there, whole.away.T[rows] * sd[:, None], most=reference.n_factors)
    levels = whole.levels
    return replace(
        reference,
        n_covered=n,
        n_factors=cut.n_factors,
        content=cut.content(covered),
        class_content=cut.class_content(covered) if reference.classes else "",
        level_content=cut.level_content(*levels.log2_moments(*there)) if levels else "",
    )


def _normalised(
    mean: NDArray[np.float64],
    sd: NDArray[np.float64],
    loadings: NDArray[np.float64],
    away: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return mean, spread, loadings and class differences of z-scored records, to first order."""
    n = len(mean)
    own = np.maximum(np.square(sd) - np.square(loadings).sum(axis=1), 0.0)
    centred = loadings - loadings.mean(axis=0)
    profile = mean - mean.mean()
    spread = np.sqrt(
        float(np.square(profile).mean())
        + float(np.square(centred).sum(axis=1).mean())
        + float(own.mean())
    )
    along = profile / max(float(np.linalg.norm(profile)), 1e-9)
    part = float(profile @ profile) / (n * spread**2)

    def turned(moved: NDArray[np.float64]) -> NDArray[np.float64]:
        found: NDArray[np.float64] = (moved - part * np.outer(along, along @ moved)) / spread
        return found

    factors = turned(centred)
    rest = own * (1 - 1 / n) / spread**2
    around = np.sqrt(np.square(factors).sum(axis=1) + rest)
    return profile / spread, around, factors, turned(away - away.mean(axis=0))
