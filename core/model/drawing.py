"""How a session draws its joint noise: public, the same at every party, from m and t alone."""

from __future__ import annotations

from math import comb
from typing import Final

#: Signs that are drawn together: with the number of chunks on their way it bounds the memory.
CHUNK_SIGNS: Final = 200_000
#: Chunks on their way at once, so that a line's delay is not waited for chunk by chunk.
CHUNKS_AT_ONCE: Final = 4
#: Up to so many keys of pseudo-random sharing at a party its one round is worth them: measured,
#: resources/benchmarks/noise.md.
MOST_KEYS: Final = 3


def deals_numbers(n_parties: int, threshold: int) -> bool:
    """Say whether a session deals its secret numbers instead of sharing a key for every set.

    >>> [deals_numbers(m, t) for m, t in ((3, 1), (4, 1), (5, 2), (10, 4))]
    [False, False, True, True]
    """
    return comb(n_parties - 1, threshold) > MOST_KEYS
