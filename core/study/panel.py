"""Which genes and classes a study has: column names and typed lists only, never values."""

from __future__ import annotations

from collections.abc import Sequence

from core.errors import PlanError


def common_panel(gene_names: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Return the genes that all files have, in the order of the first file.

    >>> common_panel([["TP53", "MPO", "CD19"], ["CD19", "TP53"]])
    ('TP53', 'CD19')

    Raises:
        PlanError: PL206 if there is none.
    """
    if not gene_names:
        raise PlanError("PL206")
    common = set(gene_names[0]).intersection(*map(set, gene_names[1:]))
    panel = tuple(gene for gene in gene_names[0] if gene in common)
    if not panel:
        raise PlanError("PL206")
    return panel


def first_genes(panel: Sequence[str], n_genes: int | None) -> tuple[str, ...]:
    """Return the first ``n_genes`` of the panel; all for None.

    >>> first_genes(("A", "B", "C"), 2)
    ('A', 'B')

    Raises:
        PlanError: PL207 if the panel is smaller or fewer than two are asked for.
    """
    if n_genes is None:
        return tuple(panel)
    if n_genes < 2:
        raise PlanError("PL207", needed=2, what="genes", found=n_genes)
    if n_genes > len(panel):
        raise PlanError(
            "PL207", needed=n_genes, what="genes that all hospitals have", found=len(panel)
        )
    return tuple(panel[:n_genes])


def common_classes(labels: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Return the sorted union of label names: the default of a rehearsal, which has one owner
    (formats.md).

    >>> common_classes([["B", "A"], ["C", "A"]])
    ('A', 'B', 'C')

    Raises:
        PlanError: PL207 if there are fewer than two.
    """
    union = tuple(sorted(set().union(*map(set, labels))))
    if len(union) < 2:
        raise PlanError("PL207", needed=2, what="classes", found=len(union))
    return union
