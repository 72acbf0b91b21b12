"""Names that people type or bring as a list: diagnoses and genes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from app.presenters.wording import say

GENE_NAME_MAX: Final = 100
_FILE_MAX: Final = 4_000_000

_HEADS: Final = ("gene", "genes", "gene_name", "gene_id", "symbol", "gene symbol")


def names_of_lines(text: str) -> tuple[str, ...]:
    r"""Return names that stand one per line, or between commas, each once.

    >>> names_of_lines("AML, B-ALL\n\nAML\nCLL")
    ('AML', 'B-ALL', 'CLL')
    """
    found = (part.strip().strip('"').strip() for part in re.split(r"[\n\r,;]", text))
    return tuple(dict.fromkeys(name for name in found if name))


def genes_of_file(text: str) -> tuple[str, ...]:
    r"""Return the gene names of a list: the first column of each line, without a heading.

    >>> genes_of_file("gene\tchromosome\nTP53\t17\nMPO\t17\nTP53\t17")
    ('TP53', 'MPO')
    """
    lines = [re.split(r"[\t,;]", line)[0].strip().strip('"').strip() for line in text.split("\n")]
    named = [name for name in lines if name]
    if named and named[0].lower() in _HEADS:
        named = named[1:]
    return tuple(dict.fromkeys(named))


def read_genes(path: Path) -> tuple[tuple[str, ...], str]:
    """Return the genes of a list in a file, and what is wrong with it; empty if nothing is."""
    try:
        if path.stat().st_size > _FILE_MAX:
            return (), say("it is larger than a list of genes")
        genes = genes_of_file(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError):
        return (), say("it is not a text file that can be opened")
    if any(len(g) > GENE_NAME_MAX or not g.isprintable() for g in genes):
        return (), say("a line is too long for the name of a gene")
    return genes, ""
