"""Line icons on a 24-unit grid, drawn in the colours of the theme.

The drawings are the SVG files of `resources/icons`: `currentColor` is the ink and `white` the
ground that a mark inside a filled shape is cut out to.
"""

from __future__ import annotations

from importlib.resources import files

from PySide6.QtCore import QByteArray, QRectF
from PySide6.QtGui import QPainter
from PySide6.QtSvg import QSvgRenderer


class IconSet:
    """Reads each drawing once and paints it in any two colours."""

    def __init__(self) -> None:
        self._sources: dict[str, str] = {}

    @staticmethod
    def names() -> tuple[str, ...]:
        """Names of all drawings that ship, sorted."""
        folder = files("resources") / "icons"
        found = (entry.name for entry in folder.iterdir())
        return tuple(sorted(n.removesuffix(".svg") for n in found if n.endswith(".svg")))

    def svg(self, name: str, *, ink: str, ground: str) -> str:
        """SVG text of a drawing in two `#RRGGBB` colours.

        Raises:
            FileNotFoundError: If there is no such drawing.
        """
        if name not in self._sources:
            drawing = files("resources") / "icons" / f"{name}.svg"
            self._sources[name] = drawing.read_text(encoding="utf-8")
        return self._sources[name].replace("currentColor", ink).replace("white", ground)

    def paint(self, painter: QPainter, box: QRectF, name: str, *, ink: str, ground: str) -> None:
        """Paint a drawing into a box."""
        source = self.svg(name, ink=ink, ground=ground)
        QSvgRenderer(QByteArray(source.encode())).render(painter, box)
