"""Register the two bundled type families before the first window opens."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from PySide6.QtCore import QByteArray
from PySide6.QtGui import QFontDatabase

FONT_FILES: Final = (
    "Inter-Regular.otf",
    "Inter-Medium.otf",
    "Inter-SemiBold.otf",
    "NotoSansMono-Regular.ttf",
)


def register_fonts() -> tuple[str, ...]:
    """Make Inter (400, 500, 600) and Noto Sans Mono known to Qt.

    Needs a `QGuiApplication`. Without it the offscreen platform has no fonts on Windows, and
    everywhere else the words would be set in whatever the system owns.

    Returns:
        The families that are known now, sorted.
    """
    families: set[str] = set()
    for name in FONT_FILES:
        content = (files("resources") / "fonts" / name).read_bytes()
        number = QFontDatabase.addApplicationFontFromData(QByteArray(content))
        families.update(QFontDatabase.applicationFontFamilies(number))
    return tuple(sorted(families))
