"""Which genes' curves are on the screen, chosen by name from the panel."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from app.presenters.wording import say
from core.model.quality import GeneCurve, QualityReport

MOST_GENES: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneChoice:
    """The genes that somebody asked for. Invariant: at most six, the latest first.

    Attributes:
        chosen: Their names; empty for the six that tell the diagnoses apart best.
        fetched: Curves that the worker made for them, because the report has none.
        awaited: The gene whose curve the worker was asked for; empty without one.
        said: Why a gene is not shown; empty when there is nothing to say.
    """

    chosen: tuple[str, ...] = ()
    fetched: tuple[GeneCurve, ...] = ()
    awaited: str = ""
    said: str = ""

    def curves(self, report: QualityReport) -> tuple[GeneCurve, ...]:
        """Return what is drawn."""
        if not self.chosen:
            return report.curves
        known = {c.gene: c for c in self.fetched}
        found = [report.curve(gene) or known.get(gene) for gene in self.chosen]
        return tuple(c for c in found if c is not None)

    def with_gene(self, gene: str) -> GeneChoice:
        """Show a gene before the others; the seventh falls off."""
        rest = tuple(g for g in self.chosen if g != gene)
        return replace(self, chosen=(gene, *rest)[:MOST_GENES], awaited="", said="")

    def with_curve(self, gene: str, curve: GeneCurve | None) -> GeneChoice:
        """Take what the worker answered."""
        if curve is None:
            words = say("{gene} has one value in all patients here: no curve.", gene=gene)
            return replace(self, awaited="", said=words)
        return replace(self, fetched=(*self.fetched, curve)).with_gene(gene)

    def waiting(self, gene: str) -> GeneChoice:
        """Remember that the worker was asked."""
        return replace(self, awaited=gene, said="")

    def unknown(self, typed: str) -> GeneChoice:
        """Say that there is no such gene."""
        words = say("“{typed}” is not among the genes of this study.", typed=typed)
        return replace(self, awaited="", said=words)


def gene_of(typed: str, genes: tuple[str, ...]) -> str | None:
    """Return the gene that was meant: capital and small letters are the same if only one fits.

    >>> gene_of(" cd19 ", ("CD19", "MPO")), gene_of("CD", ("CD19",))
    ('CD19', None)
    """
    wanted = typed.strip()
    if wanted in genes:
        return wanted
    alike = [g for g in genes if g.lower() == wanted.lower()]
    return alike[0] if len(alike) == 1 else None
