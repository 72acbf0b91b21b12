"""A document as PDF, A4, with ReportLab: to be printed, signed and filed.

The same document gives the same bytes. ReportLab writes no tags for screen readers: who needs
them takes the HTML file, which holds the same.
"""

from __future__ import annotations

import io
from html import escape
from typing import Any, Final

from core.release.pages import ink
from core.release.pages.document import (
    Audience,
    Block,
    Bullets,
    Document,
    Facts,
    Grid,
    Notice,
    Paragraph,
    Picture,
    Section,
    Tone,
)
from core.release.pages.lettering import Lettering
from core.release.pages.pdf_label import label_box
from core.release.pages.pdf_styles import Styles, facts_table, table

_STAMPS: Final = {
    Audience.EVERYBODY: ("Released numbers only", ink.ACCENT, ink.ACCENT_SOFT),
    Audience.HOSPITAL: ("Stays at this hospital", ink.WARN, ink.WARN_SOFT),
}
_SIDE: Final = 48.0
_WIDTH: Final = 595.27 - 2 * _SIDE
#: Tables of more rows than this go on without a picture's own page being kept together.
_MOST_ROWS: Final = 400


def pdf_of(document: Document, letters: Lettering | None = None) -> bytes:
    """Return the document as PDF.

    Args:
        document: What is written.
        letters: Of this document, if they are there already.
    """
    from reportlab.lib.pagesizes import A4  # noqa: PLC0415 - heavy, and rarely needed
    from reportlab.platypus import SimpleDocTemplate  # noqa: PLC0415 - see above

    styles = Styles(letters or Lettering.of(document))
    stream = io.BytesIO()
    pages = SimpleDocTemplate(
        stream,
        pagesize=A4,
        leftMargin=_SIDE - 6,
        rightMargin=_SIDE - 6,
        topMargin=46,
        bottomMargin=56,
        title=f"{document.title} - {document.kind}",
        author="SynCohort",
        lang="en",
        invariant=1,
    )

    def foot(canvas: Any, page: Any) -> None:  # noqa: ANN401 - reportlab has no types
        _footer(canvas, page.page, document, styles)

    pages.build(_story(document, styles), onFirstPage=foot, onLaterPages=foot)
    return stream.getvalue()


def _story(document: Document, styles: Styles) -> list[Any]:
    from reportlab.platypus import Spacer  # noqa: PLC0415 - see pdf_of

    stamp, colour, soft = _STAMPS[document.audience]
    pill = table(
        [[styles.text(stamp, styles.of(8.5, colour, bold=True, centre=True))]],
        [126],
        [
            ("BACKGROUND", (0, 0), (-1, -1), soft),
            ("ROUNDEDCORNERS", [8, 8, 8, 8]),
            ("RIGHTPADDING", (0, 0), (-1, -1), 0),
        ],
    )
    head = table(
        [[styles.text(document.kind, styles.of(8.5, ink.SUBTLE)), pill]],
        [_WIDTH - 126, 126],
        [("RIGHTPADDING", (0, 0), (-1, -1), 0)],
    )
    story = [
        head,
        Spacer(0, 10),
        styles.text(document.title, styles.of(21, bold=True, after=4)),
        styles.text(document.subtitle, styles.of(10, ink.SUBTLE, after=14)),
    ]
    if document.label is not None:
        story += [label_box(document.label, styles, _WIDTH), Spacer(0, 6)]
    for section in document.sections:
        story += _section(section, styles)
    return story


def _section(section: Section, styles: Styles) -> list[Any]:
    from reportlab.lib.colors import HexColor  # noqa: PLC0415 - see pdf_of
    from reportlab.platypus import CondPageBreak, HRFlowable, Spacer  # noqa: PLC0415 - see pdf_of

    rule = HRFlowable(width="100%", thickness=0.6, color=HexColor(ink.BORDER), spaceAfter=7)
    story: list[Any] = [
        CondPageBreak(110),
        Spacer(0, 12),
        rule,
        styles.text(section.title, styles.of(12.5, bold=True, after=6)),
    ]
    for block in section.blocks:
        story += _block(block, styles)
    return story


