"""Heartbeats on links, and how silence is noticed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from core.network.link import Link


async def keep_alive(
    links: Callable[[], Iterable[Link]], silence_s: float, pause_s: float
) -> None:
    """Beat on every link until cancelled, and give up those that are silent.

    Args:
        links: Those that are open now.
        silence_s: Longest silence of the other end, seconds.
        pause_s: Between two beats, seconds.
    """
    loop = asyncio.get_running_loop()
    pause = min(pause_s, silence_s / 4)
    while True:
        for link in tuple(links()):
            link.beat()
        before = loop.time()
        await asyncio.sleep(pause)
        late = loop.time() - before - pause  # this computer itself was busy or asleep
        for link in tuple(links()):
            if loop.time() - late - link.last_heard > silence_s:
                link.silence()
