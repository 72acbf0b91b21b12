"""The table of co-expressed pairs that is released beside the synthetic cohort."""

from __future__ import annotations

import csv
import io
from typing import Final

from core.release.cells import harmless
from core.synthesis.coexpression import CoExpression

_HEADER: Final = ("gene_a", "gene_b", "correlation", "standard_error", "adjusted_p")


def co_expression_bytes(found: CoExpression) -> bytes:
    """Return the table as CSV: one line per pair, LF line ends, UTF-8.

    ``correlation`` is the part of the Pearson correlation that differences between classes
    explain; its standard error holds the sampling of patients and the privacy noise. Pairs that
    are not in the table were not shown to be co-expressed; they may be.

    Reveals:
        Nothing beyond the measurements, at no further spend.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_HEADER)
    rows = zip(
        found.pairs.tolist(),
        found.correlation.tolist(),
        found.standard_error.tolist(),
        found.adjusted_p.tolist(),
        strict=True,
    )
    for (a, b), correlation, error, p in rows:
        names = (harmless(found.genes[a]), harmless(found.genes[b]))
        writer.writerow((*names, f"{correlation:.4f}", f"{error:.4f}", f"{p:.3g}"))
    return text.getvalue().encode("utf-8")
