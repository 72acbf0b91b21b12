"""How hospitals compare the names of genes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from core.model.cohort import GeneNaming

ENSEMBL: Final = re.compile(r"^(ENS[A-Z]{0,6}G\d{6,})(?:\.\d+)?(_PAR_Y)?$")


def canonical(name: str) -> str:
    """Return the name under which hospitals compare a gene: trimmed, Ensembl version dropped.

    >>> canonical(" ENSG00000141510.17 "), canonical("TP53"), canonical("NKX2.5")
    ('ENSG00000141510', 'TP53', 'NKX2.5')
    """
    trimmed = name.strip()
    found = ENSEMBL.match(trimmed)
    return f"{found[1]}{found[2] or ''}" if found else trimmed


def kind_of_most(names: Sequence[str]) -> GeneNaming:
    """Return which kind of name most of a panel carries; a rough look, for advice only.

    >>> kind_of_most(["ENSG00000141510", "ENSG00000005381", "TP53"]).value
    'ensembl'
    """
    ensembl = sum(ENSEMBL.match(name) is not None for name in names)
    entrez = sum(name.isdecimal() for name in names)
    if 2 * ensembl > len(names):
        return GeneNaming.ENSEMBL
    return GeneNaming.ENTREZ if 2 * entrez > len(names) else GeneNaming.SYMBOL
