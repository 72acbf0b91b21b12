"""The plaintext twin: the same integers, the same noise distribution, protecting nobody.

Tests hold the joint computation against it, and recipes are tried with it. It keeps no secret from
anyone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from core.errors import InternalError
from core.model.measurement import Measurement
from core.model.plan import Plan
from core.model.stage import LocalGaussian, NoiseLadder, StageNoise, StagePlan
from core.protocol.own_noise import draw_own


class Coins(Protocol):
    """The part of ``core.randomness.NoiseSource`` that the twin uses."""

    def bits(self, n_bits: int) -> int:
        """Draw ``n_bits`` fair coins."""
        ...

    def token(self, n_bytes: int) -> bytes:
        """Draw ``n_bytes`` uniform bytes."""
        ...


def sample_noise(noise: StageNoise, n_values: int, coins: Coins) -> NDArray[np.int64]:
    """Draw the noise of ``n_values`` opened totals, exactly as planned: shape (n_values,), int64.

    Noise that the parties add themselves is the sum of what all of them add.
    """
    if isinstance(noise, LocalGaussian):
        total = np.zeros(n_values, dtype=np.int64)
        for _ in range(noise.contributors):
            total += draw_own(noise, n_values, coins)
        return total
    return _sample_ladder(noise, n_values, coins)


def _sample_ladder(ladder: NoiseLadder, n_values: int, coins: Coins) -> NDArray[np.int64]:
    drawn = [
        sum(weight * coins.bits(bits).bit_count() for weight, bits in ladder.levels)
        - ladder.half_width
        for _ in range(n_values)
    ]
    return np.array(drawn, dtype=np.int64)


class PlaintextTwin:
    """Implements ``core.ports.SecureAggregator`` in the clear; see ``that_protects_nobody``."""

    def __init__(self) -> None:
        """Refuse.

        Raises:
            InternalError: Always; the other constructor says what this class is.
        """
        raise InternalError(
            "IN901", rule="the plaintext twin is made by that_protects_nobody only"
        )

    @classmethod
    def that_protects_nobody(
        cls, plan: Plan, others: Mapping[str, Sequence[NDArray[np.int64]]], coins: Coins | None
    ) -> Self:
        """Return a twin of the joint computation.

        Args:
            plan: A rehearsal's plan.
            others: Stage name -> the other parties' vectors, each of shape (values,), int64.
            coins: Source of the noise; None adds none.

        Raises:
            InternalError: If the plan is not a rehearsal's.
        """
        if not plan.rehearsal:
            raise InternalError("IN901", rule="the plaintext twin serves rehearsals only")
        twin = cls.__new__(cls)
        twin._plan, twin._others, twin._coins = plan, others, coins  # noqa: SLF001 - its own class
        return twin

    _plan: Plan
    _others: Mapping[str, Sequence[NDArray[np.int64]]]
    _coins: Coins | None

    async def measure(self, stage: StagePlan, vector: NDArray[np.int64]) -> Measurement:
        """Return the sum of all vectors, plus noise; see the port.

        Reveals:
            Everything, to this process.
        """
        total = vector.astype(np.int64)
        for other in self._others.get(stage.name, ()):
            total = total + other
        if self._coins is not None:
            total = total + sample_noise(stage.noise, stage.values, self._coins)
        return Measurement(stage=stage, totals=total)
