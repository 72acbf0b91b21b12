"""The two documents for everybody: the data card, and the external report."""

from __future__ import annotations

from core.release.pages.document import Audience, Document, Picture
from core.release.pages.released import ReleasedReport
from core.release.pages.released_sections import (
    SPENT_ELSEWHERE,
    citing,
    guarantee,
    how_made,
    measures,
    privacy_label,
    released_sections,
    subtitle,
    weaknesses,
    what_it_is,
)


def data_card(report: ReleasedReport) -> Document:
    """Return the data card: what a researcher must know who was given the table only.

    It follows from the plan and from what was opened, so that every hospital writes the same one.
    """
    return Document(
        kind="Data card of a synthetic cohort",
        title=report.plan.title,
        subtitle=subtitle(report),
        audience=Audience.EVERYBODY,
        label=privacy_label(report.plan, SPENT_ELSEWHERE),
        sections=(
            what_it_is(report),
            how_made(report),
            measures(report, None),
            weaknesses(),
            guarantee(report),
            citing(report),
        ),
        footer="Released with differential privacy; no real patient's record is in these data.",
    )


def external_document(
    report: ReleasedReport, mix: Picture, joint: Picture | None = None
) -> Document:
    """Return the report for people outside the hospitals.

    Args:
        report: What is public.
        mix: The synthetic records by diagnosis.
        joint: The joint scores, where there are any.
    """
    return Document(
        kind="Report on a synthetic cohort, released numbers only",
        title=report.plan.title,
        subtitle=subtitle(report),
        audience=Audience.EVERYBODY,
        label=privacy_label(report.plan, SPENT_ELSEWHERE),
        sections=(*released_sections(report, mix, joint), citing(report)),
        footer="Released numbers only: nothing here was computed on real patients outside the "
        "plan.",
    )
