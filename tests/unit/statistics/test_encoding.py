import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InternalError
from core.statistics.encoding import encode_patient, norm_sq, one_cell

FINITE = st.floats(-1e6, 1e6, allow_nan=False)


@settings(max_examples=300, deadline=None)
@given(
    x=st.lists(FINITE, min_size=1, max_size=40),
    units=st.floats(1e-3, 1e4),
    l2_sq=st.integers(1, 10**9),
    linf=st.integers(1, 10**5),
)
def test_no_patient_is_encoded_beyond_the_bounds(x, units, l2_sq, linf):
    u = encode_patient(np.array(x), units, l2_sq, linf)
    assert u.dtype == np.int64
    assert sum(int(v) ** 2 for v in u) <= l2_sq
    assert max(abs(int(v)) for v in u) <= linf


@settings(max_examples=200, deadline=None)
@given(x=st.lists(st.floats(-3, 3), min_size=1, max_size=30), units=st.floats(1, 500))
def test_within_the_bounds_it_is_plain_rounding(x, units):
    roomy = math.ceil((3 * units + 1) ** 2 * len(x))
    u = encode_patient(np.array(x), units, roomy, math.ceil(3 * units) + 1)
    assert u.tolist() == np.rint(np.array(x) * units).astype(int).tolist()


def test_rounding_up_everywhere_is_repaired():
    # privacy.md section 3: rounding (.6, ..., .6) alone would raise the norm by 1.67.
    x = np.full(1000, 0.6)
    u = encode_patient(x, 1.0, 360, 5)
    assert norm_sq(u) == 360
    assert set(u.tolist()) == {0, 1}


def test_repair_moves_those_that_were_rounded_up_most():
    x = np.array([1.4, 1.6, 1.9])
    exact = float((x * x).sum())
    u = encode_patient(x, 1.0, math.floor(exact), 10)
    assert u.tolist() == [1, 1, 2]


def test_a_z_scored_record_keeps_its_direction():
    rng = np.random.default_rng(1)
    z = rng.normal(size=500)
    z = (z - z.mean()) / z.std()
    units = 40.0
    u = encode_patient(z, units, math.floor(units**2 * 500), math.floor(6 * units))
    assert np.abs(u / units - z).max() <= 1.5 / units


def test_linf_at_two_to_the_forty_does_not_overflow():
    linf = 2**40
    u = encode_patient(np.full(3000, 1e30), 1.0, 3000 * linf**2 - 1, linf)
    assert sum(v * v for v in u.tolist()) <= 3000 * linf**2 - 1
    assert norm_sq(u) == sum(v * v for v in u.tolist())
    assert max(u.tolist()) <= linf


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_a_number_is_refused(bad):
    with pytest.raises(InternalError, match="IN901"):
        encode_patient(np.array([0.0, bad]), 1.0, 10, 3)


@pytest.mark.parametrize(
    ("units", "l2_sq", "linf"),
    [(0.0, 1, 1), (np.nan, 1, 1), (1.0, 0, 1), (1.0, 1, 0), (1.0, 1, 2**60)],
)
def test_bounds_that_are_none_are_refused(units, l2_sq, linf):
    with pytest.raises(InternalError):
        encode_patient(np.zeros(2), units, l2_sq, linf)


def test_a_table_is_not_a_record():
    with pytest.raises(InternalError):
        encode_patient(np.zeros((2, 2)), 1.0, 1, 1)


@pytest.mark.parametrize(("cell", "amount"), [(-1, 1), (3, 1), (0, 0)])
def test_a_cell_outside_the_table_is_refused(cell, amount):
    with pytest.raises(InternalError):
        one_cell(cell, 3, amount)
