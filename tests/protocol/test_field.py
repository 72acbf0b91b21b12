"""The vectorised field against Python integers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InternalError
from core.protocol.field import MersenneField

FIELDS = [MersenneField(exponent=31), MersenneField(exponent=61)]
BY_EXPONENT = pytest.mark.parametrize("field", FIELDS, ids=["2^31-1", "2^61-1"])


def words(values):
    return np.array(values, dtype=np.uint64)


def elements(field):
    """Every element, with the corners over-represented."""
    corners = [0, 1, 2, field.modulus // 2, field.modulus - 2, field.modulus - 1]
    return st.one_of(st.sampled_from(corners), st.integers(0, field.modulus - 1))


@BY_EXPONENT
@given(draw=st.data())
def test_products_sums_and_folds_are_those_of_integers(field, draw):
    pairs = draw.draw(
        st.lists(st.tuples(elements(field), elements(field)), min_size=1, max_size=30)
    )
    a, b = (words(column) for column in zip(*pairs, strict=True))
    p = field.modulus
    for found, expected in (
        (field.mul(a, b), [x * y % p for x, y in pairs]),
        (field.add(a, b), [(x + y) % p for x, y in pairs]),
        (field.mul(a, field.element(-5)), [x * -5 % p for x, _ in pairs]),
    ):
        assert found.tolist() == expected


@BY_EXPONENT
@given(draw=st.data())
def test_any_64_bit_word_folds(field, draw):
    values = draw.draw(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=30))
    folded = field.fold(words([*values, 2**64 - 1]))
    assert folded.tolist() == [v % field.modulus for v in [*values, 2**64 - 1]]


@BY_EXPONENT
@given(draw=st.data())
def test_inverse_square_roots_invert(field, draw):
    roots = draw.draw(st.lists(st.integers(1, field.modulus - 1), min_size=1, max_size=20))
    squares = words([r * r % field.modulus for r in roots])
    inverse = field.inverse_square_root(squares)
    ones = field.mul(field.mul(inverse, inverse), squares)
    assert ones.tolist() == [1] * len(roots)


@BY_EXPONENT
def test_a_non_square_is_told_by_its_root(field):
    non_square = words([field.modulus - 1])  # -1 is none modulo a prime that is 3 modulo 4
    inverse = field.inverse_square_root(non_square)
    check = field.mul(field.mul(inverse, inverse), non_square)
    assert check.tolist() == [field.modulus - 1]


@BY_EXPONENT
@given(draw=st.data())
def test_bytes_and_signed_integers_round_trip(field, draw):
    half = field.modulus // 2
    values = draw.draw(st.lists(st.integers(-half, half), min_size=1, max_size=30))
    elements = words([v % field.modulus for v in values])
    content = field.encode(elements)
    assert len(content) == len(values) * field.element_bytes
    assert field.centred(field.decode(content, len(values))).tolist() == values


@BY_EXPONENT
def test_bytes_that_are_no_elements_are_refused(field):
    p = field.modulus
    good = field.encode(words([1, 2]))
    assert field.decode(good, 3) is None
    assert field.decode(good + b"\0", 2) is None
    assert field.decode(p.to_bytes(field.element_bytes, "little"), 1) is None


@BY_EXPONENT
@given(draw=st.data())
def test_weighted_sums_are_those_of_integers(field, draw):
    weights = tuple(draw.draw(st.lists(st.integers(0, 2**24), min_size=1, max_size=20)))
    row = st.lists(elements(field), min_size=len(weights), max_size=len(weights))
    rows = draw.draw(st.lists(row, min_size=1, max_size=5))
    found = field.dot(words(rows), weights)
    p = field.modulus
    assert found.tolist() == [
        sum(w * v for w, v in zip(weights, r, strict=True)) % p for r in rows
    ]


@BY_EXPONENT
def test_weighted_sums_hold_at_the_bound(field):
    weights = (2**31, 2**31 - 1)
    rows = words([[field.modulus - 1, field.modulus - 1]])
    expected = -sum(weights) % field.modulus
    assert field.dot(rows, weights).tolist() == [expected]
    with pytest.raises(InternalError, match="IN901"):
        field.dot(rows, (2**31, 2**31))
    with pytest.raises(InternalError, match="IN901"):
        field.dot(rows, (-1, 1))


def test_other_exponents_are_refused():
    with pytest.raises(InternalError, match="IN901"):
        MersenneField(exponent=13)
