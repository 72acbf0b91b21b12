"""Look of the application: tokens (no Qt), fonts, icons, style sheet and the active theme."""

from app.theme.active import Theme, current_theme
from app.theme.fonts import register_fonts
from app.theme.tokens import (
    DARK,
    LIGHT,
    SPACE,
    Gap,
    Ink,
    Palette,
    Role,
    Tokens,
    Tone,
    contrast,
)

__all__ = [
    "DARK",
    "LIGHT",
    "SPACE",
    "Gap",
    "Ink",
    "Palette",
    "Role",
    "Theme",
    "Tokens",
    "Tone",
    "contrast",
    "current_theme",
    "register_fonts",
]
