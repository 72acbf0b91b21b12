"""Canvases that host the figures of `core.figures`: dressed by the theme, zoomed, saved."""

from app.plots.canvas import PlotCanvas
from app.plots.saving import PICTURES, save_figure
from app.plots.style import figure_style, register_plot_fonts
from app.plots.view import STEP, PlotView

__all__ = [
    "PICTURES",
    "STEP",
    "PlotCanvas",
    "PlotView",
    "figure_style",
    "register_plot_fonts",
    "save_figure",
]
