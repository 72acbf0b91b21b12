"""core.privacy.class_counts: the noise is what is claimed, and a wrong one is caught.

Statistical tests run at level 1e-6 on fresh draws of the operating system.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from core.errors import BudgetError
from core.model.counts import MOST_COUNT, SCALES, epsilon_of, units_of
from core.privacy.class_counts import counts_mu_sq, explained_counts, noisy_counts
from core.privacy.discrete_laplace import discrete_laplace
from core.privacy.ledger import Ledger, Topic, Words, counts_charge
from core.privacy.ledger.entries import CHARGED_TOPICS
from core.privacy.ledger.index import verify_chain
from core.privacy.ledger.second_book import require_agreement
from core.privacy.ledger.sentences import sentence
from core.randomness import NoiseSource
from tests.unit.privacy.conftest import TestClock as Clock

LEVEL = 1e-6


def noise(scale: int, n: int = 20_000) -> np.ndarray:
    exact = np.full(1000, 500, dtype=np.int64)
    drawn = [noisy_counts(exact, scale, NoiseSource()) for _ in range(n // 1000)]
    return np.array(drawn).ravel() - 500


def chi_square(found: np.ndarray, scale: int) -> float:
    """P-value of the draws against P(z) = (1 - a) / (1 + a) a^|z|."""
    law = stats.dlaplace(1 / scale)
    edges = np.arange(-4 * scale, 4 * scale + 1)
    expected = np.array(
        [law.cdf(edges[0]), *law.pmf(edges[1:-1]), law.sf(edges[-1] - 1)], dtype=float
    )
    counted = np.bincount(np.clip(found, edges[0], edges[-1]) - edges[0], minlength=len(edges))
    return float(stats.chisquare(counted, expected * len(found)).pvalue)


@pytest.mark.parametrize("scale", SCALES)
def test_the_noise_has_the_stated_law_and_a_planted_bug_has_not(scale: int) -> None:
    assert chi_square(noise(scale), scale) > LEVEL
    halved = noise(scale) // 2
    assert chi_square(halved, scale) < LEVEL
    source = NoiseSource()
    once = discrete_laplace(scale, source)
    repeated = np.repeat([once, -once], 10_000)
    assert chi_square(repeated, scale) < LEVEL


@pytest.mark.parametrize("scale", SCALES)
def test_one_patient_changes_no_probability_by_more_than_exp_epsilon(scale: int) -> None:
    law, y = stats.dlaplace(1 / scale), np.arange(-200, 201)
    ratio = np.abs(law.logpmf(y) - law.logpmf(y - 1))
    assert ratio.max() <= epsilon_of(scale) + 1e-12
    assert ratio.min() >= epsilon_of(scale) - 1e-12, "and no less: nothing is wasted"


@pytest.mark.parametrize("scale", SCALES)
def test_the_gaussian_loss_covers_the_release(scale: int) -> None:
    """The trade-off curve of mu lies below that of (epsilon, 0) everywhere, and touches it."""
    epsilon, mu = epsilon_of(scale), math.sqrt(counts_mu_sq(scale))
    alpha = np.linspace(1e-9, 1 - 1e-9, 20_001)
    ours = stats.norm.cdf(stats.norm.isf(alpha) - mu)
    line = np.maximum(1 - math.exp(epsilon) * alpha, math.exp(-epsilon) * (1 - alpha))
    assert (ours <= np.maximum(line, 0) + 1e-12).all()
    corner = 1 / (1 + math.exp(epsilon))
    assert stats.norm.cdf(stats.norm.isf(corner) - mu) == pytest.approx(corner, rel=1e-9)


def test_each_scale_charges_its_epsilon_in_units() -> None:
    assert [counts_charge(s).units for s in SCALES] == [0.05, 0.1, 0.2]
    for scale in SCALES:
        charge = counts_charge(scale)
        assert charge.epsilon <= charge.units == units_of(scale)
        require_agreement([charge] * 3, 1.0)
        assert f"Charged: {charge.units:g} units" in explained_counts(scale, 3)


@pytest.mark.parametrize("scale", [0, -20, 1, 21, True])
def test_another_scale_is_refused(scale: int) -> None:
    with pytest.raises(BudgetError, match="BU302"):
        counts_charge(scale)


@pytest.mark.parametrize(
    "exact",
    [
        np.array([1.0, 2.0]),
        np.array([], dtype=np.int64),
        np.array([[1, 2]], dtype=np.int64),
        np.array([-1, 2], dtype=np.int64),
        np.array([MOST_COUNT], dtype=np.int64),
    ],
)
def test_what_are_no_counts_gets_no_noise(exact: np.ndarray) -> None:
    with pytest.raises(BudgetError, match="BU310"):
        noisy_counts(exact, 20, NoiseSource())


def test_the_ledger_says_what_it_was(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "ledger.sqlite", Clock())
    record = ledger.register_cohort("x", "x.csv", "0" * 64, ["P1"], cap=0.1)
    about = Words(topic=Topic.COUNTS_PUBLISHED, people=("Grace",))
    for digest in ("a" * 64, "b" * 64):
        ledger.reserve_charge(record.id, digest, counts_charge(20), about=about)
        ledger.spend(digest)
    with pytest.raises(BudgetError, match="BU301"):
        ledger.reserve_charge(record.id, "c" * 64, counts_charge(20), about=about)
    assert ledger.cap_state(record.id).left == 0.0
    assert 0 < ledger.composed_epsilon(record.id) <= 0.1
    entries = ledger.entries()
    assert {e.topic for e in entries[1:]} == CHARGED_TOPICS
    assert {e.people for e in entries[1:]} == {("Grace",)}
    assert sentence(entries[1]) == (
        "0.05 units of the cap set aside to publish noisy class counts. Grace approved it."
    )
    assert "Class counts with noise were published" in sentence(entries[2])
    verify_chain(entries)
    ledger.close()


def test_a_crash_after_the_reservation_counts_as_published(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "ledger.sqlite", Clock())
    record = ledger.register_cohort("x", "x.csv", "0" * 64, ["P1"])
    about = Words(topic=Topic.COUNTS_PUBLISHED, people=("Grace",))
    ledger.reserve_charge(record.id, "a" * 64, counts_charge(10), about=about)
    ledger.close()
    again = Ledger.open(tmp_path / "ledger.sqlite", Clock())
    assert again.cap_state(record.id).spent == 0.1
    last = again.entries()[-1]
    assert last.topic == Topic.COUNTS_PUBLISHED
    assert sentence(last) == (
        "Counted as used: 0.1 units of the cap, because the program ended in the middle, and "
        "nobody can know how far it had come. It stays so."
    )
    again.close()
