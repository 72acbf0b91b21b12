"""Which part of a figure is on the screen: all of it, or a piece that was zoomed into."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from matplotlib.figure import Figure

STEP: Final = 1.5
ZOOM_MAX: Final = 40.0
#: Matplotlib's own name for the axes of a colour bar, which stays as it is.
_COLOUR_BAR: Final = "<colorbar>"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlotView:
    """A piece of every panel of a figure. Invariant: it lies within the panel.

    Attributes:
        zoom: How many times larger than life; 1 shows all.
        x: Middle of the piece, a proportion of the panel's width.
        y: The same of its height, from below.
    """

    zoom: float = 1.0
    x: float = 0.5
    y: float = 0.5

    @property
    def whole(self) -> bool:
        """Whether all is shown.

        >>> PlotView().whole, PlotView().zoomed(1.5).whole
        (True, False)
        """
        return self.zoom <= 1.0

    def zoomed(self, factor: float, x: float = 0.5, y: float = 0.5) -> PlotView:
        """Return the view after zooming; what is at (x, y) of the picture stays there.

        >>> PlotView().zoomed(2.0, 0.0, 0.0)
        PlotView(zoom=2.0, x=0.25, y=0.25)
        >>> PlotView().zoomed(2.0).zoomed(0.5)
        PlotView(zoom=1.0, x=0.5, y=0.5)
        """
        zoom = min(ZOOM_MAX, max(1.0, self.zoom * factor))
        shift = 1 / self.zoom - 1 / zoom
        place = replace(
            self, zoom=zoom, x=self.x + (x - 0.5) * shift, y=self.y + (y - 0.5) * shift
        )
        return place.moved(0.0, 0.0)

    def moved(self, across: float, up: float) -> PlotView:
        """Return the view moved by proportions of what is on the screen, kept inside.

        >>> PlotView().zoomed(2.0).moved(1.0, 0.0)
        PlotView(zoom=2.0, x=0.75, y=0.5)
        """
        edge = 0.5 / self.zoom
        x, y = self.x + across / self.zoom, self.y + up / self.zoom
        return replace(self, x=min(1 - edge, max(edge, x)), y=min(1 - edge, max(edge, y)))

    def apply(self, figure: Figure) -> None:
        """Show this piece in every panel; panels that share an axis move together."""
        if self.whole:
            return
        panels = [axes for axes in figure.axes if axes.get_label() != _COLOUR_BAR]
        wanted = [
            (
                _piece(*axes.get_xlim(), self.x, self.zoom),
                _piece(*axes.get_ylim(), self.y, self.zoom),
            )
            for axes in panels
        ]
        for axes, (across, up) in zip(panels, wanted, strict=True):
            axes.set_xlim(*across)
            axes.set_ylim(*up)


def _piece(start: float, end: float, middle: float, zoom: float) -> tuple[float, float]:
    """Return the ends of a piece of an axis, which may run backwards."""
    width = end - start
    at = start + middle * width
    return at - width / zoom / 2, at + width / zoom / 2
