"""Every page in every state, rendered and checked: `python tests/gui/shots.py FOLDER [WORD]`."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from types import ModuleType

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
if __name__ == "__main__":  # NB: a dependency installs a package called `tests`; ours has to win
    project = Path(__file__).resolve().parents[2]
    sys.path.insert(0, str(project))
    ours = ModuleType("tests")
    ours.__path__ = [str(project / "tests")]
    sys.modules["tests"] = ours

from PySide6.QtGui import QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app.plots import register_plot_fonts
from app.theme import Theme, register_fonts
from app.views.widgets import Dialog
from tests.gui import checks
from tests.gui.stand import Stand, stand
from tests.gui.states import DIGEST, STATES

__all__ = ["DIGEST", "STATES", "Stand", "picture", "reach", "stand"]


def reach(folder: Path, name: str) -> Stand:
    """Build the application, bring it into a state, and show it: what nobody sees on the way there
    is not laid out.
    """
    made = stand(folder)
    made.window.resize(1280, 800)
    STATES[name](made)
    made.window.show()
    for _ in range(3):
        QApplication.processEvents()
        QTest.qWait(5)  # pictures are drawn after layouts have settled
    return made


def picture(window: QWidget, path: Path) -> None:
    """Photograph the window and the dialog over it."""
    shot = window.grab()
    for dialog in window.findChildren(Dialog):
        if dialog.isVisible():
            x = (window.width() - dialog.width()) // 2
            y = (window.height() - dialog.height()) // 2
            painter = QPainter(shot)
            painter.drawPixmap(x, y, dialog.grab())
            painter.end()
    shot.save(str(path))


def main(folder: Path, word: str = "") -> int:
    """Render and check everything; return the number of faults."""
    application = QApplication(sys.argv[:1])
    register_fonts()
    register_plot_fonts()
    theme = Theme(application)
    folder.mkdir(parents=True, exist_ok=True)
    n_faults = 0
    for look in checks.LOOKS:
        checks.wear(theme, look)
        for name in STATES:
            label = f"{name}_{look}"
            if word not in label:
                continue
            with tempfile.TemporaryDirectory() as home:
                made = reach(Path(home), name)
                dialogs = [d for d in made.window.findChildren(Dialog) if d.isVisible()]
                found = [f for shown in (dialogs or [made.window]) for f in checks.faults(shown)]
                picture(made.window, folder / f"{label}.png")
                for fault in found:
                    print(f"{label}: {fault}")
                n_faults += len(found)
                for dialog in dialogs:
                    dialog.close()
                made.window.hide()
                made.window.deleteLater()
                QApplication.processEvents()
    print(f"{n_faults} faults")
    return n_faults


if __name__ == "__main__":
    sys.exit(1 if main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "") else 0)