def _block(block: Block, styles: Styles) -> list[Any]:
    from reportlab.platypus import Spacer  # noqa: PLC0415 - see pdf_of

    match block:
        case Paragraph():
            return [styles.text(block.text, styles.of(9, after=6))]
        case Bullets():
            style = styles.of(9, after=2.5, indent=11)
            items = [styles.text(item, style, bulletText="•") for item in block.items]
            return [*items, Spacer(0, 5)]
        case Facts():
            return [facts_table(block, styles, _WIDTH), Spacer(0, 8)]
        case Grid():
            return _grid(block, styles)
        case Picture():
            return _picture(block, styles)
        case Notice():
            soft = ink.WARN_SOFT if block.tone is Tone.CARE else ink.ACCENT_SOFT
            words = f'<font name="{styles.bold}">{escape(block.title)}</font> {escape(block.text)}'
            return [boxed(words, styles, soft), Spacer(0, 8)]


def boxed(markup: str, styles: Styles, soft: str) -> Any:  # noqa: ANN401 - see pdf_of
    """Return a paragraph on a soft ground."""
    from reportlab.platypus import Paragraph as Flow  # noqa: PLC0415 - see pdf_of

    look = [
        ("BACKGROUND", (0, 0), (-1, -1), soft),
        ("ROUNDEDCORNERS", [6, 6, 6, 6]),
        *((f"{side}PADDING", (0, 0), (-1, -1), 8) for side in ("TOP", "BOTTOM", "LEFT", "RIGHT")),
    ]
    return table([[Flow(markup, styles.of(9))]], [_WIDTH], look)


def _grid(grid: Grid, styles: Styles) -> list[Any]:
    from reportlab.platypus import Spacer  # noqa: PLC0415 - see pdf_of

    head = [
        styles.text(h, styles.of(8, ink.MUTED, bold=True, right=n >= grid.words))
        for n, h in enumerate(grid.heads)
    ]
    word, number = styles.of(8.4), styles.of(8.4, right=True)
    rows = [
        [styles.text(c, number if n >= grid.words else word) for n, c in enumerate(row)]
        for row in grid.rows[:_MOST_ROWS]
    ]
    caption = [styles.text(grid.caption, styles.of(8.2, ink.SUBTLE))]
    look = [
        ("SPAN", (0, 0), (-1, 0)),
        ("LINEBELOW", (0, 1), (-1, 1), 0.7, ink.MUTED),
        ("LINEBELOW", (0, 2), (-1, -1), 0.35, ink.BORDER),
        ("TOPPADDING", (0, 1), (-1, -1), 2.4),
        ("BOTTOMPADDING", (0, 1), (-1, -1), 2.4),
    ]
    blank = [""] * (len(grid.heads) - 1)
    made = table([caption + blank, head, *rows], _widths(grid), look, head=2)
    return [made, Spacer(0, 11)]


def _widths(grid: Grid) -> list[float]:
    """Give each column the room that its longest cell needs, within the page."""
    need = []
    for n, head in enumerate(grid.heads):
        cells = [head, *(row[n] for row in grid.rows[:_MOST_ROWS])]
        longest = max(map(len, cells))
        words = " ".join(cells).split() if n < grid.words else cells  # numbers stay on one line
        least = 1.2 * max(map(len, words))
        need.append(max(8.0, least, min(40.0, longest)) + 3.0)
    whole = sum(need)
    return [_WIDTH * part / whole for part in need]


def _picture(picture: Picture, styles: Styles) -> list[Any]:
    from reportlab.platypus import Image, KeepTogether, Spacer  # noqa: PLC0415 - see pdf_of

    width = _WIDTH * picture.breadth
    height = width * picture.height / picture.width
    image = Image(io.BytesIO(picture.png), width=width, height=height, hAlign="LEFT")
    words = styles.text(picture.alt, styles.of(8.6, ink.MUTED, after=6))
    return [KeepTogether([image, words]), *_grid(picture.grid, styles), Spacer(0, 2)]


def _footer(canvas: Any, number: int, document: Document, styles: Styles) -> None:  # noqa: ANN401 - see pdf_of
    from reportlab.lib.colors import HexColor  # noqa: PLC0415 - see pdf_of

    stamp, colour, _ = _STAMPS[document.audience]
    canvas.setStrokeColor(HexColor(ink.BORDER))
    canvas.setLineWidth(0.6)
    canvas.line(_SIDE, 44, _SIDE + _WIDTH, 44)
    canvas.setFont(styles.regular, 7.5)
    canvas.setFillColor(HexColor(ink.SUBTLE))
    canvas.drawString(_SIDE, 31, document.footer[:118])
    canvas.drawRightString(_SIDE + _WIDTH, 31, f"Page {number}")
    if document.audience is Audience.HOSPITAL:
        canvas.setFont(styles.bold, 7.5)
        canvas.setFillColor(HexColor(colour))
        canvas.drawString(_SIDE, 20, stamp)
