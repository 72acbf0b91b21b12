"""Colours, sizes and the empty figure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, is_color_like
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D

from core.errors import InternalError

DPI: Final = 100.0
_PAD_IN: Final = 0.1
#: Further classes reuse the colours with the next marker.
MARKERS: Final = ("o", "s", "^", "D", "v", "P")
REAL_WORD: Final = "Real patients"
SYNTHETIC_WORD: Final = "Synthetic patients"


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureStyle:
    """What a theme gives a figure. Invariant: colours that matplotlib knows, sizes above 0.

    Attributes:
        text: Colour of titles and values.
        muted: Colour of axis labels and ticks.
        surface: Ground of the figure.
        border: Axis and grid lines.
        real: Real patients.
        synth: Synthetic patients.
        classes: One colour per class, reused in order.
        low: Correlation -1.
        mid: Correlation 0.
        high: Correlation 1.
        font: Font family; must be known to matplotlib.
        text_px: Size of the text, pixels at 100 dpi, before ``scale``.
        scale: Text scale of the reader, 1 to 2.
    """

    text: str = "#17202A"
    muted: str = "#46525E"
    surface: str = "#FFFFFF"
    border: str = "#DCE1E7"
    real: str = "#6B7783"
    synth: str = "#15587E"
    classes: tuple[str, ...] = ("#2C99E2", "#873821", "#59997B", "#834484", "#AD8E33")
    low: str = "#1F6FA3"
    mid: str = "#F4F5F6"
    high: str = "#B5501B"
    font: str = "DejaVu Sans"
    text_px: float = 12.0
    scale: float = 1.0

    def __post_init__(self) -> None:
        """Refuse what cannot be drawn.

        Raises:
            InternalError: IN901.
        """
        colours = (
            *(self.text, self.muted, self.surface, self.border, self.real, self.synth),
            *(self.low, self.mid, self.high, *self.classes),
        )
        if not self.classes or not all(is_color_like(c) for c in colours):
            raise InternalError("IN901", rule="a figure's style holds colours")
        if not (self.text_px > 0 and 0 < self.scale <= 3):
            raise InternalError("IN901", rule="a figure's text has a size")

    @property
    def points(self) -> float:
        """Text size in points at the figure's resolution."""
        return self.text_px * self.scale * 72.0 / DPI

    def class_colour(self, index: int) -> str:
        """Return the colour of a class."""
        return self.classes[index % len(self.classes)]

    def class_marker(self, index: int) -> str:
        """Return the marker of a class: another one once the colours repeat."""
        return MARKERS[index // len(self.classes) % len(MARKERS)]

    def diverging(self) -> LinearSegmentedColormap:
        """Return the map of colours from -1 over 0 to 1."""
        return LinearSegmentedColormap.from_list("correlation", [self.low, self.mid, self.high])


def new_figure(style: FigureStyle, width_in: float, height_in: float) -> Figure:
    """Return an empty figure that makes room for its own labels."""
    layout = ConstrainedLayoutEngine(w_pad=_PAD_IN, h_pad=_PAD_IN)
    return Figure(figsize=(width_in, height_in), dpi=DPI, layout=layout, facecolor=style.surface)


def dress(axes: Axes, style: FigureStyle, title: str = "") -> None:
    """Give axes the style: quiet lines, no box, the reader's text size."""
    axes.set_facecolor(style.surface)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(style.border)
    axes.tick_params(
        colors=style.muted, labelcolor=style.muted, labelsize=style.points * 0.9, length=0
    )
    for text in (
        axes.xaxis.label,
        axes.yaxis.label,
        *axes.get_xticklabels(),
        *axes.get_yticklabels(),
    ):
        text.set_fontfamily(style.font)
        text.set_color(style.muted)
    for label in (axes.xaxis.label, axes.yaxis.label):
        label.set_fontsize(style.points)
    if title:
        axes.set_title(
            title, color=style.text, fontsize=style.points, fontfamily=style.font, loc="left"
        )


def legend(
    figure: Figure, style: FigureStyle, entries: list[tuple[str, Line2D]], columns: int
) -> None:
    """Put one legend below the figure, outside of all axes."""
    shown = figure.legend(
        [line for _, line in entries],
        [name for name, _ in entries],
        loc="outside lower center",
        ncols=max(1, columns),
        frameon=False,
        labelcolor=style.text,
        prop={"family": style.font, "size": style.points},
    )
    shown.set_in_layout(True)


def shortened(text: str, most: int = 28) -> str:
    """Return a label that fits beside a plot; the table behind the plot has all of it.

    >>> shortened("Chronic lymphocytic leukaemia, atypical", 20)
    'Chronic lymphocytic…'
    """
    return text if len(text) <= most else text[: most - 1].rstrip(" ,") + "…"


def not_computable(figure: Figure, style: FigureStyle, why: str) -> Figure:
    """Return the figure with the reason in words instead of a plot."""
    figure.text(
        0.5,
        0.5,
        why,
        ha="center",
        va="center",
        wrap=True,
        color=style.muted,
        fontsize=style.points,
        fontfamily=style.font,
    )
    return figure
