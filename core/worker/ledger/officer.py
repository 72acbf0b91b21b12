"""The ledger for the privacy officer: a table for a spreadsheet, and pages to print."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, Final

from core.model.ledger import CohortStanding, LedgerLine, LedgerStanding
from core.privacy.ledger.entries import utc_text
from core.release.cells import harmless

#: Lines on the printed pages, the newest; all of them are in the other files.
MOST_PRINTED: Final = 3000
_HEADINGS: Final = (
    "number",
    "time_utc",
    "cohort",
    "study",
    "entry",
    "decision",
    "units",
    "total_of_cohort",
    "epsilon",
    "people",
    "reason",
    "explanation",
    "fingerprint",
    "signed_by",
    "countersigned_by",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """What is printed.

    Attributes:
        hospital: Its name.
        time: Seconds since the epoch, UTC.
        words: Six words of the key that signs; empty without one.
        standing: The ledger in figures.
        cohorts: Caps.
        lines: All lines, oldest first.
    """

    hospital: str
    time: float
    words: str
    standing: LedgerStanding
    cohorts: tuple[CohortStanding, ...]
    lines: tuple[LedgerLine, ...]


def when(seconds: float) -> str:
    """Return a time to the minute, UTC.

    >>> when(0.0)
    '1970-01-01 00:00'
    """
    return utc_text(seconds)[:16].replace("T", " ")


def csv_of(lines: Sequence[LedgerLine]) -> bytes:
    """Return all lines as CSV, one row each, UTF-8 with a mark for spreadsheets."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(_HEADINGS)
    for line in lines:
        row = (
            line.number,
            utc_text(line.time),
            line.cohort_name,
            line.study,
            line.kind,
            line.topic,
            f"{line.units:g}",
            f"{line.total:g}",
            f"{line.epsilon:.6g}" if line.epsilon else "",
            "; ".join(line.people),
            line.reason,
            line.sentence,
            line.fingerprint,
            line.signed_by,
            "; ".join(line.countersigned_by),
        )
        writer.writerow([harmless(v) if isinstance(v, str) else v for v in row])
    return stream.getvalue().encode("utf-8-sig")


def pdf_of(pages: Pages) -> bytes:
    """Return the pages as PDF: caps, then every line in a sentence, the newest first."""
    from reportlab.lib.pagesizes import A4, landscape  # noqa: PLC0415 - heavy, and rarely needed
    from reportlab.platypus import SimpleDocTemplate  # noqa: PLC0415 - see above

    stream = io.BytesIO()
    document = SimpleDocTemplate(
        stream,
        pagesize=landscape(A4),
        title=f"Privacy ledger of {pages.hospital}",
        author="SynCohort",
        leftMargin=36,
        rightMargin=36,
        topMargin=36,
        bottomMargin=36,
    )
    document.build(_story(pages), onFirstPage=_footer, onLaterPages=_footer)
    return stream.getvalue()


def _story(pages: Pages) -> list[Any]:
    from reportlab.platypus import Paragraph, Spacer  # noqa: PLC0415 - see above

    style = _styles()
    newest = pages.lines[-MOST_PRINTED:][::-1]
    story: list[Any] = [
        Paragraph(escape(f"Privacy ledger of {pages.hospital}"), style["title"]),
        *(Paragraph(escape(t), style["body"]) for t in _facts(pages)),
        Spacer(0, 10),
        Paragraph("Caps", style["heading"]),
        _table([_CAPS, *(_cap_row(c) for c in pages.cohorts)], _CAP_WIDTHS),
        Spacer(0, 10),
        Paragraph("Entries, newest first", style["heading"]),
    ]
    if len(newest) < len(pages.lines):
        missing = (
            f"The {len(pages.lines) - len(newest)} oldest entries are in the other files only."
        )
        story.append(Paragraph(missing, style["body"]))
    return [*story, _table([_LINES, *(_line_row(line) for line in newest)], _LINE_WIDTHS)]


_CAPS: Final = ("Cohort", "Cap", "Spent", "Set aside", "Left", "May take part")
_CAP_WIDTHS: Final = (240, 60, 60, 60, 60, 280)
_LINES: Final = (
    "No.",
    "When (UTC)",
    "Cohort and study",
    "What happened",
    "Units",
    "Total",
    "Signed",
)
_LINE_WIDTHS: Final = (34, 84, 150, 340, 38, 38, 80)


