from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.unit.worker.lobby_twin import Sites

Story = Callable[[Sites], Awaitable[None]]


@pytest.fixture
def play(tmp_path: Path) -> Callable[[Story], None]:
    def run(story: Story) -> None:
        async def whole() -> None:
            sites = Sites(tmp_path)
            try:
                async with asyncio.timeout(30):
                    await story(sites)
            finally:
                await sites.close()

        asyncio.run(whole())

    return run
