"""The privacy label on paper: the odds as a figure and 100 marks, the facts below."""

from __future__ import annotations

from typing import Any, Final

from core.release.pages import ink
from core.release.pages.document import Facts, Label
from core.release.pages.pdf_styles import Styles, facts_table, table

_ROWS: Final = 5
_STEP: Final = 8.6
_PAD: Final = 16.0


def label_box(label: Label, styles: Styles, width: float) -> Any:  # noqa: ANN401 - reportlab has no types
    """Return the label as one box, kept together."""
    inner = width - 2 * _PAD
    words = [
        styles.text(f"At most {label.odds} in 100", styles.of(19, bold=True, after=3)),
        styles.text(label.sentence, styles.of(8.6, ink.MUTED)),
    ]
    drawn = _marks(label.odds)
    top = table([[drawn, words]], [20 * _STEP + 22, inner - 20 * _STEP - 22], [
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
    ])  # fmt: skip
    key = styles.text(
        "Filled dots: right by a fair guess, 50 of 100. Squares: added by this release, at most. "
        "Rings: still wrong.",
        styles.of(7.6, ink.SUBTLE, after=4),
    )
    content = [
        [styles.text("Privacy label", styles.of(10.5, bold=True))],
        [top],
        [key],
        [facts_table(Facts(rows=label.rows), styles, inner)],
    ]
    return table(
        content,
        [width],
        [
            ("BOX", (0, 0), (-1, -1), 0.8, ink.BORDER),
            ("ROUNDEDCORNERS", [9, 9, 9, 9]),
            ("LEFTPADDING", (0, 0), (-1, -1), _PAD),
            ("RIGHTPADDING", (0, 0), (-1, -1), _PAD),
            ("TOPPADDING", (0, 0), (-1, 0), 12),
            ("BOTTOMPADDING", (0, -1), (-1, -1), 10),
        ],
    )


def _marks(odds: int) -> Any:  # noqa: ANN401 - see label_box
    """Draw 100 marks: round for a fair guess, square for what is added, rings for the rest."""
    from reportlab.graphics.shapes import Circle, Drawing, Rect  # noqa: PLC0415 - heavy, rarely needed
    from reportlab.lib.colors import HexColor  # noqa: PLC0415 - see above

    drawing = Drawing(20 * _STEP, _ROWS * _STEP)
    real, high = HexColor(ink.REAL), HexColor(ink.HIGH)
    for n in range(100):
        x, y = (n % 20 + 0.5) * _STEP, (_ROWS - n // 20 - 0.5) * _STEP
        if n < 50:
            mark = Circle(x, y, 2.8, fillColor=real, strokeColor=None)
        elif n < odds:
            mark = Rect(x - 2.6, y - 2.6, 5.2, 5.2, fillColor=high, strokeColor=None)
        else:
            mark = Circle(x, y, 2.5, fillColor=None, strokeColor=real, strokeWidth=0.8)
        drawing.add(mark)
    return drawing
