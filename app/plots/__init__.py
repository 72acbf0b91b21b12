"""Canvases that host the figures of `core.figures`: resized, dressed by the theme."""

from app.plots.canvas import PlotCanvas
from app.plots.style import figure_style, register_plot_fonts

__all__ = ["PlotCanvas", "figure_style", "register_plot_fonts"]
