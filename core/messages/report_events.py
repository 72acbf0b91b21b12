"""What the worker says of a release: how it compares with local patients, where it was written.

The comparison itself is a LocalView: exact on real patients, for the steward's own screen only.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.messages.local_view import LocalView
from core.model.budget import CapState
from core.model.plan import Plan
from core.model.quality import GeneCurve, QualityReport
from core.model.release import Release


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportProgressed:
    """The local comparison goes on: ``step`` in words, done of total steps."""

    digest: str
    step: str
    done: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportReady(LocalView):
    """The local comparison with real held-out patients, the plan and what the release cost."""

    digest: str
    plan: Plan
    release: Release
    cap: CapState
    report: QualityReport


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportGrew(LocalView):
    """What a comparison that goes on holds so far; ``steps`` are the ones that are done."""

    ready: ReportReady
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneShown(LocalView):
    """One gene's distribution; no curve where it cannot be drawn."""

    digest: str
    gene: str
    curve: GeneCurve | None


ReportEvent = ReportProgressed | ReportReady | ReportGrew | GeneShown
