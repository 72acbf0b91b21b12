"""What the application asks about public references, and what the worker says.

They are made of open cohorts; what concerns the own cohort (``ReferenceShown``) is LocalView.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.messages.local_view import LocalView
from core.model.reference import ReferenceView


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectOpenFile:
    """Name the columns of an open cohort's file. Answered by OpenFileInspected."""

    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildReference:
    """Summarise an open cohort. Answered by ReferenceProgressed ... ReferenceBuilt.

    Attributes:
        path: Of the open cohort's file.
        label: Column with the diagnosis; empty: no class means.
        title: What the open cohort is.
        provenance: Where it comes from.
        licence: Under which terms it may be used.
        target: Where the reference is written; one that is there is replaced.
    """

    path: str
    label: str
    title: str
    provenance: str
    licence: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StopBuilding:
    """Stop the building that is under way. Answered by Refused (CH116) for the BuildReference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskReference:
    """Check whether a reference serves a study. Answered by ReferenceShown or Refused.

    Attributes:
        path: Of the reference's file.
        cohort_id: The own opened cohort; empty without one.
        genes: The panel to choose from; empty takes the own columns.
        n_genes: How many of them; None for all.
    """

    path: str
    cohort_id: str
    genes: tuple[str, ...]
    n_genes: int | None


ReferenceCommand = InspectOpenFile | BuildReference | StopBuilding | AskReference


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFileInspected(LocalView):
    """Columns of a file that could hold the diagnosis, best first."""

    file_name: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceProgressed(LocalView):
    """So many of about so many open records were read (total 0 while it is not known)."""

    records_read: int
    records_total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceBuilt:
    """The reference is on the disk."""

    view: ReferenceView


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceShown(LocalView):
    """A reference can serve: none of the own patients was found in it.

    Attributes:
        view: The reference.
        cohort_id: As asked.
        n_panel: Genes of the panel.
        n_covered: Of them, in the reference.
        shared: Diagnoses that the reference and the own file name.
    """

    view: ReferenceView
    cohort_id: str
    n_panel: int
    n_covered: int
    shared: tuple[str, ...]


ReferenceEvent = OpenFileInspected | ReferenceProgressed | ReferenceBuilt | ReferenceShown
