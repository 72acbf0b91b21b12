"""What a hand does in a window, and what an eye finds there."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QSpinBox, QWidget

from app.views.shell import MainWindow
from app.views.widgets import Banner, Button, Dialog


def buttons(where: QWidget, words: str) -> list[Button]:
    """The visible buttons of this name; where there is none, those with these words."""
    visible = [b for b in where.findChildren(Button) if b.isVisible()]
    named = [b for b in visible if b.accessibleName() == words]
    return named or [b for b in visible if b.text().strip("\u2005\u2002 ") == words]


def press(where: QWidget, words: str) -> None:
    """Press the one visible, enabled button with these words or this name."""
    QApplication.processEvents()  # what was built a moment ago becomes visible
    found = buttons(where, words)
    assert len(found) == 1, f"{len(found)} buttons called {words}"
    assert found[0].isEnabled(), f"{words}: {found[0].accessibleDescription()}"
    QTest.mouseClick(found[0], Qt.MouseButton.LeftButton)
    QApplication.processEvents()


def named(where: QWidget, kind: type, name: str) -> Any:
    """The visible control of this name."""
    QApplication.processEvents()  # what was built a moment ago becomes visible
    found = [w for w in where.findChildren(kind) if w.accessibleName() == name and w.isVisible()]
    assert len(found) == 1, f"{len(found)} controls called {name}"
    return found[0]


def write(where: QWidget, name: str, words: str) -> None:
    """Write into the one visible field of this name, over what stood there."""
    QApplication.processEvents()
    kinds = (QLineEdit, QPlainTextEdit, QSpinBox)
    found = [w for k in kinds for w in where.findChildren(k) if w.accessibleName() == name]
    found = [w for w in found if w.isVisible()]
    assert len(found) == 1, f"{len(found)} fields called {name}"
    found[0].selectAll()
    QTest.keyClicks(found[0], words)


def dialog(window: MainWindow, kind: type = Dialog) -> Any:
    """The dialog on the screen."""
    return next(d for d in window.findChildren(kind) if d.isVisible())


def banners(window: MainWindow) -> str:
    """What all banners of the page say."""
    QApplication.processEvents()  # what was replaced is hidden till it is deleted
    found = (b for b in window.page.findChildren(Banner) if b.isVisible())
    return " ".join(b.accessibleName() for b in found)


def drop(widget: QWidget, path: str) -> None:
    """Let a file fall onto a widget."""
    urls = QMimeData()
    urls.setUrls([QUrl.fromLocalFile(path)])
    widget.dropEvent(
        QDropEvent(
            QPointF(10, 10),
            Qt.DropAction.CopyAction,
            urls,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
    )
    QApplication.processEvents()
