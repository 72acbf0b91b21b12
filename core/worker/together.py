"""Waiting for several hospitals at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from typing import TypeVar

T = TypeVar("T")


async def all_of(steps: Sequence[Awaitable[T]]) -> list[T]:
    """Wait for every step, then return all results in order, or raise the first error.

    Unlike a bare gather, no step is left running behind an error.
    """
    kept: list[T] = []
    for result in await asyncio.gather(*steps, return_exceptions=True):
        if isinstance(result, BaseException):
            raise result
        kept.append(result)
    return kept
