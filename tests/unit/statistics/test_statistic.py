import dataclasses

import numpy as np
import pytest

from core.errors import InternalError
from core.model.plan import NoiseLadder, StagePlan
from core.statistics.encoding import encode_patient
from core.statistics.statistic import Contribution, require_within, total

NOISE = NoiseLadder(levels=((1, 4), (2, 400)))


def stage(**changes):
    fields = {
        "name": "sums",
        "values": 5,
        "share": 1.0,
        "units": 10.0,
        "l2_sq": 400,
        "linf": 20,
        "touched": 5,
        "exact_shift": False,
        "noise": NOISE,
    }
    return StagePlan(**{**fields, **changes})


@dataclasses.dataclass
class Patients:
    values: np.ndarray
    class_index: np.ndarray

    @property
    def levels(self):
        return np.stack([self.values.mean(axis=1), self.values.std(axis=1)], axis=1)


class Sums:
    length = 5

    def contribution(self, record):
        u = encode_patient(record.values, 10.0, 400, 20)
        return Contribution(cells=np.arange(5), amounts=u)


def patients(n, seed=0):
    rng = np.random.default_rng(seed)
    return Patients(rng.normal(size=(n, 5)), rng.integers(0, 2, n))


def test_the_total_is_the_sum_of_the_encoded_patients():
    some = patients(30)
    each = [encode_patient(v, 10.0, 400, 20) for v in some.values]
    assert total(Sums(), stage(), some).tolist() == np.sum(each, axis=0).tolist()


def test_a_partner_without_patients_gives_zeros():
    assert total(Sums(), stage(), None).tolist() == [0] * 5


@pytest.mark.parametrize("layout", ["C", "F"])
def test_adding_a_patient_adds_exactly_that_patient(layout):
    some = patients(37)
    for n in range(37):
        before = total(
            Sums(),
            stage(),
            Patients(np.array(some.values[:n], order=layout), some.class_index[:n]),
        )
        after = total(
            Sums(),
            stage(),
            Patients(np.array(some.values[: n + 1], order=layout), some.class_index[: n + 1]),
        )
        assert (after - before).tolist() == encode_patient(some.values[n], 10.0, 400, 20).tolist()


@pytest.mark.parametrize(
    ("cells", "amounts", "rule"),
    [
        ([0, 1, 2, 3, 4], [10, 10, 10, 10, 1], "l2_sq"),
        ([0], [21], "linf"),
        ([0], [-21], "linf"),
        ([1, 1], [1, 1], "once"),
        ([5], [1], "once"),
        ([-1], [1], "once"),
    ],
)
def test_a_contribution_beyond_the_bounds_is_refused(cells, amounts, rule):
    added = Contribution(cells=np.array(cells), amounts=np.array(amounts))
    with pytest.raises(InternalError, match=rule):
        require_within(stage(), added)


def test_more_values_than_touched_are_refused():
    added = Contribution(cells=np.array([0, 1]), amounts=np.array([1, 1]))
    with pytest.raises(InternalError, match="touched"):
        require_within(stage(touched=1, l2_sq=400), added)


def test_floats_are_refused():
    added = Contribution(cells=np.array([0]), amounts=np.array([1.0]))
    with pytest.raises(InternalError, match="integer"):
        require_within(stage(), added)


def test_a_statistic_of_another_length_is_refused():
    with pytest.raises(InternalError, match="length"):
        total(Sums(), stage(values=6), None)


def test_sums_that_would_overflow_are_refused():
    many = Patients(np.broadcast_to(np.zeros(5), (2**13, 5)), np.zeros(2**13, dtype=np.int64))
    with pytest.raises(InternalError, match="64 bits"):
        total(Sums(), stage(linf=2**50, l2_sq=2**100), many)
