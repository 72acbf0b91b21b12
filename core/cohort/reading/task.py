"""One reading under way: what was asked for, how far it is, and whether somebody stopped it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from core.cohort.gathering import Source
from core.cohort.reading.labels import LabelTable
from core.cohort.text import refuse_stopped
from core.errors import CohortError
from core.model.cohort import Layout


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One reading.

    Attributes:
        path: The file.
        layout: How to read it.
        wanted: Genes to keep, or None for all.
        labels: The second table, or None when labels lie in the file itself or nowhere.
        on_progress: Gets (records read, records expected).
        stop: Whether to stop.
    """

    path: Path
    layout: Layout
    wanted: Collection[str] | None
    labels: LabelTable | None
    on_progress: Callable[[int, int], None]
    stop: Callable[[], bool]

    @property
    def label_in_file(self) -> bool:
        """Whether the file itself has the label column."""
        return bool(self.layout.label) and self.labels is None

    def source(self, fingerprint: str) -> Source:
        """Return what is known before the values."""
        return Source(file_name=self.path.name, layout=self.layout, fingerprint=fingerprint)

    def check_stop(self) -> None:
        """Raise CH116 if somebody asked to stop."""
        refuse_stopped(self.path, self.stop)

    def damaged(self, reason: str) -> CohortError:
        """Return CH103."""
        return CohortError("CH103", file=self.path.name, reason=reason)

    def no_genes(self) -> CohortError:
        """Return CH113."""
        return CohortError("CH113", file=self.path.name)
