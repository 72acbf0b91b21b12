"""A figure as a file: PNG or SVG, always on white, with a line that says what it is."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Final

import matplotlib as mpl
from matplotlib.figure import Figure

from app.theme.tokens import FONT_UI, LIGHT, TYPE
from core.figures.style import FigureStyle

PICTURES: Final = (".png", ".svg")
_DPI: Final = 200


def paper_style() -> FigureStyle:
    """Return the light palette at 100 %, whatever is on the screen: files get printed."""
    return FigureStyle(
        text=LIGHT.text,
        muted=LIGHT.muted,
        surface=LIGHT.surface,
        border=LIGHT.border,
        real=LIGHT.real,
        synth=LIGHT.synth,
        classes=LIGHT.classes,
        low=LIGHT.low,
        mid=LIGHT.mid,
        high=LIGHT.high,
        font=FONT_UI,
        text_px=float(TYPE["caption"][0]),
        scale=1.0,
    )


def save_figure(make: Callable[[FigureStyle], Figure], note: str, path: Path) -> None:
    """Write a figure.

    Args:
        make: Builds it.
        note: What it is and how far it may go; stands above the picture, also in the file.
        path: Ends in .png or .svg.

    Raises:
        OSError: If the file cannot be written.
    """
    style = paper_style()
    figure = make(style)
    figure.suptitle(
        note, x=0.01, ha="left", color=style.muted, fontsize=style.points * 0.85, family=style.font
    )
    with warnings.catch_warnings(), mpl.rc_context({"svg.fonttype": "none"}):
        warnings.filterwarnings("ignore", message="constrained_layout not applied")
        figure.savefig(path, format=path.suffix.lstrip("."), dpi=_DPI, metadata={"Title": note})
