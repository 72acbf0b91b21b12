"""Opening an invitation from outside: at the start, by a second start, by the desktop."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QFileOpenEvent
from PySide6.QtWidgets import QApplication

from app.link.second_start import Doorbell
from app.views.dialogs.invitation import JoinDialog
from core.study.invitation import invite, to_file
from tests.gui import joint_script as joint
from tests.gui.stand import Stand, ready, stand

PROJECT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.timeout(120), pytest.mark.qt_log_ignore("propagateSizeHints")]
#: Opens the application; says when the page of an invitation is there, and closes the window.
WATCHED = """
import sys
from PySide6.QtCore import QTimer
from app.views.shell import MainWindow
from app.views.pages.invitation import InvitationPage

def look(window):
    page = window.page
    if isinstance(page, InvitationPage):
        print("opened:", page.study.invited.state.view.terms.title, flush=True)
        window.close()
    else:
        QTimer.singleShot(50, lambda: look(window))

shown = MainWindow.show

def show(self):
    shown(self)
    print("shown", flush=True)
    look(self)

MainWindow.show = show
from app.main import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A real invitation, with a space in its name."""
    made = invite(
        study_id="a1" * 16,
        token="b2" * 16,
        secret="c3" * 32,
        meeting=joint.RELAY,
        coordinator="North",
        coordinator_sha256="d4" * 32,
        expires=int(time.time()) + 1000,
        terms=joint.TERMS,
    )
    path = tmp_path / "my study.syncohort-invitation"
    path.write_text(to_file(made), encoding="utf-8")
    return path


def started(home: Path, *words: str, watched: bool = True) -> subprocess.Popen[str]:
    program = ["-c", WATCHED] if watched else ["-m", "app"]
    return subprocess.Popen(
        [sys.executable, *program, "--home", str(home), *words],
        env=os.environ | {"PYTHONPATH": str(PROJECT), "QT_QPA_PLATFORM": "offscreen"},
        cwd=home.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
def test_a_start_with_a_file_opens_the_invitation(tmp_path: Path, file: Path) -> None:
    first = started(tmp_path / "home", file.name)  # relative to where it was started
    said, errors = first.communicate(timeout=90)
    assert "opened: Acute leukaemia subtypes" in said, errors
    assert first.returncode == 0, errors


@pytest.mark.slow
def test_a_second_start_hands_the_file_to_the_first(tmp_path: Path, file: Path) -> None:
    home = tmp_path / "home"
    first = started(home)
    assert first.stdout.readline().strip() == "shown"
    second = started(home, file.name, watched=False)
    _, errors = second.communicate(timeout=60)
    assert second.returncode == 0, errors
    assert "it shows the invitation" in errors
    said, errors = first.communicate(timeout=60)
    assert "opened: Acute leukaemia subtypes" in said, errors
    assert first.returncode == 0
    assert list((home / "door").iterdir()) == []


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Stand]:
    made = stand(tmp_path)
    ready(made)
    made.window.show()
    yield made
    for dialog in made.window.findChildren(JoinDialog):
        dialog.close()
    made.window.hide()
    made.window.deleteLater()


def test_a_window_that_is_hung_is_said(tmp_path: Path, qtbot) -> None:
    first, second = Doorbell(tmp_path), Doorbell(tmp_path)
    assert first.take()
    assert not second.take()
    assert not second.hand_over("/x.syncohort-invitation", timeout_s=0.2)  # no event loop runs
    assert list((tmp_path / "door").iterdir()) == []
    first.release()
    assert second.take()
    second.release()


def test_notes_that_are_old_or_wrong_are_cleared_and_open_nothing(tmp_path: Path, qtbot) -> None:
    door = tmp_path / "door"
    door.mkdir()
    for name, words in (("a", "[1]"), ("b", "{"), ("c", '{"open": 1}'), ("d", '{"open": "/old"}')):
        (door / f"{name}.note").write_text(words)
    old = time.time() - 100
    os.utime(door / "d.note", (old, old))
    (door / "e.note").write_text('{"open": "/x"}')
    bell, rang = Doorbell(tmp_path), []
    bell.rang.connect(rang.append)
    assert bell.take()
    qtbot.waitUntil(lambda: not list(door.iterdir()), timeout=3000)
    assert rang == ["/x"]
    bell.release()


def test_a_file_of_the_desktop_is_opened(opened: Stand, file: Path, qtbot) -> None:
    bell = Doorbell(file.parent)
    bell.rang.connect(opened.router.called)
    application = QCoreApplication.instance()
    application.installEventFilter(bell)
    QApplication.sendEvent(application, QFileOpenEvent(str(file)))
    application.removeEventFilter(bell)
    assert opened.link.names()[-1] == "OpenInvitation"
    opened.link.play(joint.invitation())
    assert opened.desk.study.reading_invitation


def test_a_file_is_dropped_on_the_window(opened: Stand, file: Path) -> None:
    dropped = QMimeData()
    dropped.setUrls([QUrl.fromLocalFile(str(file))])
    event = QDropEvent(
        QPointF(QPoint(300, 300)),
        Qt.DropAction.CopyAction,
        dropped,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    opened.window.dropEvent(event)
    assert opened.link.names()[-1] == "OpenInvitation"


def test_during_a_run_it_is_said_that_it_cannot_be_opened(opened: Stand, file: Path) -> None:
    from tests.gui.states import run_running

    run_running(opened)
    before = len(opened.link.sent)
    opened.router.called(str(file))
    assert len(opened.link.sent) == before
    assert "a study runs here" in opened.desk.state.problem.text


# ---- the desktop's side


@pytest.mark.skipif(
    sys.platform != "linux" or not shutil.which("gio") or not shutil.which("update-mime-database"),
    reason="needs the tools of a Linux desktop (gio, update-mime-database)",
)
def test_a_double_click_starts_the_application_until_that_is_taken_back(
    tmp_path: Path, file: Path
) -> None:
    project = tmp_path / "a $place"
    (project / "installers").mkdir(parents=True)
    (project / "resources" / "icons").mkdir(parents=True)
    shutil.copy(PROJECT / "installers" / "associate", project / "installers")
    icon = "resources/icons/mark.svg"
    shutil.copy(PROJECT / icon, project / icon)
    told = tmp_path / "told"
    run = project / "installers" / "run"
    run.write_text(f'#!/bin/sh\nprintf "%s" "$1" > {told}\n')
    run.chmod(0o755)
    desktop = os.environ | {
        "XDG_DATA_HOME": str(tmp_path / "share"),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "HOME": str(tmp_path),
    }

    def does(*words: str) -> str:
        ended = subprocess.run(
            words, env=desktop, capture_output=True, text=True, check=True, timeout=30
        )
        return ended.stdout

    associate = str(project / "installers" / "associate")
    does(associate)
    kind = does("gio", "info", "-a", "standard::content-type", str(file))
    assert "application/x-syncohort-invitation" in kind
    assert "syncohort.desktop" in does("gio", "mime", "application/x-syncohort-invitation")
    does("gio", "open", str(file))
    end = time.monotonic() + 10
    while not told.exists() and time.monotonic() < end:
        time.sleep(0.05)
    assert told.read_text() == str(file)

    does(associate, "--remove")
    assert (
        "syncohort"
        not in does("gio", "info", "-a", "standard::content-type", str(file)).split(
            "standard::content-type"
        )[1]
    )
    left = [p for p in tmp_path.rglob("*") if p.is_file() and "syncohort.desktop" in p.name]
    assert left == []
