"""What all presenters share."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.link import Link
from core.messages.commands import Command


class Presenter(QObject):
    """Turns events into a frozen state and wishes of the reader into commands. Holds no widget."""

    changed = Signal()
    """The state is another one."""

    def __init__(self, link: Link, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._link = link

    def send(self, command: Command) -> None:
        """Give a command to the worker."""
        self._link.send(command)
