"""Design tokens: every colour, type size and distance of the application, free of Qt.

Nothing else in `app` may hold a colour or a pixel size of type. The values are those of the
interface specification; `contrast_pairs` lists every pair that is drawn, and a test holds each
of them to WCAG 2.2 AA.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

Gap = Literal["none", "xxs", "xs", "s", "m", "l", "xl", "xxl", "xxxl"]
Role = Literal["h1", "h2", "h3", "body", "strong", "label", "muted", "caption", "mono", "figure"]
Tone = Literal["text", "muted", "subtle", "accent", "ok", "warn", "danger"]
Ink = Literal[
    "canvas", "surface", "sunken", "rail", "border", "edge",
    "text", "muted", "subtle",
    "accent", "accent_hover", "accent_soft", "on_accent", "focus",
    "ok", "ok_soft", "warn", "warn_soft", "danger", "danger_soft",
    "real", "synth", "low", "mid", "high",
]  # fmt: skip

SPACE: Final[Mapping[Gap, int]] = MappingProxyType(
    {"none": 0, "xxs": 2, "xs": 4, "s": 8, "m": 12, "l": 16, "xl": 24, "xxl": 32, "xxxl": 48}
)
TYPE: Final[Mapping[Role, tuple[int, int]]] = MappingProxyType(
    {  # role: (pixels at 100 %, weight)
        "h1": (22, 600),
        "h2": (16, 600),
        "h3": (14, 600),
        "body": (14, 400),
        "strong": (14, 600),
        "label": (13, 500),
        "muted": (13, 400),
        "caption": (12, 400),
        "mono": (12, 400),
        "figure": (26, 600),
    }
)
TYPE_INK: Final[Mapping[Role, Tone]] = MappingProxyType(
    {
        "h1": "text",
        "h2": "text",
        "h3": "text",
        "body": "text",
        "strong": "text",
        "label": "muted",
        "muted": "muted",
        "caption": "subtle",
        "mono": "muted",
        "figure": "text",
    }
)
RADIUS_SEGMENT: Final = 6
RADIUS_CONTROL: Final = 8
RADIUS_CARD: Final = 12
RADIUS_PILL: Final = 9
CONTROL_HEIGHT: Final = 36
TARGET_MIN: Final = 30
FOCUS_WIDTH: Final = 2
LEADING_PERCENT: Final = 121
STACK_SCALE: Final = 1.25
"""From this text scale on, neighbours stand under each other and the panel folds."""

FONT_UI: Final = "Inter"
FONT_MONO: Final = "Noto Sans Mono"
SCRIM_RGBA: Final = (10, 16, 22, 120)

TEXT_NEED: Final = 4.5
SHAPE_NEED: Final = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """One colour theme, `#RRGGBB` each.

    Text tokens reach 4.5:1 on every ground, edges, focus and marks 3:1. `real` and `high` are
    equally light, so shape or hatch always tells them apart as well.
    """

    name: str
    canvas: str
    surface: str
    sunken: str
    rail: str
    border: str
    edge: str
    text: str
    muted: str
    subtle: str
    accent: str
    accent_hover: str
    accent_soft: str
    on_accent: str
    focus: str
    ok: str
    ok_soft: str
    warn: str
    warn_soft: str
    danger: str
    danger_soft: str
    real: str
    synth: str
    low: str
    mid: str
    high: str
    classes: tuple[str, ...]

    def ink(self, name: Ink) -> str:
        """Colour of a token by its name."""
        return str(getattr(self, name))


LIGHT: Final = Palette(
    name="light",
    canvas="#F6F7F9",
    surface="#FFFFFF",
    sunken="#F0F3F5",
    rail="#EBEEF2",
    border="#DCE1E7",
    edge="#7F8A96",
    text="#17202A",
    muted="#46525E",
    subtle="#596673",
    accent="#15587E",
    accent_hover="#0F4564",
    accent_soft="#E2EEF5",
    on_accent="#FFFFFF",
    focus="#0A6FC2",
    ok="#1A6B45",
    ok_soft="#E4F3EA",
    warn="#855000",
    warn_soft="#FCF1DD",
    danger="#A62B26",
    danger_soft="#FBEAE8",
    real="#6B7783",
    synth="#15587E",
    low="#1F6FA3",
    mid="#F4F5F6",
    high="#B5501B",
    classes=("#2C99E2", "#873821", "#59997B", "#834484", "#AD8E33"),
)
DARK: Final = Palette(
    name="dark",
    canvas="#13181D",
    surface="#1B2229",
    sunken="#161C22",
    rail="#0F1418",
    border="#2D3741",
    edge="#74818E",
    text="#E9EEF2",
    muted="#BAC5CF",
    subtle="#9AA7B3",
    accent="#84C0E4",
    accent_hover="#A3D2F0",
    accent_soft="#1C3646",
    on_accent="#0B1E2B",
    focus="#66B8F5",
    ok="#74CF9F",
    ok_soft="#183326",
    warn="#EAB868",
    warn_soft="#3A2E17",
    danger="#F49A93",
    danger_soft="#402220",
    real="#98A5B1",
    synth="#84C0E4",
    low="#6FB5E2",
    mid="#222A31",
    high="#E8925A",
    classes=("#24ABFD", "#C57D5E", "#83DAC1", "#B076AA", "#D2AA40"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """A palette and a text scale: all that a screen needs to draw itself."""

    palette: Palette = LIGHT
    scale: float = 1.0

    def type_px(self, role: Role) -> int:
        """Pixel size of a type role at this text scale."""
        return round(TYPE[role][0] * self.scale)

    def size(self, pixels: float) -> int:
        """Scale a length that holds text (rail, columns, controls); spacing does not scale.

        >>> Tokens(scale=1.5).size(36)
        54
        """
        return round(pixels * self.scale)

    @property
    def stacked(self) -> bool:
        """Whether text is so large that neighbours stand under each other."""
        return self.scale >= STACK_SCALE


def luminance(colour: str) -> float:
    """Relative luminance of `#RRGGBB`, 0 to 1.

    References: WCAG 2.2, definition of relative luminance.
    """

    def linear(channel: int) -> float:
        level = channel / 255
        return level / 12.92 if level <= 0.04045 else ((level + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(int(colour[at : at + 2], 16)) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two `#RRGGBB` colours, 1 to 21.

    >>> round(contrast("#000000", "#FFFFFF"), 1)
    21.0

    References: WCAG 2.2, definition of contrast ratio.
    """
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContrastPair:
    """A foreground drawn on a ground, and the ratio it needs."""

    foreground: str
    ground: str
    ratio: float
    need: float


