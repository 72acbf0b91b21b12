"""How the noise of a session is drawn: public, the same at every party."""

from __future__ import annotations

from enum import StrEnum
from math import comb
from typing import Final

#: Signs that are drawn together: with the number of chunks on their way it bounds the memory.
CHUNK_SIGNS: Final = 200_000
#: Chunks on their way at once, so that a line's delay is not waited for chunk by chunk.
CHUNKS_AT_ONCE: Final = 4
#: Up to so many keys of pseudo-random sharing at a party its one round is worth them: measured,
#: resources/benchmarks/noise.md.
MOST_KEYS: Final = 3
#: Beyond so many values in a stage the parties add noise of their own, unless the coordinator
#: says otherwise: secret bits for each value would take minutes and gigabytes (privacy.md 5).
MOST_JOINT_VALUES: Final = 20_000


class NoiseChoice(StrEnum):
    """Who draws the noise of a plan's stages; the plan states it, stage by stage."""

    AUTO = "auto"
    JOINT = "joint"
    LOCAL = "local"


def drawn_locally(choice: NoiseChoice, values: int) -> bool:
    """Tell whether the parties add noise of their own to a stage of so many values.

    >>> [drawn_locally(NoiseChoice.AUTO, n) for n in (20_000, 20_001)]
    [False, True]
    """
    return choice is NoiseChoice.LOCAL or (
        choice is NoiseChoice.AUTO and values > MOST_JOINT_VALUES
    )


def deals_numbers(n_parties: int, threshold: int) -> bool:
    """Say whether a session deals its secret numbers instead of sharing a key for every set.

    >>> [deals_numbers(m, t) for m, t in ((3, 1), (4, 1), (5, 2), (10, 4))]
    [False, False, True, True]
    """
    return comb(n_parties - 1, threshold) > MOST_KEYS
