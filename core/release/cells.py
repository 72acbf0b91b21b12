"""Names in tables: no cell of a released file is one that a spreadsheet would run.

The rule, which ``restored`` reverses: a name that begins with ``=``, ``+``, ``-``, ``@``, a tab or
a carriage return, or with apostrophes before one of these, gets one more apostrophe in front. Only
names of genes, classes and columns are written so; numbers stay numbers.

References:
    OWASP, "CSV Injection".
"""

from __future__ import annotations

from typing import Final

#: A spreadsheet takes a cell that begins with one of these for a formula.
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
_MARK: Final = "'"
RULE: Final = (
    "A name that begins with =, +, -, @, a tab or a carriage return, or with apostrophes before "
    "one of these, has one apostrophe more in front; take one away to have the name."
)


def harmless(name: str) -> str:
    """Return a name as it is written into a cell.

    >>> [harmless(n) for n in ("TP53", "-AS1", "'=x", "it's")]
    ['TP53', "'-AS1", "''=x", "it's"]
    """
    return _MARK + name if name.lstrip(_MARK).startswith(FORMULA_STARTS) else name


def restored(cell: str) -> str:
    """Return the name that ``harmless`` wrote.

    >>> [restored(c) for c in ("TP53", "'-AS1", "''=x", "'n")]
    ['TP53', '-AS1', "'=x", "'n"]
    """
    marked = cell.startswith(_MARK) and cell.lstrip(_MARK).startswith(FORMULA_STARTS)
    return cell[len(_MARK) :] if marked else cell
