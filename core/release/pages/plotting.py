"""Figures on pages: the same plot as vectors for HTML and as fine pixels for PDF."""

from __future__ import annotations

import io
from importlib.resources import as_file, files
from typing import Final

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.figure import Figure

from core.figures.style import FigureStyle
from core.release.pages.document import Grid, Picture

_PIXELS_PER_INCH: Final = 220
#: Width of a figure that takes the whole page.
_WHOLE_IN: Final = 8.4
_FONT: Final = "Inter"


def paper() -> FigureStyle:
    """Return the style of figures on paper: the light theme, in the house's letters."""
    known = {entry.name for entry in font_manager.fontManager.ttflist}
    if _FONT not in known:
        for name in ("Inter-Regular.otf", "Inter-SemiBold.otf"):
            with as_file(files("resources") / "fonts" / name) as path:
                font_manager.fontManager.addfont(str(path))
    return FigureStyle(font=_FONT, text_px=13.0)


def picture(figure: Figure, alt: str, grid: Grid) -> Picture:
    """Return a figure for pages; the same figure gives the same bytes.

    Args:
        figure: Drawn with ``paper()``.
        alt: What is seen, in one sentence.
        grid: The numbers behind it.
    """
    vectors, pixels = io.StringIO(), io.BytesIO()
    with mpl.rc_context({"svg.hashsalt": alt, "svg.fonttype": "path"}):
        figure.savefig(vectors, format="svg", metadata={"Date": None, "Creator": None})
    figure.savefig(pixels, format="png", dpi=_PIXELS_PER_INCH, metadata={"Software": None})
    svg = vectors.getvalue()
    width, height = figure.get_size_inches()
    return Picture(
        svg=svg[svg.index("<svg ") :],
        png=pixels.getvalue(),
        width=round(width * _PIXELS_PER_INCH),
        height=round(height * _PIXELS_PER_INCH),
        breadth=min(1.0, float(width) / _WHOLE_IN),
        alt=alt,
        grid=grid,
    )