def _facts(pages: Pages) -> list[str]:
    standing = pages.standing
    signed = f"{standing.signed} of {standing.entries} entries are signed"
    key = f" by the key {standing.key} ({pages.words})" if standing.key else ""
    facts = [
        f"Printed {when(pages.time)} UTC. The chain of {standing.entries} entries was verified.",
        f"{signed}{key}.",
        f"Fingerprint of the newest entry: {standing.fingerprint}.",
    ]
    if standing.partners:
        partners = ", ".join(standing.partners)
        facts.append(f"Partners that hold an entry of this ledger: {partners}.")
    facts.append(
        "This paper can be copied and changed. What can be verified is the JSON file: "
        "syncohort-cli ledger verify."
    )
    return facts


def _cap_row(cohort: CohortStanding) -> tuple[str, ...]:
    cap = cohort.cap
    amounts = (cap.cap, cap.spent, cap.reserved, cap.left)
    return (
        cohort.name,
        *(f"{a:g}" for a in amounts),
        f"No: {cohort.standing}" if cohort.standing else "Yes",
    )


def _line_row(line: LedgerLine) -> tuple[str, ...]:
    about = " / ".join(t for t in (line.cohort_name, line.study) if t) or "This installation"
    signed = line.signed_by or "not yet"
    if line.countersigned_by:
        signed += f" and {', '.join(line.countersigned_by)}"
    units = "" if line.kind == "decision" else f"{line.units:g}"
    return (
        str(line.number),
        when(line.time),
        about,
        line.sentence,
        units,
        f"{line.total:g}" if line.cohort_id else "",
        signed,
    )


def _table(rows: Sequence[Sequence[str]], widths: Sequence[int]) -> Any:  # noqa: ANN401 - reportlab has no types
    from reportlab.lib import colors  # noqa: PLC0415 - see above
    from reportlab.platypus import LongTable, Paragraph, TableStyle  # noqa: PLC0415 - see above

    style = _styles()
    cells = [
        [Paragraph(escape(t), style["head" if n == 0 else "cell"]) for t in r]
        for n, r in enumerate(rows)
    ]
    table = LongTable(cells, colWidths=widths, repeatRows=1)
    table.setStyle(
        TableStyle(
            [
                ("LINEBELOW", (0, 0), (-1, -1), 0.25, colors.HexColor("#9aa0a6")),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 3),
                ("RIGHTPADDING", (0, 0), (-1, -1), 3),
            ]
        )
    )
    return table


def _styles() -> dict[str, Any]:
    from reportlab.lib.styles import ParagraphStyle  # noqa: PLC0415 - see above

    regular, bold = _fonts()

    def style(name: str, font: str, size: float, *, after: float = 0) -> Any:  # noqa: ANN401 - see _table
        return ParagraphStyle(
            name, fontName=font, fontSize=size, leading=size * 1.35, spaceAfter=after
        )

    return {
        "title": style("title", bold, 16, after=6),
        "heading": style("heading", bold, 11, after=4),
        "body": style("body", regular, 8.5, after=2),
        "head": style("head", bold, 7.5),
        "cell": style("cell", regular, 7.5),
    }


def _fonts() -> tuple[str, str]:
    """Register fonts that have the letters of hospitals' and people's names; matplotlib brings
    them, since reportlab reads no OpenType.
    """
    import matplotlib as mpl  # noqa: PLC0415 - see above
    from reportlab.pdfbase import pdfmetrics  # noqa: PLC0415 - see above
    from reportlab.pdfbase.ttfonts import TTFont  # noqa: PLC0415 - see above

    folder = Path(mpl.get_data_path()) / "fonts" / "ttf"
    names = ("DejaVuSans", "DejaVuSans-Bold")
    for name in names:
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, str(folder / f"{name}.ttf")))
    return names


def _footer(canvas: Any, document: Any) -> None:  # noqa: ANN401 - see _table
    canvas.setFont(_fonts()[0], 7)
    canvas.drawRightString(document.pagesize[0] - 36, 20, f"Page {document.page}")
