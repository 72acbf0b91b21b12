"""The table of differential expression that is released beside the synthetic cohort."""

from __future__ import annotations

import csv
import io
from typing import Final

from core.release.cells import harmless
from core.synthesis.differences import Differences

_HEADER: Final = ("class_a", "class_b", "gene", "effect", "standard_error", "adjusted_p")


def differences_bytes(found: Differences) -> bytes:
    """Return the table as CSV: one line per pair of classes and gene, LF line ends, UTF-8.

    ``effect`` is the mean of class_a minus that of class_b on the normalised scale; its standard
    error holds the sampling of patients and the privacy noise.

    Reveals:
        Nothing beyond the measurements, at no further spend.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_HEADER)
    for k, (a, b) in enumerate(found.pairs):
        rows = zip(
            found.genes,
            found.effect[k].tolist(),
            found.standard_error[k].tolist(),
            found.adjusted_p[k].tolist(),
            strict=True,
        )
        for gene, effect, error, p in rows:
            names = (harmless(n) for n in (found.classes[a], found.classes[b], gene))
            writer.writerow((*names, f"{effect:.4f}", f"{error:.4f}", f"{p:.3g}"))
    return text.getvalue().encode("utf-8")
