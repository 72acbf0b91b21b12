"""Patients of three classes, and generators whose faults are known."""

import dataclasses

import numpy as np
import pytest

from core.model.release import SyntheticCohort


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


@pytest.fixture
def make_patients():
    return draw


@pytest.fixture
def make_cohort():
    return as_cohort
