"""Patients of three classes, and generators whose faults are known."""

import dataclasses

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from core.model.quality import Depth
from core.model.release import SyntheticCohort
from core.quality import utility
from core.quality.tables import Table


@dataclasses.dataclass
class Patients:
    values: np.ndarray
    class_index: np.ndarray


def draw(n, seed, n_genes=30, shift=2.0):
    """Three classes, a third of the genes up by ``shift`` in each; genes 0 to 4 move together."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, n)
    values = rng.normal(size=(n, n_genes)) + shift * (np.arange(n_genes) % 3 == labels[:, None])
    values[:, :5] += rng.normal(size=(n, 1))
    return Patients(values, labels)


def as_cohort(patients):
    return SyntheticCohort(
        label_name="subtype",
        classes=("A", "B", "C"),
        genes=tuple(f"G{j}" for j in range(patients.values.shape[1])),
        class_index=patients.class_index,
        values=patients.values,
    )


@pytest.fixture(scope="session")
def make_patients():
    return draw


@pytest.fixture(scope="session")
def make_cohort():
    return as_cohort


def table(values, labels=None):
    values = np.asarray(values, dtype=float)
    labels = np.zeros(len(values), dtype=int) if labels is None else np.asarray(labels)
    return Table(values=values, labels=labels)


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    """As in a report: many small products are slower on many threads."""
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="module")
def small_forests():
    """Forests of a tenth of the trees, where the forest itself is not what is tested."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(utility, "_TREES", {Depth.FULL: 20, Depth.QUICK: 10})
        yield


@pytest.fixture
def make_table():
    return table


@pytest.fixture
def patients_table(make_patients):
    """Patients of three classes as a table: how many, and from which seed."""

    def drawn(n, seed, **changes):
        found = make_patients(n, seed, **changes)
        return table(found.values, found.class_index)

    return drawn
