"""Shamir's secret sharing: interpolation, and openings that notice a wrong share.

Party i holds f(i + 1) of a polynomial f of degree t whose value at 0 is the secret. Any t shares
are independent of the secret; t + 1 determine it; all m of them over-determine it, which is how
``open_checked`` notices a share that is off.

References:
    A. Shamir, "How to share a secret", 1979. protocol.md "Setting".
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.errors import ProtocolError
from core.protocol.field import BLOCK, MersenneField, Words


def lagrange(field: MersenneField, points: Sequence[int], at: int) -> tuple[int, ...]:
    """Return the weights that turn values at distinct ``points`` into the value at ``at``.

    >>> lagrange(MersenneField(exponent=31), (1, 2), 0)
    (2, 2147483646)
    """
    p = field.modulus
    weights = []
    for i in points:
        weight = 1
        for j in points:
            if j != i:
                weight = weight * (at - j) * pow(i - j, -1, p) % p
        weights.append(weight)
    return tuple(weights)


def interpolate(field: MersenneField, shares: Sequence[tuple[int, Words]], at: int = 0) -> Words:
    """Return the value at ``at`` of the polynomials through the ``shares``.

    Args:
        field: Of the shares.
        shares: (party number, elements of shape (n,)).
        at: Coordinate; 0 is the secret, i + 1 the share of party i.
    """
    weights = [field.element(w) for w in lagrange(field, [party + 1 for party, _ in shares], at)]
    total = np.zeros_like(shares[0][1])
    for start in range(0, len(total), BLOCK):
        part = slice(start, start + BLOCK)
        for weight, (_, words) in zip(weights, shares, strict=True):
            total[part] = field.add(total[part], field.mul(words[part], weight))
    return total


def consistent(field: MersenneField, shares: Sequence[tuple[int, Words]], threshold: int) -> bool:
    """Say whether all ``shares`` lie on polynomials of degree ``threshold``."""
    basis, rest = shares[: threshold + 1], shares[threshold + 1 :]
    return all(
        bool((interpolate(field, basis, party + 1) == words).all()) for party, words in rest
    )


def deviator(
    field: MersenneField, shares: Sequence[tuple[int, Words]], threshold: int
) -> int | None:
    """Return the one party without whom the shares are consistent, or None if that is not decided.

    With m >= t + 3 shares one wrong party is found without doubt; with fewer, leaving out any one
    party leaves nothing that could contradict.
    """
    if len(shares) < threshold + 3:
        return None
    suspects = [
        party
        for party, _ in shares
        if consistent(field, [s for s in shares if s[0] != party], threshold)
    ]
    return suspects[0] if len(suspects) == 1 else None


def open_checked(
    field: MersenneField,
    shares: Sequence[tuple[int, Words]],
    threshold: int,
    stage: str,
    names: Sequence[str],
) -> Words:
    """Return the opened values from all m shares.

    Args:
        field: Of the shares.
        shares: (party number, elements of shape (n,)) of every party.
        threshold: Degree t of the polynomials.
        stage: Named in the error.
        names: Name of each party, by number.

    Reveals:
        Nothing that the shares did not.

    Raises:
        ProtocolError: PR501 if the shares do not lie on polynomials of degree t.
    """
    if not consistent(field, shares, threshold):
        found = deviator(field, shares, threshold)
        raise ProtocolError(
            "PR501", stage=stage, party="a hospital" if found is None else names[found]
        )
    return interpolate(field, shares[: threshold + 1])
