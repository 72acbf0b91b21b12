"""A plan's public reference as arrays, and back.

References:
    generators.md "The recipe moments" (public reference).
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import PlanError
from core.model.reference import PublicReference


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PanelReference:
    """What an open cohort says about the genes of a panel, on the normalised scale. Public.

    Attributes:
        mean: Shape (n_genes,); 0 where it lacks the gene.
        sd: Shape (n_genes,); 0 where it lacks the gene.
        directions: Shape (n_genes, n_factors), orthonormal columns; main axes of the genes scaled
            by ``sd``; 0 where it lacks the gene.
        variances: Shape (n_factors,), positive: variance along each axis, decreasing.
    """

    mean: NDArray[np.float64]
    sd: NDArray[np.float64]
    directions: NDArray[np.float64]
    variances: NDArray[np.float64]

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
    try:
        content = base64.b64decode(reference.content, validate=True)
    except (binascii.Error, ValueError):
        raise PlanError("PL201", field="reference.content", reason="not base64") from None
    columns = 2 + reference.n_factors
    if len(content) != 4 * n_genes * columns:
        raise PlanError("PL201", field="reference.content", reason="not of the plan's genes")
    table = np.frombuffer(content, dtype="<f4").astype(np.float64).reshape(n_genes, columns)
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
    return PanelReference(
        mean=mean, sd=sd, directions=loadings / np.sqrt(variances), variances=variances
    )


def packed(
    mean: NDArray[np.float64], sd: NDArray[np.float64], loadings: NDArray[np.float64]
) -> str:
    """Return the content of a plan's reference: base64 of little-endian float32."""
    table = np.column_stack([mean, sd, loadings]).astype("<f4")
    return base64.b64encode(table.tobytes()).decode("ascii")
