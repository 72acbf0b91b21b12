"""Which genes a study has and what its reference says about them: by names and public values."""

from __future__ import annotations

from collections.abc import Sequence

from core.model.reference import PublicReference
from core.study.panel import first_genes
from core.synthesis.reference.file import ReferenceFile


def chosen_genes(
    panel: Sequence[str], n_genes: int | None, reference: ReferenceFile | None
) -> tuple[str, ...]:
    """Return the ``n_genes`` of ``panel`` that vary most in the reference, without one the first;
    all, in their order, for None.

    Raises:
        PlanError: PL207 if the panel is smaller or fewer than two are asked for.
    """
    if n_genes is None or reference is None:
        return first_genes(panel, n_genes)
    return first_genes(reference.by_spread(panel), n_genes)


def cut_to(genes: Sequence[str], reference: ReferenceFile | None) -> PublicReference | None:
    """Return what a plan of these genes carries; None without a reference.

    Raises:
        PlanError: PL201 if it covers less than a fifth of them.
    """
    return None if reference is None else reference.for_panel(genes)
