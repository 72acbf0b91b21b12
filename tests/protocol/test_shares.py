"""Interpolation, and openings that notice a wrong share."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from engine_memory import split

from core.errors import ProtocolError
from core.protocol.field import MersenneField
from core.protocol.shares import consistent, deviator, interpolate, lagrange, open_checked

FIELDS = [MersenneField(exponent=31), MersenneField(exponent=61)]
NAMES = [f"Hospital {c}" for c in "ABCDEFGHIJ"]
SETTINGS = [(3, 1), (4, 1), (5, 2), (6, 2), (7, 3), (10, 4)]


def shared(field, m, t, values=(0, 1, -7, 12345)):
    shares = split(field.modulus, [v % field.modulus for v in values], m, t)
    return list(enumerate(shares))


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize(("m", "t"), SETTINGS)
def test_any_threshold_plus_one_shares_give_the_values(field, m, t):
    shares = shared(field, m, t)
    for some in itertools.islice(itertools.combinations(shares, t + 1), 40):
        assert field.centred(interpolate(field, list(some))).tolist() == [0, 1, -7, 12345]
    assert consistent(field, shares, t)
    opened = open_checked(field, shares, t, "tables", NAMES)
    assert field.centred(opened).tolist() == [0, 1, -7, 12345]


def test_lagrange_weights_evaluate_a_polynomial_anywhere():
    field = MersenneField(exponent=61)
    points = (1, 2, 5)
    for at in (0, 3, 9):
        weights = lagrange(field, points, at)
        value = sum(w * (7 + 3 * x + 2 * x * x) for w, x in zip(weights, points, strict=True))
        assert value % field.modulus == 7 + 3 * at + 2 * at * at


@pytest.mark.parametrize(("m", "t"), SETTINGS)
def test_one_wrong_share_is_noticed_and_named_where_it_can_be(m, t):
    field = FIELDS[0]
    for wrong in range(m):
        shares = shared(field, m, t)
        shares[wrong][1][2] = (int(shares[wrong][1][2]) + 1) % field.modulus
        assert not consistent(field, shares, t)
        assert deviator(field, shares, t) == (wrong if m >= t + 3 else None)
        with pytest.raises(ProtocolError, match="PR501") as caught:
            open_checked(field, shares, t, "tables", NAMES)
        expected = NAMES[wrong] if m >= t + 3 else "a hospital"
        assert caught.value.fields == (("stage", "tables"), ("party", expected))


def test_two_wrong_shares_are_noticed_and_nobody_is_accused():
    field, (m, t) = FIELDS[0], (10, 4)
    shares = shared(field, m, t)
    for wrong in (3, 8):
        shares[wrong][1][0] = (int(shares[wrong][1][0]) + 5) % field.modulus
    with pytest.raises(ProtocolError, match="a hospital deviated"):
        open_checked(field, shares, t, "tables", NAMES)


def test_threshold_many_shares_tell_nothing_about_the_secret():
    """Exhaustive in effect: one share of a degree-1 sharing is uniform whatever the secret."""
    field = FIELDS[0]
    for secret in (0, 12345):
        shares = split(field.modulus, [secret] * 20_000, 3, 1)
        for share in shares:
            low = np.bincount((share % np.uint64(16)).astype(int), minlength=16)
            statistic = float(((low - 1250) ** 2 / 1250).sum())
            assert statistic < 50.5  # chi-square, 15 degrees, level 1e-5
