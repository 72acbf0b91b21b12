"""Which pages are written for whom.

``external_files`` takes a ``ReleasedReport`` and nothing else: no caller can hand it a number that
was computed on real patients, and a type check fails where one tries. ``internal_files`` takes a
``LocalReport``, whose pages say on each of them that they stay.
"""

from __future__ import annotations

from typing import Final

from core.figures.released import class_mix, joint_scores
from core.release.pages.document import Document, Grid, Picture
from core.release.pages.documents import external_document
from core.release.pages.html import html_of
from core.release.pages.lettering import Lettering
from core.release.pages.local import LocalReport, internal_document
from core.release.pages.names import HTML, INTERNAL_HTML, INTERNAL_PDF, PDF
from core.release.pages.pdf import pdf_of
from core.release.pages.plotting import paper, picture
from core.release.pages.released import ReleasedReport
from core.release.pages.released_sections import joint_grid

_MIX_CAPTION: Final = "Synthetic records of each diagnosis"


def external_files(report: ReleasedReport) -> dict[str, bytes]:
    """Return the report for people outside, as HTML and PDF.

    Reveals:
        Nothing beyond what was released: see ``ReleasedReport``.
    """
    document = external_document(report, _mix(report), _joint(report))
    return _both(document, HTML, PDF)


def internal_files(report: LocalReport) -> dict[str, bytes]:
    """Return the hospital's own report, as HTML and PDF. LocalView: it stays at the hospital."""
    released = report.released
    mix = _mix(released) if released is not None else None
    joint = _joint(released) if released is not None else None
    document = internal_document(report, mix, joint)
    return _both(document, INTERNAL_HTML, INTERNAL_PDF)


def _both(document: Document, html: str, pdf: str) -> dict[str, bytes]:
    letters = Lettering.of(document)
    return {html: html_of(document, letters), pdf: pdf_of(document, letters)}


def _mix(report: ReleasedReport) -> Picture:
    classes, counts = report.plan.classes, report.class_counts
    grid = Grid(
        caption=_MIX_CAPTION,
        heads=("Diagnosis", "Synthetic records", "Of 100"),
        rows=tuple(
            (name, f"{count:,}", f"{100 * count / max(1, report.n_records):.1f}")
            for name, count in zip(classes, counts, strict=True)
        ),
    )
    most = classes[max(range(len(counts)), key=counts.__getitem__)]
    alt = (
        f"{_MIX_CAPTION}: {most} is the commonest with {max(counts):,} of "
        f"{report.n_records:,}. The shares follow noisy totals, not a count of patients."
    )
    return picture(class_mix(classes, counts, paper()), alt, grid)


def _joint(report: ReleasedReport) -> Picture | None:
    joint = report.joint
    if joint is None or not joint.scores:
        return None
    best = max(joint.scores, key=lambda s: s.value)
    alt = (
        f"Released scores with {joint.level:.0%} intervals: from "
        f"{100 * min(s.value for s in joint.scores):.0f} to {100 * best.value:.0f} of 100 on "
        "patients of all hospitals who took no part."
    )
    return picture(joint_scores(joint, paper()), alt, joint_grid(joint))
