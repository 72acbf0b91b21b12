"""Colours of printed pages: those of the application's light theme, where paper is white.

References:
    ui.md section 3 (tokens). A test compares them with the application's.
"""

from __future__ import annotations

from typing import Final

TEXT: Final = "#17202A"
MUTED: Final = "#46525E"
SUBTLE: Final = "#596673"
SURFACE: Final = "#FFFFFF"
SUNKEN: Final = "#F0F3F5"
BORDER: Final = "#DCE1E7"
ACCENT: Final = "#15587E"
ACCENT_SOFT: Final = "#E2EEF5"
WARN: Final = "#855000"
WARN_SOFT: Final = "#FCF1DD"
REAL: Final = "#6B7783"
HIGH: Final = "#B5501B"
OK: Final = "#1A6B45"
OK_SOFT: Final = "#E4F3EA"
