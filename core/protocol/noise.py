"""Joint noise: shared integers of exactly the planned distribution, unknown to any t parties.

One value's noise is Z = sum_j w_j (Bin(n_j, 1/2) - n_j/2). A binomial is a sum of fair bits and a
bit is (1 + sign)/2, so 2 Z = sum of w over all the value's secret signs: a weighted sum, which
every party forms on its shares without a message. Making the signs is the whole cost
(core/protocol/signs.py).

References:
    privacy.md section 4 (the distribution, its certificate), section 8.1 (bits are used once),
    section 10.1 (tests).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import numpy as np

from core.errors import ProtocolError
from core.model.stage import NoiseLadder, StagePlan
from core.protocol.field import MersenneField, Words
from core.protocol.mailbox import Kind, Label
from core.protocol.session import Session
from core.protocol.shares import interpolate
from core.protocol.signs import SignDealer, sign_shares

_MOST_BITS = 400_000
_FEWEST_BITS = 40_000
_BITS_TIMES_KEYS = 4_000_000
_ATTEMPT_BITS = 8


def bits_at_once(n_keys: int) -> int:
    """Return how many signs are drawn at once: bounds memory, and how long the loop waits."""
    return max(_FEWEST_BITS, min(_MOST_BITS, _BITS_TIMES_KEYS // n_keys))


def sign_weights(ladder: NoiseLadder) -> tuple[int, ...]:
    """Return the weight of each of a value's signs.

    >>> sign_weights(NoiseLadder(levels=((1, 2), (2, 3))))
    (1, 1, 2, 2, 2)
    """
    return tuple(weight for weight, bits in ladder.levels for _ in range(bits))


class JointNoise:
    """One party's part in drawing the noise of a run's stages."""

    def __init__(
        self, session: Session, field: MersenneField, dealer: SignDealer, n_keys: int
    ) -> None:
        """Draw in ``field`` with this party's ``dealer``, who holds ``n_keys`` keys."""
        self._session, self._field, self._dealer = session, field, dealer
        self._bits_at_once = bits_at_once(n_keys)
        self._m, self._t = len(session.plan.parties), session.plan.threshold

    async def draw(self, index: int, stage: StagePlan, on_values: Callable[[int], None]) -> Words:
        """Return this party's shares of one noise value for each value of the stage.

        One chunk is computed while the previous one's squares are on their way.

        Args:
            index: Of the stage in the plan.
            stage: The planned stage.
            on_values: Told the number of values whose noise is ready.

        Returns:
            Shape (stage.values,), elements, on polynomials of degree t.

        Reveals:
            The squares of secret random numbers, to every party: independent of the signs and of
                all patients.

        Raises:
            SessionError: SE404 after the step's longest wait.
            ProtocolError: PR502 if a peer's message is malformed or some opened number is no
                square.
        """
        weights = sign_weights(stage.noise)
        step = max(1, self._bits_at_once // len(weights))
        starts = range(0, stage.values, step)
        noise = np.empty(stage.values, np.uint64)
        ahead: tuple[int, int, Words, Words] | None = None
        for chunk, start in enumerate(starts):
            count = min(step, stage.values - start)
            roots, squares = self._propose(index, chunk, 0, count * len(weights))
            if ahead is not None:
                await self._complete(index, ahead, weights, noise, step)
                on_values(ahead[0] * step + ahead[1])
            ahead = (chunk, count, roots, squares)
            await asyncio.sleep(0)
        if ahead is not None:
            await self._complete(index, ahead, weights, noise, step)
        on_values(stage.values)
        return noise

    async def _complete(
        self,
        index: int,
        pending: tuple[int, int, Words, Words],
        weights: tuple[int, ...],
        noise: Words,
        step: int,
    ) -> None:
        """Turn one chunk's squares into signs and their weighted sums into ``noise``."""
        chunk, count, roots, squares = pending
        signs = await self._signs(index, chunk, roots, squares)
        double = self._field.dot(signs.reshape(count, len(weights)), weights)
        half = self._field.element(pow(2, -1, self._field.modulus))
        noise[chunk * step : chunk * step + count] = self._field.mul(double, half)

    def _propose(self, index: int, chunk: int, attempt: int, count: int) -> tuple[Words, Words]:
        """Draw roots, and send the masked squares to the 2t parties that open them with us."""
        roots, squares = self._dealer.propose(index, chunk, attempt, count)
        payload = self._field.encode(squares)
        for ahead in range(1, 2 * self._t + 1):
            party = (self._session.own_number + ahead) % self._m
            self._session.send(party, self._label(index, chunk, attempt), payload)
        return roots, squares

    def _label(self, index: int, chunk: int, attempt: int) -> Label:
        return Label(Kind.SQUARES, index, (chunk << _ATTEMPT_BITS) + attempt)

    async def _signs(self, index: int, chunk: int, roots: Words, squares: Words) -> Words:
        """Open the squares of one chunk; draw again where one is 0 (1 in p of them)."""
        opened = await self._open(index, chunk, 0, squares)
        attempt = 0
        while not bool(opened.all()):
            again, attempt = np.flatnonzero(opened == 0), attempt + 1
            roots[again], masked = self._propose(index, chunk, attempt, len(again))
            opened[again] = await self._open(index, chunk, attempt, masked)
        signs = sign_shares(self._field, roots, opened)
        if signs is None:
            raise ProtocolError("PR502", party="a hospital", reason="a number is no square")
        return signs

    async def _open(self, index: int, chunk: int, attempt: int, own: Words) -> Words:
        """Return the values at 0, from our shares of degree 2t and those of 2t other parties."""
        session, field = self._session, self._field
        before = [(session.own_number - back) % self._m for back in range(1, 2 * self._t + 1)]
        size = len(own) * field.element_bytes
        found = await session.collect(self._label(index, chunk, attempt), before, size, "noise")
        shares = [(session.own_number, own)]
        for party, payload in found.items():
            words = field.decode(payload, len(own))
            if words is None:
                raise ProtocolError(
                    "PR502", party=session.name(party), reason="a number is no field element"
                )
            shares.append((party, words))
        return interpolate(field, shares)
