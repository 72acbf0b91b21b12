"""Recognise a file from its head: format, orientation, which column is what, and a preview.

What is recognised is a proposal: the steward sees it and can correct it. Patient codes are hidden
in the preview.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from core.cohort.genes import is_clinical, is_counter_row
from core.cohort.grids import Grid, grid_of, is_numeric, text_grid
from core.cohort.reading.labels import missing_column
from core.cohort.records import is_missing
from core.model.cohort import FileFormat, Layout, Preview

PREVIEW_RECORDS: Final = 3
PREVIEW_OTHERS: Final = 3
PREVIEW_GENES: Final = 4
MAX_NAMES: Final = 200
MAX_DISTINCT: Final = 30
_DATE: Final = re.compile(r"^\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|^\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}")
_CODE_NAME: Final = re.compile(
    r"patient|sample|subject|case|barcode|(^|[_. ])id$|code|pseudonym", re.IGNORECASE
)
_LABEL_NAME: Final = re.compile(
    r"diagnos|label|class|subtype|type$|group|disease|condition|phenotype|entity|cms|pam50|tumou?r|cancer",
    re.IGNORECASE,
)
_UNLIKELY_LABEL: Final = re.compile(
    r"sex|gender|race|ethnic|split|batch|plate|site|cent(er|re)|hospital|tss|cohort|status|stage|grade|event|year|age",
    re.IGNORECASE,
)


def inspect(
    path: Path, label_file: Path | None = None, *, layout: Layout | None = None
) -> tuple[Layout, Preview]:
    """Recognise a cohort file.

    Args:
        path: The file.
        label_file: A second text table with patient codes and labels, if there is one.
        layout: How the steward wants it read; None recognises everything. With a layout only the
            preview is made, and the layout comes back as it was.

    Returns:
        The proposed layout (label empty if none looks right), and the preview.

    Raises:
        CohortError: CH101, CH102, CH103 or CH110.
    """
    grid = grid_of(path, layout)
    columns = _Columns(grid, layout)
    candidates = columns.label_candidates
    if layout is not None and layout.label_file:
        label_file = Path(layout.label_file)
    if label_file is not None:
        candidates = _Columns(text_grid(label_file)).label_candidates
    if layout is None:
        label = candidates[0] if candidates else ""
        layout = replace(
            _frame(grid, columns),
            label=label,
            ignored=columns.not_genes(label),
            label_file="" if label_file is None else str(label_file),
        )
    return layout, _preview(grid, columns, layout, candidates)


def named_layout(
    path: Path, *, label: str, ignored: Sequence[str] = (), label_file: Path | None = None
) -> Layout:
    """Return the layout of a file whose columns were named on the command line.

    Format, separators, orientation and identifier are recognised; the label and the ignored
    columns are as named, and every other column after the identifier is a gene (formats.md).

    Raises:
        CohortError: CH101, CH102, CH103, CH104 or CH110.
    """
    grid = grid_of(path)
    if label_file is None and label not in grid.names:
        turned = grid_of(
            path, replace(_frame(grid, _Columns(grid)), transposed=not grid.transposed)
        )
        grid = turned if label in turned.names else grid
    columns = _Columns(grid)
    # The head of a file with genes as rows need not hold every row: reading will tell.
    if grid.whole or not grid.transposed:
        for name in (*ignored, *([label] if label_file is None else [])):
            if name not in grid.names + grid.skipped:
                raise missing_column(path.name, name, columns.label_candidates)
    if label_file is not None and label not in (names := text_grid(label_file).names):
        raise missing_column(label_file.name, label, names)
    code_at = grid.names.index(columns.identifier) if columns.identifier else 0
    before = [n for n in grid.names[:code_at] if n != label]
    return replace(
        _frame(grid, columns),
        label=label,
        ignored=tuple(dict.fromkeys((*ignored, *before, *grid.skipped))),
        label_file="" if label_file is None else str(label_file),
    )


def _frame(grid: Grid, columns: _Columns) -> Layout:
    """Return what a head says without knowing which column is the label."""
    return Layout(
        file_format=grid.file_format,
        delimiter=grid.delimiter,
        decimal=_decimal_mark(grid),
        gzipped=grid.gzipped,
        transposed=grid.transposed,
        identifier=columns.identifier,
    )


class _Columns:
    """What each column of a head is."""

    def __init__(self, grid: Grid, layout: Layout | None = None) -> None:
        self._grid = grid
        self._cells = {
            name: [row[i].strip() for row in grid.rows] for i, name in enumerate(grid.names)
        }
        self._texts = [
            n for n in grid.names if n in grid.not_genes or not is_numeric(self._cells[n])
        ]
        self.identifier = self._identifier() if layout is None else layout.identifier

    def _identifier(self) -> str:
        """Return the column with patient codes; empty means the first."""
        grid = self._grid
        if grid.transposed or grid.file_format is FileFormat.H5AD:
            return ""
        usable = [n for n in grid.names if n not in grid.not_genes and self._could_be_codes(n)]
        if grid.names[0] in usable:
            return grid.names[0]
        named = [n for n in usable if _CODE_NAME.search(n) or n == "__index_level_0__"]
        texts = [n for n in usable if n in self._texts]
        return next(iter(named or texts), "")

    def _could_be_codes(self, name: str) -> bool:
        cells = [c for c in self._cells[name] if not is_missing(c)]
        if not cells or len(set(cells)) < 0.8 * len(self._cells[name]) or _are_dates(cells):
            return False
        if name in self._texts:
            return True
        whole = all(c.isdecimal() for c in cells)
        return (
            whole
            and not counts_rows(cells)
            and (name == self._grid.names[0] or bool(_CODE_NAME.search(name)))
        )

    @property
    def label_candidates(self) -> tuple[str, ...]:
        """Columns that could be the diagnosis, best first."""
        scored = [(self._label_score(n), n) for n in self._grid.names if n != self.identifier]
        order = {n: i for i, n in enumerate(self._grid.names)}
        good = sorted((-s, order[n], n) for s, n in scored if s > 0)
        return tuple(n for _, _, n in good)

    def _label_score(self, name: str) -> float:
        cells = [c for c in self._cells[name] if not is_missing(c)]
        distinct = set(cells)
        is_first = name == self._grid.names[0]
        if (
            not cells
            or _are_dates(cells)
            or counts_rows(cells)
            or (self._grid.transposed and is_first)
        ):
            return 0.0
        if len(distinct) > max(2, min(MAX_DISTINCT, len(cells) // 2)):
            return 0.0
        is_text, named = name in self._texts, bool(_LABEL_NAME.search(name))
        few_numbers = not is_text and named and len(distinct) <= MAX_DISTINCT and _are_whole(cells)
        if not is_text and not few_numbers:
            return 0.0
        score = 1.0 + 2.0 * named + (1.0 if is_text else 0.0)
        if len(distinct) == 1:
            score -= 1.5
        if _UNLIKELY_LABEL.search(name) and not named:
            score -= 1.0
        return max(score, 0.1)

    def not_genes(self, label: str) -> tuple[str, ...]:
        """Columns to ignore: texts, row numbers, and numbers that speak of the patient."""
        grid = self._grid
        if grid.file_format is FileFormat.H5AD:
            return ()
        code = self.identifier or grid.names[0]
        found = [
            n
            for n in grid.names
            if n not in {code, label}
            and (n in self._texts or is_clinical(n) or is_counter_row(n) or n in grid.not_genes)
            and not (grid.transposed and n not in grid.not_genes and self._is_gene_with_gaps(n))
        ]
        first = grid.names[0]
        if not grid.transposed and first not in {code, label, *found}:
            found.insert(0, first)  # row numbers before the codes
        return (*found, *grid.skipped)

    def _is_gene_with_gaps(self, name: str) -> bool:
        """Whether most cells are numbers: a gene with faults, which the checks must report."""
        cells = self._cells[name]
        return (
            sum(is_numeric([c]) for c in cells) > len(cells) / 2
            and not is_clinical(name)
            and not is_counter_row(name)
        )


def counts_rows(cells: Sequence[str]) -> bool:
    """Whether cells are 0, 1, 2 ... or 1, 2, 3 ...

    >>> counts_rows(["0", "1", "2"]), counts_rows(["17", "4", "8"])
    (True, False)
    """
    start = cells[0] if cells else ""
    return start in {"0", "1"} and list(cells) == [
        str(i) for i in range(int(start), int(start) + len(cells))
    ]


def _are_dates(cells: Sequence[str]) -> bool:
    return sum(bool(_DATE.match(c)) for c in cells) > len(cells) / 2


def _are_whole(cells: Sequence[str]) -> bool:
    return all(c.removesuffix(".0").lstrip("-").isdecimal() for c in cells)


def _decimal_mark(grid: Grid) -> str:
    """Return the comma where numbers are written with it."""
    if grid.delimiter in {"", ","}:
        return "."
    cells = [c for row in grid.rows[:20] for c in row[1:400]]
    commas = sum("," in c and is_numeric([c]) for c in cells)
    points = sum("." in c and is_numeric([c]) for c in cells)
    return "," if commas > points else "."


def _preview(
    grid: Grid, columns: _Columns, layout: Layout, candidates: tuple[str, ...]
) -> Preview:
    code = columns.identifier or grid.names[0]
    others = [
        n for n in dict.fromkeys((*candidates, *layout.ignored)) if n in grid.names and n != code
    ]
    apart = {code, *others}
    genes = [n for n in grid.names if n not in apart]
    shown = [*others[:PREVIEW_OTHERS], *genes[:PREVIEW_GENES]]
    at = [grid.names.index(n) for n in shown]
    rows = tuple(
        (f"Hidden {i:03d}", *(row[j].strip() for j in at))
        for i, row in enumerate(grid.rows[:PREVIEW_RECORDS], start=1)
    )
    named = dict.fromkeys([code, *others, *genes])
    return Preview(
        columns=(code, *shown),
        rows=rows,
        more_columns=len(genes) - len(genes[:PREVIEW_GENES]) + grid.n_more,
        label_candidates=candidates,
        column_names=tuple(named)[:MAX_NAMES],
    )
