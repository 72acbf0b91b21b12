"""core.privacy.holdout: one patient's side depends on that patient and the key alone."""

from __future__ import annotations

import hashlib
import hmac
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InternalError
from core.privacy.holdout import in_holdout

KEY = bytes(range(32))


def test_golden_patients_never_change_sides() -> None:
    """A changed hash would move patients between the two parts after the fact."""
    aside = [i for i in range(40) if in_holdout(KEY, f"P{i}", 0.2)]
    assert aside == [0, 6, 11, 12, 13, 15, 21, 24, 26, 30, 33, 39]


def test_it_is_a_keyed_hash_of_the_identifier() -> None:
    mac = hmac.digest(KEY, b"syncohort holdout 1:P7", hashlib.sha256)
    threshold = int.from_bytes(mac[:8], "big") / 2**64
    assert in_holdout(KEY, "P7", math.nextafter(threshold, 1))
    assert not in_holdout(KEY, "P7", math.nextafter(threshold, 0))


def test_the_share_is_met() -> None:
    n = 20_000
    for share in (0.1, 0.2, 0.5):
        found = sum(in_holdout(KEY, f"patient {i}", share) for i in range(n))
        # Seven standard deviations.
        assert abs(found - share * n) < 7 * math.sqrt(n * share * (1 - share))


@given(st.text(), st.floats(0, 1), st.floats(0, 1))
def test_a_larger_share_keeps_everybody_who_was_aside(name: str, a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert in_holdout(KEY, name, high) or not in_holdout(KEY, name, low)


def test_another_key_gives_another_split() -> None:
    def split(key: bytes) -> list[bool]:
        return [in_holdout(key, f"P{i}", 0.5) for i in range(200)]

    assert split(KEY) != split(bytes(32))
    assert not any(in_holdout(KEY, f"P{i}", 0.0) for i in range(200))
    assert all(in_holdout(KEY, f"P{i}", 1.0) for i in range(200))


@pytest.mark.parametrize("share", [-0.1, 1.1, math.nan, math.inf])
def test_what_is_no_share(share: float) -> None:
    with pytest.raises(InternalError, match="IN901"):
        in_holdout(KEY, "P", share)


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_key_of_another_length(length: int) -> None:
    with pytest.raises(InternalError, match="IN901"):
        in_holdout(bytes(length), "P", 0.2)
