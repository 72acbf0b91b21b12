import doctest

import pytest

import core.model.difference
from core.model.difference import difference
from core.model.measures import Direction, Group, Interval, Measure


def measure(value, reach=0.02, better=Direction.HIGHER, reference=None):
    interval = None
    if value is not None and reach:
        interval = Interval(low=value - reach, high=value + reach)
    return Measure(
        key="x",
        group=Group.BIOLOGY,
        value=value,
        reference=reference,
        better=better,
        low=0.0,
        high=1.0,
        interval=interval,
    )


def test_doctests():
    assert doctest.testmod(core.model.difference).failed == 0


def test_equal_widths_widen_by_the_root_of_two():
    found = difference(measure(0.5), measure(0.6))
    assert found.value == pytest.approx(0.1)
    assert found.interval.low == pytest.approx(0.1 - 0.02 * 2**0.5)
    assert found.interval.high == pytest.approx(0.1 + 0.02 * 2**0.5)


@pytest.mark.parametrize(
    ("second", "better", "nearer"),
    [
        (0.6, Direction.HIGHER, True),
        (0.4, Direction.HIGHER, False),
        (0.6, Direction.LOWER, False),
        (0.4, Direction.LOWER, True),
        (0.51, Direction.HIGHER, None),
        (0.51, Direction.LOWER, None),
    ],
)
def test_a_difference_counts_only_when_its_interval_leaves_zero(second, better, nearer):
    assert difference(measure(0.5, better=better), measure(second, better=better)).nearer is nearer


@pytest.mark.parametrize(
    ("first", "second", "nearer"),
    [(0.9, 0.7, True), (0.7, 0.9, False), (0.3, 0.45, True), (0.4, 0.7, None)],
)
def test_what_should_be_near_is_judged_by_its_gap_on_one_side(first, second, nearer):
    one, other = (measure(v, better=Direction.NEAR, reference=0.5) for v in (first, second))
    assert difference(one, other).nearer is nearer


def test_without_intervals_nothing_is_judged():
    found = difference(measure(0.5, reach=0), measure(0.9))
    assert (found.value, found.interval, found.nearer) == (pytest.approx(0.4), None, None)


def test_without_a_value_there_is_no_difference():
    found = difference(measure(None), measure(0.9))
    assert (found.value, found.interval, found.nearer) == (None, None, None)
