"""The theme's tokens in the form that figures take."""

from __future__ import annotations

from importlib.resources import as_file, files

from matplotlib import font_manager

from app.theme import current_theme
from app.theme.fonts import FONT_FILES
from app.theme.tokens import FONT_UI, TYPE
from core.figures.style import FigureStyle


def register_plot_fonts() -> None:
    """Make the bundled families known to matplotlib; once, before the first figure."""
    for name in FONT_FILES:
        with as_file(files("resources") / "fonts" / name) as path:
            font_manager.fontManager.addfont(str(path))


def figure_style() -> FigureStyle:
    """Return colours and sizes of the theme that is on the screen."""
    tokens = current_theme().tokens
    palette = tokens.palette
    return FigureStyle(
        text=palette.text,
        muted=palette.muted,
        surface=palette.surface,
        border=palette.border,
        real=palette.real,
        synth=palette.synth,
        classes=palette.classes,
        low=palette.low,
        mid=palette.mid,
        high=palette.high,
        font=FONT_UI,
        text_px=float(TYPE["caption"][0]),
        scale=tokens.scale,
    )
