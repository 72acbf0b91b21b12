"""The attack on the opened sums finds members when there is no noise, and nobody otherwise."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from core.errors import InternalError
from core.model.attack import AttackKind
from core.model.measures import Reason
from core.quality.attacks.likelihood import ReleasedStage, by_likelihood, stage_scores
from core.statistics.statistic import Contribution

N_GENES, UNITS = 800, 1000


class Sums:
    """Every gene's value in thousandths, and one count for the class."""

    length = N_GENES + 3

    def contribution(self, record):
        amounts = np.append(np.round(UNITS * record.values).astype(np.int64), UNITS)
        cells = np.append(np.arange(N_GENES), N_GENES + record.class_index)
        return Contribution(cells=cells, amounts=amounts)


def opened(patients, noise, seed):
    totals = np.zeros(Sums.length, dtype=np.int64)
    for values, label in zip(patients.values, patients.labels, strict=True):
        totals[:N_GENES] += np.round(UNITS * values).astype(np.int64)
        totals[N_GENES + label] += UNITS
    drawn = np.random.default_rng(seed).normal(0, noise, Sums.length).round().astype(np.int64)
    return ReleasedStage(
        statistic=Sums(),
        totals=totals + drawn,
        noise_variance=max(noise, 1.0) ** 2,
        n_records=float(len(patients)),
    )


@pytest.fixture
def attack(patients_table):
    def attacked(noise, seed, members=None):
        train, holdout = (
            patients_table(70, 10 * seed + k, n_genes=N_GENES, shift=0.5) for k in range(2)
        )
        others = patients_table(70, 10 * seed + 5, n_genes=N_GENES, shift=0.5)
        summed = train if members is None else others
        levels = np.zeros((70, 2)), np.zeros((70, 2))
        return by_likelihood(train, holdout, levels, [opened(summed, noise, seed)])

    return attacked


def test_sums_without_noise_give_members_away(attack):
    found = attack(0.0, 0)
    assert found.kind is AttackKind.LIKELIHOOD
    assert found.auroc > 0.8
    assert found.tpr_at_10 > 0.35


def test_noise_hides_them(attack):
    clear, hidden = (
        np.mean([attack(noise, seed).auroc for seed in range(8)])
        for noise in (0.0, 5000.0 * UNITS)
    )
    assert clear > 0.8
    assert abs(hidden - 0.5) < 0.06  # four standard errors of eight attacks


def test_nobody_is_found_in_the_sums_of_others(attack):
    found = np.array([attack(0.0, seed, members="others").auroc for seed in range(12)])
    assert abs(found.mean() - 0.5) < 4 * found.std(ddof=1) / np.sqrt(12)


def test_the_score_is_the_log_ratio_of_two_normals():
    """Against scipy's densities, for values that do not depend on each other."""
    from scipy.sparse import csr_array

    rng = np.random.default_rng(0)
    own, rest = rng.normal(size=(5, 4)), rng.normal(size=(40, 4))
    n, noise = 30.0, 9.0

    class Nothing:
        length = 4

    stage = ReleasedStage(
        statistic=Nothing(), totals=rng.integers(-9, 9, 4), noise_variance=noise, n_records=n
    )
    found = stage_scores(stage, csr_array(own), csr_array(rest))[0]
    for i in range(5):
        known = np.delete(rest, i, axis=0)
        middle, spread = known.mean(axis=0), known.var(axis=0)
        density = multivariate_normal(mean=n * middle, cov=np.diag(noise + n * spread))
        with_it, without = (density.logpdf(stage.totals - shift) for shift in (own[i] - middle, 0))
        assert found[i] == pytest.approx(with_it - without)


def test_what_cannot_be_attacked_says_why(patients_table):
    train, holdout = patients_table(20, 0, n_genes=N_GENES), patients_table(4, 1, n_genes=N_GENES)
    levels = np.zeros((20, 2)), np.zeros((4, 2))
    stage = opened(train, 0.0, 0)
    assert by_likelihood(train, train, levels, []).reason is Reason.NO_MEASUREMENTS
    assert by_likelihood(train, train, None, [stage]).reason is Reason.NO_MEASUREMENTS
    assert by_likelihood(train, holdout, levels, [stage]).reason is Reason.FEW_PATIENTS


@pytest.mark.parametrize(
    "change", [{"totals": np.zeros(3, dtype=np.int64)}, {"noise_variance": 0}]
)
def test_what_is_no_released_stage(change):
    fields = {
        "statistic": Sums(),
        "totals": np.zeros(Sums.length, dtype=np.int64),
        "noise_variance": 1.0,
        "n_records": 3.0,
    }
    with pytest.raises(InternalError):
        ReleasedStage(**{**fields, **change})
