"""Own the one worker process of the application.

Start, introduction, frames, end: all in the event loop of the window, nothing here waits. A
worker that goes by itself is reported once as a typed error; one that does not go when asked is
given time, then its input is closed, then it is killed (`terminate` does not end console
children on Windows).
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, QTimer

from app.link.link import Link
from core.errors import WorkerError
from core.messages.codec import FrameReader, decode, encode
from core.messages.commands import Command, Introduce, Shutdown
from core.messages.events import EVENTS

GRACE_MS: Final = 15_000
FORCE_MS: Final = 5_000
LOG_LINES: Final = 500
_PROJECT: Final = Path(__file__).resolve().parents[2]


class WorkerLink(Link):
    """Invariant: at most one process; every start ends in exactly one of `ended` and `stopped`."""

    def __init__(
        self,
        home: Path,
        introduce: Callable[[], Introduce],
        *,
        program: Sequence[str] = (),
        grace_ms: int = GRACE_MS,
        force_ms: int = FORCE_MS,
        parent: QObject | None = None,
    ) -> None:
        """Prepare, without starting.

        Args:
            home: Folder of ledger, cohorts and studies.
            introduce: Asked at each start for the first command.
            program: Words of another command line, for tests; empty runs the worker.
            grace_ms: How long a shutdown may take before the input is closed.
            force_ms: How long after that before the process is killed.
            parent: Owner.
        """
        super().__init__(parent)
        worker = (sys.executable, "-m", "core.worker", "--home", str(home))
        self._program = tuple(program) or worker
        self._home = home
        self._introduce = introduce
        self._grace = self._timer(grace_ms, self._close_input)
        self._force = self._timer(force_ms, self._kill)
        self._logs: deque[str] = deque(maxlen=LOG_LINES)
        self._process: QProcess | None = None
        self._reader = FrameReader()
        self._pending: list[Command] = []
        self._unlogged = b""
        self._stopping = False
        self._fault: WorkerError | None = None

    @property
    def running(self) -> bool:
        """Whether there is a process, be it starting or stopping."""
        return self._process is not None

    @property
    def logs(self) -> tuple[str, ...]:
        """Last lines of the worker's log, oldest first; for a support file, never shown raw."""
        return tuple(self._logs)

    def start(self) -> None:
        """Start the worker; does nothing while there is one."""
        if self._process is not None:
            return
        self._home.mkdir(parents=True, exist_ok=True)
        self._reader = FrameReader()
        self._pending = [self._introduce()]
        self._stopping = False
        self._fault = None
        process = QProcess(self)
        process.setProcessEnvironment(_environment())
        process.setWorkingDirectory(str(self._home))
        process.started.connect(self._flush)
        process.readyReadStandardOutput.connect(self._read)
        process.readyReadStandardError.connect(self._log)
        process.errorOccurred.connect(self._error)
        process.finished.connect(self._finished)
        self._process = process
        process.start(self._program[0], list(self._program[1:]))

    def send(self, command: Command) -> None:
        """Write a command, or keep it until the worker has started; dropped when there is none."""
        if self._process is None or self._stopping:
            return
        self._pending.append(command)
        if self._process.state() is QProcess.ProcessState.Running:
            self._flush()

    def stop(self) -> None:
        """Ask for a shutdown and enforce it after a while; `stopped` follows in any case."""
        if self._process is None:
            self.stopped.emit()
            return
        if self._stopping:
            return
        self.send(Shutdown())
        self._stopping = True
        self._grace.start()

    def _timer(self, milliseconds: int, action: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(milliseconds)
        timer.timeout.connect(action)
        return timer

    def _flush(self) -> None:
        waiting, self._pending = self._pending, []
        for command in waiting:
            if self._process is not None:
                self._process.write(encode(command))

    def _read(self) -> None:
        if self._process is None or self._fault is not None:
            return
        received = bytes(self._process.readAllStandardOutput().data())
        try:
            for body in self._reader.feed(received):
                self.told.emit(decode(body, EVENTS))
        except WorkerError as wrong:
            self._fault = wrong
            self._kill()

    def _log(self) -> None:
        if self._process is not None:
            self._unlogged += bytes(self._process.readAllStandardError().data())
            *lines, self._unlogged = self._unlogged.split(b"\n")
            self._logs.extend(line.decode("utf-8", "replace").rstrip() for line in lines if line)

    def _close_input(self) -> None:
        if self._process is not None:
            self._process.closeWriteChannel()
            self._force.start()

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()

    def _error(self, kind: QProcess.ProcessError) -> None:
        if kind is QProcess.ProcessError.FailedToStart:
            self._gone(-1)

    def _finished(self, status: int, how: QProcess.ExitStatus) -> None:
        self._read()
        self._log()
        self._gone(status if how is QProcess.ExitStatus.NormalExit else -abs(status or 1))

    def _gone(self, status: int) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        self._grace.stop()
        self._force.stop()
        process.deleteLater()
        if self._stopping:
            self.stopped.emit()
        else:
            self.ended.emit(self._fault or WorkerError("WO602", status=status))


def _environment() -> QProcessEnvironment:
    """The own environment, in which the worker finds the application's own code and no other.

    Python would look in the current folder first, and relative entries of PYTHONPATH name whatever
    lies there: both are left out.
    """
    environment = QProcessEnvironment.systemEnvironment()
    separator = ";" if sys.platform == "win32" else ":"
    named = environment.value("PYTHONPATH").split(separator)
    paths = dict.fromkeys([str(_PROJECT), *(p for p in named if Path(p).is_absolute())])
    environment.insert("PYTHONPATH", separator.join(paths))
    environment.insert("PYTHONSAFEPATH", "1")
    environment.insert("PYTHONIOENCODING", "utf-8")
    return environment
