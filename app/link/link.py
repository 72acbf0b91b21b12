"""What every way to reach a worker offers."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from core.messages.commands import Command


class Link(QObject):
    """Two directions: `send` takes a command, `told` brings what the worker says.

    Invariant: after `ended` or `stopped` no event comes until the worker was started again.
    """

    told = Signal(object)
    """One value of `core.messages.events.Event`."""
    ended = Signal(object)
    """A `WorkerError`: the worker is gone although nobody asked it to go."""
    stopped = Signal()
    """The worker is gone as asked."""

    def start(self) -> None:
        """Start the worker and introduce the hospital."""
        raise NotImplementedError

    def send(self, command: Command) -> None:
        """Give the worker a command; answers come as events."""
        raise NotImplementedError

    def stop(self) -> None:
        """Ask the worker to go; `stopped` follows."""
        raise NotImplementedError
