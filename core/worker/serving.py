"""The loop of a hospital's worker: commands in, events out, until Shutdown or the end of the
input.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from core.errors import SynCohortError
from core.messages import codec
from core.messages.commands import COMMANDS, Shutdown
from core.messages.events import Event, Refused
from core.worker.channel import messages, standard_input
from core.worker.clock import SystemClock
from core.worker.home import Home
from core.worker.hospital import Hospital
from core.worker.redaction import guard_process


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m core.worker", description=__doc__)
    parser.add_argument("--home", required=True, type=Path, help="folder of this hospital")
    parser.add_argument("--rehearsal", action="store_true", help="the folder holds one rehearsal")
    return parser.parse_args(argv)


def main(events: BinaryIO, argv: Sequence[str] | None = None) -> int:
    """Serve commands from standard input until the end.

    Args:
        events: The duplicate of standard output.
        argv: Command line, None for the process's own.

    Returns:
        Exit status.
    """
    arguments = _arguments(argv)
    os.umask(0o077)
    guard_process()
    return asyncio.run(_serve(events, Home(arguments.home, rehearsal=arguments.rehearsal)))


async def _serve(events: BinaryIO, home: Home) -> int:
    def emit(event: Event) -> None:
        frame = memoryview(codec.encode(event))
        with contextlib.suppress(
            BrokenPipeError
        ):  # the application is gone; standard input ends the loop
            while frame:
                frame = frame[events.write(frame) or 0 :]

    hospital = Hospital(home=home, emit=emit, clock=SystemClock())
    running: set[asyncio.Task[None]] = set()
    status = 0
    try:
        async for command in messages(await standard_input(), COMMANDS):
            if isinstance(command, Shutdown):
                break
            task = asyncio.create_task(hospital.perform(command))
            running.add(task)
            task.add_done_callback(running.discard)
    except SynCohortError as wrong:
        emit(Refused(command="", code=wrong.code, fields=wrong.fields))
        status = 1
    await hospital.close()
    if running:
        await asyncio.wait(running, timeout=5.0)
    return status
