"""The theme on the screen: system, light, dark, text sizes, fonts."""

from __future__ import annotations

import subprocess
import sys

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontInfo, QFontMetrics, QGuiApplication, QImage

from app.settings import TEXT_SIZES, ThemeMode
from app.theme import DARK, LIGHT, Theme, current_theme
from app.theme.fonts import FONT_FILES
from app.theme.icons import IconSet
from app.views.widgets import Glyph, button, text
from core.errors import InternalError


@pytest.mark.parametrize(("role", "weight"), [("body", 400), ("label", 500), ("h1", 600)])
def test_bundled_inter_serves_each_weight(theme: Theme, role, weight) -> None:
    found = QFontInfo(theme.font(role))
    assert found.family() == "Inter"
    assert found.weight() == weight


def test_fingerprints_are_set_in_noto_sans_mono(theme: Theme) -> None:
    found = QFontInfo(theme.font("mono"))
    assert found.family() == "Noto Sans Mono"
    metrics = QFontMetrics(theme.font("mono"))
    assert metrics.horizontalAdvance("i") == metrics.horizontalAdvance("W")


def test_fonts_ship_with_their_licence() -> None:
    from importlib.resources import files

    folder = files("resources") / "fonts"
    sizes = [len((folder / name).read_bytes()) for name in FONT_FILES]
    assert sum(sizes) < 4_000_000
    for name in ("Inter-OFL.txt", "NotoSansMono-OFL.txt"):
        assert "SIL OPEN FONT LICENSE Version 1.1" in (folder / name).read_text(encoding="utf-8")


def test_mode_changes_palette_and_says_so_once(theme: Theme, qtbot) -> None:
    said: list[int] = []
    theme.changed.connect(lambda: said.append(1))
    theme.set_mode(ThemeMode.DARK)
    assert theme.tokens.palette is DARK
    assert theme.is_dark
    assert said
    before = len(said)
    theme.set_mode(ThemeMode.DARK)
    assert len(said) == before
    theme.set_mode(ThemeMode.LIGHT)
    assert theme.tokens.palette is LIGHT


def test_system_mode_follows_the_system(theme: Theme, monkeypatch) -> None:
    class Hints:
        def __init__(self) -> None:
            self.real = QGuiApplication.styleHints()

        def colorScheme(self) -> Qt.ColorScheme:  # noqa: N802 - Qt's name
            return Qt.ColorScheme.Dark

        def __getattr__(self, name: str):
            return getattr(self.real, name)

    monkeypatch.setattr(theme._application, "styleHints", Hints, raising=False)
    theme.set_mode(ThemeMode.SYSTEM)
    assert theme.is_dark


def test_text_size_scales_and_asks_for_new_pages(theme: Theme, qtbot) -> None:
    for percent in TEXT_SIZES[1:]:
        with qtbot.waitSignal(theme.rescaled):
            theme.set_text_size(percent)
        assert theme.font("body").pixelSize() == round(14 * percent / 100)
    theme.set_text_size(137)
    assert theme.text_size == 100


def test_reduced_motion_is_told(theme: Theme, qtbot) -> None:
    with qtbot.waitSignal(theme.changed):
        theme.set_reduce_motion(wanted=True)
    assert theme.reduce_motion


def test_high_contrast_drops_the_sheet(theme: Theme, monkeypatch) -> None:
    monkeypatch.setattr(theme, "_high_contrast", lambda: True)
    theme.set_mode(ThemeMode.DARK)
    sheet = theme._application.styleSheet()
    assert "background" not in sheet
    assert "font-size" in sheet
    ground = theme._application.palette().window().color()
    assert theme.is_dark == (ground.lightnessF() < 0.5), (
        "painted marks must show on the system's ground"
    )


def test_widgets_follow_a_new_theme_while_shown(theme: Theme, qtbot) -> None:
    label, mark = text("Nothing is leaving"), Glyph("check", "accent", 24)
    for widget in (label, mark):
        qtbot.addWidget(widget)
        widget.show()
    light_ink = label.palette().windowText().color().name()
    light_mark = _darkest(mark.grab().toImage())
    side = mark.sizeHint().width()
    theme.set_mode(ThemeMode.DARK)
    theme.set_text_size(200)
    qtbot.wait(1)
    assert light_ink == LIGHT.text.lower()
    assert label.palette().windowText().color().name() == DARK.text.lower()
    assert _darkest(mark.grab().toImage()) != light_mark
    assert mark.sizeHint().width() == 2 * side


def _darkest(picture: QImage) -> str:
    spots = ((x, y) for x in range(picture.width()) for y in range(picture.height()))
    return min((picture.pixelColor(x, y) for x, y in spots), key=lambda c: c.value()).name()


def test_icon_of_a_button_is_drawn_anew(theme: Theme, qtbot) -> None:
    one = button("Choose file", "primary", "file")
    qtbot.addWidget(one)
    one.show()
    before = one.icon().cacheKey()
    theme.set_mode(ThemeMode.DARK)
    qtbot.wait(1)
    assert one.icon().cacheKey() != before


@pytest.mark.parametrize("name", IconSet.names())
def test_every_drawing_paints_something(theme: Theme, name: str) -> None:
    picture = theme.pixmap(name, 24, "text").toImage()
    spots = ((x, y) for x in range(picture.width()) for y in range(picture.height()))
    inked = sum(picture.pixelColor(x, y).alpha() > 128 for x, y in spots)
    assert inked > 12


def test_a_widget_without_a_theme_is_our_fault(dressed: Theme) -> None:
    assert current_theme() is dressed
    program = (
        "from PySide6.QtWidgets import QApplication\n"
        "from app.theme import current_theme\n"
        "from core.errors import InternalError\n"
        "a = QApplication([])\n"
        "try:\n    current_theme()\nexcept InternalError as error:\n    print(error.code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "IN901"
    assert issubclass(InternalError, Exception)
