"""Joint noise: shared integers of exactly the planned distribution, unknown to any t parties.

One value's noise is Z = sum_j w_j (Bin(n_j, 1/2) - n_j/2). A binomial is a sum of fair bits and a
bit is (1 + sign)/2, so 2 Z = sum of w over all the value's secret signs: a weighted sum, which
every party forms on its shares without a message. Making the signs is the whole cost: secret
uniform numbers with their squares opened (core/protocol/roots.py), divided by a root of the square
(core/protocol/signs.py).

References:
    privacy.md section 4 (the distribution, its certificate), section 8.1 (bits are used once),
    section 10.1 (tests).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

import numpy as np

from core.errors import ProtocolError
from core.model.drawing import CHUNK_SIGNS, CHUNKS_AT_ONCE
from core.model.stage import NoiseLadder
from core.protocol.field import BLOCK, MersenneField, Words
from core.protocol.roots import RootSource
from core.protocol.signs import sign_shares


def sign_weights(ladder: NoiseLadder) -> tuple[int, ...]:
    """Return the weight of each of a value's signs.

    >>> sign_weights(NoiseLadder(levels=((1, 2), (2, 3))))
    (1, 1, 2, 2, 2)
    """
    return tuple(weight for weight, bits in ladder.levels for _ in range(bits))


class JointNoise:
    """One party's part in drawing the noise of a run's stages in one field."""

    def __init__(self, field: MersenneField, roots: RootSource) -> None:
        """Draw in ``field`` from this party's ``roots``."""
        self._field, self._roots = field, roots

    async def draw(
        self, index: int, ladder: NoiseLadder, n_values: int, on_values: Callable[[int], None]
    ) -> Words:
        """Return this party's shares of one noise value for each value of a stage.

        Args:
            index: Of the stage in the plan.
            ladder: Its noise.
            n_values: Its number of values.
            on_values: Told the number of values whose noise is ready.

        Returns:
            Shape (n_values,), elements, on polynomials of degree t.

        Reveals:
            The squares of secret random numbers, to every party: independent of the signs and of
                all patients.

        Raises:
            SessionError: SE404 after the step's longest wait.
            ProtocolError: PR502 if a peer's message is malformed or some opened number is no
                square.
        """
        weights = sign_weights(ladder)
        step = max(1, CHUNK_SIGNS // len(weights))
        noise = np.empty(n_values, np.uint64)
        on_their_way: deque[tuple[int, asyncio.Task[None]]] = deque()
        try:
            for chunk, start in enumerate(range(0, n_values, step)):
                if len(on_their_way) == CHUNKS_AT_ONCE:
                    await _finished(on_their_way, on_values)
                part = noise[start : start + step]
                task = asyncio.create_task(self._chunk(index, chunk, weights, part))
                on_their_way.append((start + len(part), task))
            while on_their_way:
                await _finished(on_their_way, on_values)
        finally:
            tasks = [task for _, task in on_their_way]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return noise

    async def _chunk(self, index: int, chunk: int, weights: tuple[int, ...], noise: Words) -> None:
        """Fill ``noise`` with one chunk's values: weighted sums of signs."""
        field, bits = self._field, len(weights)
        roots, squares = await self._roots_without_zero(index, chunk, len(noise) * bits)
        half = field.element(pow(2, -1, field.modulus))
        step = max(1, BLOCK // bits)
        for start in range(0, len(noise), step):
            await asyncio.sleep(0)
            part = slice(start * bits, (start + step) * bits)
            signs = sign_shares(field, roots[part], squares[part])
            if signs is None:
                raise ProtocolError("PR502", party="a hospital", reason="a number is no square")
            double = field.dot(signs.reshape(-1, bits), weights)
            noise[start : start + step] = field.mul(double, half)

    async def _roots_without_zero(self, index: int, chunk: int, count: int) -> tuple[Words, Words]:
        """Return numbers and their squares; where one is 0 (1 in p of them), drawn again."""
        roots, squares = await self._roots.draw(index, chunk, 0, count)
        attempt = 0
        while not bool(squares.all()):
            again, attempt = np.flatnonzero(squares == 0), attempt + 1
            roots[again], squares[again] = await self._roots.draw(
                index, chunk, attempt, len(again)
            )
        return roots, squares


async def _finished(
    on_their_way: deque[tuple[int, asyncio.Task[None]]], on_values: Callable[[int], None]
) -> None:
    """Wait for the oldest chunk and tell how many values are ready with it."""
    values, task = on_their_way[0]
    await task
    on_their_way.popleft()
    on_values(values)