def contrast_pairs(palette: Palette) -> Iterator[ContrastPair]:
    """Yield every pair of colours that the application draws."""
    grounds: tuple[Ink, ...] = ("canvas", "surface", "sunken", "rail")
    inks: tuple[Ink, ...] = ("text", "muted", "subtle", "accent", "ok", "warn", "danger")
    marks: tuple[Ink, ...] = ("edge", "focus", "real", "synth")
    softs: tuple[tuple[Ink, Ink], ...] = (
        ("accent", "accent_soft"),
        ("ok", "ok_soft"),
        ("warn", "warn_soft"),
        ("danger", "danger_soft"),
    )
    needs: list[tuple[Ink, Ink, float]] = [(i, g, TEXT_NEED) for i in inks for g in grounds]
    for own, soft in softs:
        needs += [(ink, soft, TEXT_NEED) for ink in (own, "text", "muted", "subtle")]
    needs += [("on_accent", g, TEXT_NEED) for g in ("accent", "accent_hover")]
    needs += [(m, g, SHAPE_NEED) for m in marks for g in grounds]
    needs += [("high", "surface", SHAPE_NEED), ("low", "surface", SHAPE_NEED)]
    for ink, ground, need in needs:
        ratio = contrast(palette.ink(ink), palette.ink(ground))
        yield ContrastPair(foreground=ink, ground=ground, ratio=ratio, need=need)
    for number, colour in enumerate(palette.classes):
        ratio = contrast(colour, palette.surface)
        yield ContrastPair(
            foreground=f"classes[{number}]", ground="surface", ratio=ratio, need=SHAPE_NEED
        )
