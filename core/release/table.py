"""The synthetic table as bytes: one canonical form, the same at every hospital.

The first hospital with patients samples and sends the bytes; every other one samples for itself
and accepts them only if they follow from its own measurements. Two computers may differ in the
last digits of a float, never by more.

References:
    formats.md (label column first, then genes on the normalised scale).
"""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.errors import InternalError, ProtocolError, WorkerError
from core.model.plan import Plan
from core.model.release import SyntheticCohort
from core.release.cells import harmless, restored

DECIMALS: Final = 4
LOG2_DECIMALS: Final = 3
#: What rounding to 4 decimals moves a value, and a little: a value may fall to either side only
#: where two computers' last digits lie on both sides of the middle.
TOLERANCE: Final = 0.6e-4
#: A comma and up to -99999.9999.
_VALUE_BYTES: Final = 12


def csv_bytes(cohort: SyntheticCohort) -> bytes:
    """Return the canonical CSV: label column first, four decimals, LF line ends, UTF-8.

    No name is a spreadsheet's formula (``core.release.cells``); numbers stay numbers.

    Reveals:
        The synthetic cohort, to whoever gets the file; post-processing of measurements.
    """
    return _table(cohort, canonical_values(cohort), DECIMALS)


def log2_bytes(cohort: SyntheticCohort) -> bytes:
    """Return the same records as log2 expression: the same headings, three decimals.

    Args:
        cohort: With levels, and with the values that stand in the normalised table.

    Reveals:
        The synthetic cohort, to whoever gets the file; post-processing of measurements.

    Raises:
        InternalError: IN901 if the recipe does not model levels.
    """
    return _table(cohort, np.round(cohort.log2(), LOG2_DECIMALS) + 0.0, LOG2_DECIMALS)


def canonical_values(cohort: SyntheticCohort) -> NDArray[np.float64]:
    """Return the values as the table states them, shape (n_records, n_genes).

    Adding 0.0 turns -0.0 into 0.0: one number, one text.
    """
    rounded: NDArray[np.float64] = np.round(cohort.values, DECIMALS) + 0.0
    return rounded


def _table(cohort: SyntheticCohort, rounded: NDArray[np.float64], decimals: int) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([harmless(name) for name in (cohort.label_name, *cohort.genes)])
    labels = [_cell(name) for name in cohort.classes]
    show = f"%.{decimals}f".__mod__
    for index, row in zip(cohort.class_index.tolist(), rounded, strict=True):
        text.write(labels[index] + "," + ",".join(map(show, row.tolist())) + "\n")
    return text.getvalue().encode("utf-8")


def longest_table(plan: Plan, n_records: int) -> int:
    """Return the most bytes that ``csv_bytes`` can need for this plan."""
    headings = (plan.label_name, *plan.genes)
    first = sum(len(_cell(name).encode()) + 1 for name in headings)
    label = max(len(_cell(name).encode()) for name in plan.classes)
    return first + n_records * (label + _VALUE_BYTES * len(plan.genes) + 1)


def most_records(plan: Plan, limit_bytes: int) -> int:
    """Return how many records of this plan's genes surely fit into ``limit_bytes``."""
    empty = longest_table(plan, 0)
    return max(0, limit_bytes - empty) // (longest_table(plan, 1) - empty)


def _cell(value: str) -> str:
    """Quote one harmless label as the csv module would."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow([harmless(value)])
    return text.getvalue()


def parse_csv(
    content: bytes, classes: tuple[str, ...], file_name: str, *, plain: bool = False
) -> SyntheticCohort:
    """Read a canonical CSV back.

    Args:
        content: As ``csv_bytes`` wrote it.
        classes: The plan's classes.
        file_name: For the error text.
        plain: Whether names stand as they are, as in releases of manifest version 1.

    Raises:
        WorkerError: WO606 if the bytes are not such a table.
    """
    try:
        rows = list(csv.reader(io.StringIO(content.decode("utf-8"), newline=""), strict=True))
        header, body = rows[0], rows[1:]
        names = header if plain else [restored(cell) for cell in header]
        number = {name if plain else harmless(name): k for k, name in enumerate(classes)}
        return SyntheticCohort(
            label_name=names[0],
            classes=classes,
            genes=tuple(names[1:]),
            class_index=np.array([number[row[0]] for row in body], dtype=np.int64),
            values=np.array([row[1:] for row in body], dtype=np.float64).reshape(
                len(body), len(header) - 1
            ),
        )
    except (ValueError, KeyError, IndexError, csv.Error, InternalError) as wrong:
        reason = f"not a synthetic table: {type(wrong).__name__}"
        raise WorkerError("WO606", file=file_name, reason=reason) from None


def require_match(received: bytes, own: SyntheticCohort, party: str) -> SyntheticCohort:
    """Refuse a received table that does not follow from this hospital's own measurements.

    Returns:
        The received values with the own levels.

    Args:
        received: Bytes that the sampling hospital sent.
        own: What this hospital sampled from the same plan and measurements.
        party: Name of the sampling hospital.

    Raises:
        ProtocolError: PR506 for other headings, labels, lengths, values or another layout.
    """
    try:
        theirs = parse_csv(received, own.classes, "synthetic.csv")
    except WorkerError:
        raise ProtocolError("PR506", party=party) from None
    same = (
        theirs.label_name == own.label_name
        and theirs.genes == own.genes
        and theirs.class_index.shape == own.class_index.shape
        and bool((theirs.class_index == own.class_index).all())
        and float(np.abs(theirs.values - own.values).max(initial=0.0)) <= TOLERANCE
    )
    # The layout itself must not carry anything: writing what was read gives the same bytes.
    if not same or csv_bytes(theirs) != received:
        raise ProtocolError("PR506", party=party)
    return replace(theirs, levels=own.levels)
