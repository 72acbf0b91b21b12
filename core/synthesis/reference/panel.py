"""A plan's public reference as arrays, and back.

References:
    generators.md "The recipe moments" (public reference).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.errors import PlanError
from core.model.reference import PublicReference
from core.synthesis.reference.levels import PublicLevels

_LEAST_CLASSES: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PanelReference:
    """What an open cohort says about the genes of a panel, on the normalised scale. Public.

    Attributes:
        mean: Shape (n_genes,); 0 where it lacks the gene.
        sd: Shape (n_genes,); 0 where it lacks the gene.
        directions: Shape (n_genes, n_factors), orthonormal columns; main axes of the genes scaled
            by ``sd``; 0 where it lacks the gene.
        variances: Shape (n_factors,), positive: variance along each axis, decreasing.
        classes: Classes that the open cohort names.
        away: Shape (n_classes, n_genes): how far each class's mean lies from the cohort's, in the
            unit of ``sd``; 0 where it lacks the gene.
        levels: How records' levels and spreads follow the factors; None in plans of before.
    """

    mean: NDArray[np.float64]
    sd: NDArray[np.float64]
    directions: NDArray[np.float64]
    variances: NDArray[np.float64]
    classes: tuple[str, ...]
    away: NDArray[np.float64]
    levels: PublicLevels | None = None

    def expected(self, classes: Sequence[str]) -> NDArray[np.float64] | None:
        """Return how far the plan's class means are expected from the middle, before anything is
        measured: shape (n_classes, n_genes), 0 for a class that the open cohort does not name;
        None if it names fewer than two of them.
        """
        at = {name: i for i, name in enumerate(self.classes)}
        if len(set(classes) & set(at)) < _LEAST_CLASSES:
            return None
        nothing = np.zeros(len(self.sd))
        return np.stack([self.away[at[c]] if c in at else nothing for c in classes])

    @property
    def covered(self) -> NDArray[np.bool_]:
        """Which genes the open cohort has, shape (n_genes,)."""
        return self.sd > 0

    def weights(self, n_factors: int) -> NDArray[np.float64]:
        """Return what turns a record into scores of unit variance, shape (n_genes, n_factors)."""
        first: NDArray[np.float64] = self.directions[:, :n_factors] / np.sqrt(
            self.variances[:n_factors]
        )
        return first

    def loadings(self, n_factors: int) -> NDArray[np.float64]:
        """Return each gene's loading on the first factors, shape (n_genes, n_factors)."""
        first: NDArray[np.float64] = self.directions[:, :n_factors] * np.sqrt(
            self.variances[:n_factors]
        )
        return first


def panel_reference(reference: PublicReference | None, n_genes: int) -> PanelReference | None:
    """Return the arrays of a plan's reference; None for none.

    Raises:
        PlanError: PL201 if its content is not that of ``n_genes`` genes.
    """
    if reference is None:
        return None
    table = _unpacked(reference.content, n_genes, 2 + reference.n_factors, "content")
    mean, sd, loadings = table[:, 0], table[:, 1], table[:, 2:]
    variances = np.square(loadings).sum(axis=0)
    covered = sd > 0
    ok = (
        bool(np.isfinite(table).all())
        and bool((sd >= 0).all())
        and int(covered.sum()) == reference.n_covered
        and bool((variances > 0).all())
        and not table[~covered].any()
    )
    if not ok:
        raise PlanError("PL201", field="reference.content", reason="values that cannot be")
    away = _unpacked(reference.class_content, n_genes, len(reference.classes), "class_content")
    if not np.isfinite(away).all() or away[~covered].any():
        raise PlanError("PL201", field="reference.class_content", reason="values that cannot be")
    return PanelReference(
        mean=mean,
        sd=sd,
        directions=loadings / np.sqrt(variances),
        variances=variances,
        classes=reference.classes,
        away=away.T,
        levels=_levels(reference),
    )


def _levels(reference: PublicReference) -> PublicLevels | None:
    """Return what a plan's reference says of levels, if anything."""
    if not reference.level_content:
        return None
    n = reference.n_factors
    table = _unpacked(reference.level_content, n + 2, 2, "level_content")
    if not np.isfinite(table).all() or (table[n] < 0).any() or not table[n + 1, 1] > 0:
        raise PlanError("PL201", field="reference.level_content", reason="values that cannot be")
    return PublicLevels(along=table[:n], sd=table[n], usual=table[n + 1])


def _unpacked(text: str, rows: int, columns: int, field: str) -> NDArray[np.float64]:
    """Return the numbers of a base64 field, shape (rows, columns)."""
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise PlanError("PL201", field=f"reference.{field}", reason="not base64") from None
    if len(content) != 4 * rows * columns:
        raise PlanError("PL201", field=f"reference.{field}", reason="not of the plan's shape")
    numbers = np.frombuffer(content, dtype="<f4").astype(np.float64)
    return numbers.reshape(rows, columns)


def packed(*columns: NDArray[np.float64]) -> str:
    """Return columns of genes as a plan carries them: base64 of little-endian float32."""
    table = np.column_stack(columns).astype("<f4")
    return base64.b64encode(table.tobytes()).decode("ascii")
