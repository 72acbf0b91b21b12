"""Frames over pipes: the worker's own standard input and output, and those of a child process."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from core.errors import WorkerError
from core.messages import codec

_READ_BYTES = 1 << 16
#: A child may queue so many bytes of one frame (64 MiB) plus slack before asyncio pauses it.
_GRACE_S = 5.0
#: The folder from which this very program was loaded.
_OWN_CODE = Path(__file__).resolve().parents[2]


def claim_standard_output() -> BinaryIO:
    """Take over descriptor 1 for events and point it at standard error for everybody else.

    After this, no ``print`` of any library can reach the event stream. Call it before anything
    else is imported that might write to standard output.
    """
    events = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return events


async def standard_input() -> asyncio.StreamReader:
    """Return standard input as an asyncio stream."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=_READ_BYTES * 4)
    if sys.platform == "win32":
        loop.run_in_executor(None, _pump_blocking, loop, reader)
    else:
        await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), sys.stdin.buffer
        )
    return reader


def _pump_blocking(loop: asyncio.AbstractEventLoop, reader: asyncio.StreamReader) -> None:
    """Feed a reader from a blocking standard input (Windows pipes have no asyncio transport)."""
    while chunk := os.read(0, _READ_BYTES):
        loop.call_soon_threadsafe(reader.feed_data, chunk)
    loop.call_soon_threadsafe(reader.feed_eof)


async def messages(reader: asyncio.StreamReader, kinds: Mapping[str, type]) -> AsyncIterator[Any]:
    """Yield decoded messages until the stream ends.

    Raises:
        WorkerError: WO601 for a frame that is not a message of ``kinds``.
    """
    frames = codec.FrameReader()
    while chunk := await reader.read(_READ_BYTES):
        for body in frames.feed(chunk):
            yield codec.decode(body, kinds)


def child_environment(inherited: Mapping[str, str]) -> dict[str, str]:
    """Return the environment in which a child loads the same code as this process.

    Python would look for modules in the current folder first, where somebody may have put a
    package of the same name beside a cohort file. So the search path is this program's folder and
    what is named absolutely; nothing relative.

    >>> found = child_environment({"PYTHONPATH": os.pathsep.join([".", "", "vendor"])})
    >>> found["PYTHONPATH"] == str(_OWN_CODE), found["PYTHONSAFEPATH"]
    (True, '1')
    """
    named = inherited.get("PYTHONPATH", "").split(os.pathsep)
    paths = dict.fromkeys([str(_OWN_CODE), *(p for p in named if Path(p).is_absolute())])
    return {**inherited, "PYTHONPATH": os.pathsep.join(paths), "PYTHONSAFEPATH": "1"}


class ChildProcess:
    """Owns one Python child that speaks frames: start, send, receive, grace, force.

    Invariant: after ``stop`` the child is gone.
    """

    def __init__(self, kinds: Mapping[str, type]) -> None:
        """Prepare a child whose messages are of ``kinds``; ``start`` runs it."""
        self._kinds = kinds
        self._child: asyncio.subprocess.Process | None = None

    async def start(self, *arguments: str) -> None:
        """Start ``python ARGUMENTS`` with piped standard input and output; standard error is
        inherited.
        """
        self._child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",  # never load code from the current folder
            *arguments,
            env=child_environment(os.environ),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_READ_BYTES * 4,
        )

    @property
    def running(self) -> asyncio.subprocess.Process:
        """The started child.

        Raises:
            WorkerError: WO602 if it was never started.
        """
        if self._child is None:
            raise WorkerError("WO602", status="not started")
        return self._child

    async def send(self, message: object) -> None:
        """Send one message; a child that is gone is noticed by ``received``, not here."""
        stream = self.running.stdin
        if stream is None or stream.is_closing():
            return
        stream.write(codec.encode(message))
        try:
            await stream.drain()
        except (BrokenPipeError, ConnectionResetError):
            return

    def received(self) -> AsyncIterator[Any]:
        """Yield the child's messages until it closes its output."""
        stream = self.running.stdout
        if stream is None:
            raise WorkerError("WO602", status="no output")
        return messages(stream, self._kinds)

    async def stop(self, grace_s: float = _GRACE_S) -> int:
        """Close the child's input, wait, then kill; return its exit status."""
        if self._child is None:
            return 0
        if self._child.stdin is not None and not self._child.stdin.is_closing():
            self._child.stdin.close()
        try:
            return await asyncio.wait_for(self._child.wait(), grace_s)
        except TimeoutError:
            self.kill()
            return await self._child.wait()

    def kill(self) -> None:
        """Kill the child at once, if it still runs."""
        if self._child is not None and self._child.returncode is None:
            try:
                self._child.kill()
            except ProcessLookupError:
                return
