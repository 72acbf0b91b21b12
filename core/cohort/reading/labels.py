"""Labels that lie in a second table, matched by patient code."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Final

from core.cohort.text import (
    GZIP_MAGIC,
    fitted_header,
    head,
    named_columns,
    opened,
    rows_of,
    survey,
)
from core.errors import CohortError
from core.model.cohort import Layout

SHOWN_CHOICES: Final = 12


class LabelTable:
    """Patient code -> label. Invariant: one label per code."""

    def __init__(self, labels: dict[str, str]) -> None:
        """Take the pairs."""
        self._labels = labels

    def label(self, code: str) -> str:
        """Return the label of a patient; empty if there is none."""
        return self._labels.get(code, "")


def read_labels(layout: Layout, stop: Callable[[], bool]) -> LabelTable:
    """Read the second table of a layout.

    Raises:
        CohortError: CH101 to CH103 for the file, CH104 for a missing column, CH106 if a code has
            two labels.
    """
    path = Path(layout.label_file)
    gzipped = is_gzip(path)
    found = survey(path, gzipped=gzipped, stop=stop)
    delimiter = best_delimiter(head(path, gzipped=gzipped, size_bytes=1 << 16)[0])
    labels: dict[str, str] = {}
    first_rows: dict[str, int] = {}
    with rows_of(path, gzipped=gzipped, encoding=found.encoding, delimiter=delimiter) as rows:
        columns: tuple[str, ...] = ()
        header: list[str] | None = None
        for number, row in enumerate(rows, start=1):
            if not any(cell.strip() for cell in row):
                continue
            if header is None:
                header = row
                continue
            columns = columns or named_columns(fitted_header(header, row))
            code_at, label_at = _positions(path, layout, columns)
            code, label = (row[i].strip() if i < len(row) else "" for i in (code_at, label_at))
            if labels.setdefault(code, label) != label:
                raise CohortError("CH106", file=path.name, row=number, first_row=first_rows[code])
            first_rows.setdefault(code, number)
    return LabelTable(labels)


def _positions(path: Path, layout: Layout, columns: tuple[str, ...]) -> tuple[int, int]:
    if layout.label not in columns:
        raise missing_column(path.name, layout.label, columns)
    code_at = columns.index(layout.identifier) if layout.identifier in columns else 0
    return code_at, columns.index(layout.label)


def missing_column(file_name: str, column: str, columns: tuple[str, ...] = ()) -> CohortError:
    """Return CH104 naming some of the columns that could be meant.

    NB: never the headings of a whole table: where genes are rows, they are patient codes.
    """
    if not columns:
        return CohortError("CH104", column=column, file=file_name, choices="see its headings")
    shown = ", ".join(columns[:SHOWN_CHOICES]) + (", ..." if len(columns) > SHOWN_CHOICES else "")
    return CohortError("CH104", column=column, file=file_name, choices=shown)


def is_gzip(path: Path) -> bool:
    """Whether a file starts as gzip does, whatever its name.

    Raises:
        CohortError: CH101 if it cannot be opened.
    """
    with opened(path, gzipped=False) as stream:
        return stream.read(2) == GZIP_MAGIC


def best_delimiter(text: str) -> str:
    r"""Return the separator that gives the most fields, the same number in the first lines.

    >>> best_delimiter('a;b;c\n"x,y";1,5;2,5\n')
    ';'
    """
    sample = text.splitlines(keepends=True)[:6]

    def score(delimiter: str) -> tuple[bool, bool, int]:
        try:
            counts = [len(row) for row in csv.reader(sample, delimiter=delimiter)]
        except csv.Error:
            counts = []
        fewest, most = min(counts, default=0), max(counts, default=0)
        return fewest > 1, most - fewest <= 1, fewest

    return max(",\t;|", key=score)
