"""Letters, paragraphs and tables of the PDF pages."""

from __future__ import annotations

import hashlib
import io
from html import escape
from typing import Any

from core.release.pages import ink
from core.release.pages.document import Facts
from core.release.pages.lettering import Lettering


class Styles:
    """Paragraph styles in the house's letters. Invariant: the fonts of this document are known."""

    def __init__(self, letters: Lettering) -> None:
        """Register the letters of a document."""
        from reportlab.pdfbase import pdfmetrics  # noqa: PLC0415 - heavy, and rarely needed
        from reportlab.pdfbase.ttfonts import TTFont  # noqa: PLC0415 - heavy, and rarely needed

        names = []
        for content in (letters.regular, letters.bold):
            name = f"Inter-{hashlib.sha256(content).hexdigest()[:16]}"
            if name not in pdfmetrics.getRegisteredFontNames():
                pdfmetrics.registerFont(TTFont(name, io.BytesIO(content)))
            names.append(name)
        self.regular, self.bold = names

    def of(  # noqa: PLR0913 - the properties of a paragraph
        self,
        size: float,
        colour: str = ink.TEXT,
        *,
        bold: bool = False,
        after: float = 0.0,
        right: bool = False,
        centre: bool = False,
        indent: float = 0.0,
    ) -> Any:  # noqa: ANN401 - heavy, and rarely needed
        """Return a paragraph style."""
        from reportlab.lib.colors import HexColor  # noqa: PLC0415 - heavy, and rarely needed
        from reportlab.lib.styles import ParagraphStyle  # noqa: PLC0415 - heavy, and rarely needed

        return ParagraphStyle(
            f"{size}{colour}{bold}{right}{centre}{after}",
            fontName=self.bold if bold else self.regular,
            fontSize=size,
            leading=size * 1.42,
            textColor=HexColor(colour),
            spaceAfter=after,
            alignment=2 if right else int(centre),
            leftIndent=indent,
            bulletIndent=max(0.0, indent - 10),
            splitLongWords=1,
        )

    def text(self, words: str, style: Any, **more: Any) -> Any:  # noqa: ANN401 - heavy, and rarely needed
        """Return a paragraph of plain words."""
        from reportlab.platypus import Paragraph as Flow  # noqa: PLC0415 - heavy, and rarely needed

        return Flow(escape(words), style, **more)


def facts_table(facts: Facts, styles: Styles, width: float) -> Any:  # noqa: ANN401 - heavy, and rarely needed
    """Return names and values in two columns."""
    name, value = styles.of(8.6, ink.MUTED), styles.of(8.6)
    rows = [[styles.text(n, name), styles.text(_broken(v), value)] for n, v in facts.rows]
    return table(rows, [0.27 * width, 0.73 * width], [("TOPPADDING", (0, 0), (-1, -1), 1.5)])


def _broken(value: str) -> str:
    """Let a fingerprint break in the middle."""
    return f"{value[:32]} {value[32:]}" if len(value) == 64 and " " not in value else value


def table(rows: list[list[Any]], widths: list[float], look: list[Any], *, head: int = 0) -> Any:  # noqa: ANN401 - heavy, and rarely needed
    """Return a table without boxes; colours in ``look`` are hex strings."""
    from reportlab.lib.colors import HexColor  # noqa: PLC0415 - heavy, and rarely needed
    from reportlab.platypus import LongTable, TableStyle  # noqa: PLC0415 - heavy, and rarely needed

    made = LongTable(rows, colWidths=widths, repeatRows=head, hAlign="LEFT")
    quiet = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), 8),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
    ]
    coloured = [
        tuple(HexColor(p) if isinstance(p, str) and p.startswith("#") else p for p in command)
        for command in look
    ]
    made.setStyle(TableStyle([*quiet, *coloured]))
    return made
