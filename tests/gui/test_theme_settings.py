"""The settings file: what is kept, and what a damaged file falls back to."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray

from app.settings import Settings, ThemeMode


def test_first_start_has_defaults(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    assert settings.theme is ThemeMode.SYSTEM
    assert settings.text_size == 100
    assert not settings.reduce_motion
    assert settings.language == ""
    assert settings.hospital_name == ""
    assert settings.steward_name == ""
    assert settings.window_geometry.isEmpty()
    assert settings.last_folder == Path.home()


def test_everything_is_still_there_after_a_restart(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    settings.theme = ThemeMode.DARK
    settings.text_size = 150
    settings.reduce_motion = True
    settings.language = "de"
    settings.hospital_name = "  Klinikum Ostufer, Haus 2 "
    settings.steward_name = "A. Meier"
    settings.window_geometry = QByteArray(b"\x00\x01\xff")
    settings.last_folder = tmp_path
    settings.flush()
    again = Settings(tmp_path)
    assert again.theme is ThemeMode.DARK
    assert again.text_size == 150
    assert again.reduce_motion
    assert again.language == "de"
    assert again.hospital_name == "Klinikum Ostufer, Haus 2"
    assert again.steward_name == "A. Meier"
    assert again.window_geometry == QByteArray(b"\x00\x01\xff")
    assert again.last_folder == tmp_path


@pytest.mark.parametrize(
    "content",
    [
        "[look]\ntheme=purple\ntext_size=137\nreduce_motion=perhaps\n",
        "[look]\ntheme=a, b\n",
        "\0\1",
    ],
)
def test_a_damaged_file_falls_back(tmp_path: Path, content: str) -> None:
    (tmp_path / "settings.ini").write_text(content, encoding="utf-8")
    settings = Settings(tmp_path)
    assert settings.theme is ThemeMode.SYSTEM
    assert settings.text_size == 100
    assert not settings.reduce_motion


def test_a_folder_that_is_gone_is_not_offered(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    settings.last_folder = tmp_path / "gone"
    assert settings.last_folder == Path.home()


def test_long_names_are_kept_short(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    settings.hospital_name = "x" * 300
    assert len(settings.hospital_name) == 80
