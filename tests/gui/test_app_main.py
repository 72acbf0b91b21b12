"""The composition root: where it can start, where it keeps things, and how it ends."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.main import HEADLESS, HOME_VARIABLE, has_display, home_folder

PROJECT = Path(__file__).resolve().parents[2]
#: Opens the application, closes its window a moment later, and says what was loaded.
OPEN_AND_CLOSE = """
import sys
from PySide6.QtCore import QTimer
from app.views.shell import MainWindow

shown = MainWindow.show

def show_and_close(self):
    shown(self)
    QTimer.singleShot(1_500, self.close)

MainWindow.show = show_and_close
from app.main import main
status = main([])
heavy = {"mpyc", "pandas", "scipy", "sklearn", "diffprivlib", "anndata"} & set(sys.modules)
print("heavy:", sorted(heavy))
sys.exit(status)
"""


def run(*words: str, **changes: str | None) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if changes.get(k, v) is not None}
    environment |= {k: v for k, v in changes.items() if v is not None}
    environment["PYTHONPATH"] = str(PROJECT)
    return subprocess.run(
        [sys.executable, *words],
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


@pytest.mark.parametrize(
    ("platform", "environment", "found"),
    [
        ("linux", {}, False),
        ("linux", {"DISPLAY": ":0"}, True),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, True),
        ("linux", {"QT_QPA_PLATFORM": "offscreen"}, True),
        ("linux", {"QT_QPA_PLATFORM": "xcb"}, False),
        ("darwin", {}, True),
        ("win32", {}, True),
    ],
)
def test_display_is_found(platform: str, environment: dict[str, str], found: bool) -> None:
    assert has_display(platform, environment) is found


def test_home_is_what_was_asked_for_then_the_variable_then_the_users(tmp_path: Path) -> None:
    variable = {HOME_VARIABLE: str(tmp_path / "variable")}
    assert home_folder(tmp_path / "asked", variable) == tmp_path / "asked"
    assert home_folder(None, variable) == tmp_path / "variable"
    assert home_folder(None, {}).name == "SynCohort"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is always a display")
def test_without_a_display_one_sentence_names_the_command() -> None:
    nothing = {"DISPLAY": None, "WAYLAND_DISPLAY": None, "QT_QPA_PLATFORM": None}
    ended = run("-m", "app", **nothing)
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert HEADLESS in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1


@pytest.mark.slow
def test_window_opens_and_closes_and_leaves_no_process(tmp_path: Path) -> None:
    ended = run("-c", OPEN_AND_CLOSE, QT_QPA_PLATFORM="offscreen", SYNCOHORT_HOME=str(tmp_path))
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.strip() == "heavy: []"
    assert "Traceback" not in ended.stderr
    assert (tmp_path / "settings.ini").exists()
