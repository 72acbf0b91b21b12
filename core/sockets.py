"""Accepting connections without losing one: lobby, direct mode and relay take them here."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any, Final, NoReturn

#: After an error: too many open files, or a caller that is gone already.
_BREATH_S: Final = 0.1
#: Between two looks where the event loop cannot wait for a listening socket (Windows).
_LOOK_S: Final = 0.05


async def accept_all(
    listener: socket.socket, take: Callable[[socket.socket, Any], None]
) -> NoReturn:
    """Hand every connection to ``take``, with its address, until cancelled.

    ``loop.sock_accept`` forgets a connection that it accepted in the very step in which its task
    is cancelled. Here nothing is awaited between accepting and handing over: a connection is
    either with ``take``, which must not fail, or still at the listener, whose end its caller sees.

    Args:
        listener: Does not block. Close it only after the task has ended.
        take: Owns the connection, which does not block either.
    """
    while True:
        try:
            connection, place = listener.accept()
        except (BlockingIOError, InterruptedError):
            await _knocked(listener)
        except OSError:
            await asyncio.sleep(_BREATH_S)
        else:
            connection.setblocking(False)
            take(connection, place)
            await asyncio.sleep(0)  # a crowd at the door must not stop everybody else


async def _knocked(listener: socket.socket) -> None:
    """Wait until somebody may be there."""
    loop, number = asyncio.get_running_loop(), listener.fileno()
    knock = asyncio.Event()
    try:
        loop.add_reader(number, knock.set)
    except NotImplementedError:
        await asyncio.sleep(_LOOK_S)
        return
    try:
        await knock.wait()
    finally:
        loop.remove_reader(number)
