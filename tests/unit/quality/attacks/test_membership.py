"""Every attack is a coin on an honest generator and catches one that copies."""

import numpy as np
import pytest
from scipy.stats import gaussian_kde

from core.model.attack import AttackKind
from core.model.measures import Reason
from core.model.quality import Depth
from core.quality.attacks.density import axes_of, log_density, log_ratios
from core.quality.attacks.membership import by_confidence, by_density, by_distance, by_monte_carlo
from core.quality.tables import Trio
from core.quality.utility import LOGISTIC, trained

ATTACKS = {
    AttackKind.DISTANCE: by_distance,
    AttackKind.MONTE_CARLO: by_monte_carlo,
    AttackKind.DENSITY_RATIO: by_density,
}


def confidence(trio):
    model = trained(LOGISTIC, trio.synthetic, 3, Depth.FULL)
    return by_confidence(trio.train, trio.holdout, model)


ALL = {**ATTACKS, AttackKind.CLASSIFIER: confidence}


@pytest.fixture
def trios(patients_table, make_table):
    """Training and held-out patients with a copier's, a nearly copying and an honest cohort."""

    def made(seed, n_genes=200):
        train, holdout, honest = (
            patients_table(n, 10 * seed + k, n_genes=n_genes, shift=0.5)
            for k, n in enumerate((120, 80, 120))
        )
        jitter = 0.3 * np.random.default_rng(seed).normal(size=train.values.shape)
        nearly = make_table(train.values + jitter, train.labels)
        return {
            name: Trio(train=train, holdout=holdout, synthetic=synthetic).in_units_of(synthetic)
            for name, synthetic in (("copy", train), ("nearly", nearly), ("honest", honest))
        }

    return made


@pytest.mark.parametrize("kind", list(ALL))
def test_a_copier_is_caught(trios, kind):
    found = trios(0)
    copied, nearly = ALL[kind](found["copy"]), ALL[kind](found["nearly"])
    assert copied.kind is kind
    assert copied.auroc > 0.75
    assert copied.interval.low > 0.65
    assert copied.tpr_at_10 > 0.15
    assert nearly.interval.low > 0.55
    assert copied.tpr_at_1 is None  # 80 held-out patients cannot show one in a hundred


@pytest.mark.parametrize("kind", list(ALL))
def test_an_honest_generator_is_a_coin_on_average(trios, kind):
    found = np.array([ALL[kind](trios(seed, n_genes=40)["honest"]).auroc for seed in range(20)])
    assert abs(found.mean() - 0.5) < 4 * found.std(ddof=1) / np.sqrt(20)


@pytest.mark.parametrize("kind", list(ALL))
def test_few_patients_are_not_computable(trios, kind):
    trio = trios(0)["honest"]
    few = Trio(train=trio.train, holdout=trio.holdout.first(4), synthetic=trio.synthetic)
    assert ALL[kind](few).reason is Reason.FEW_PATIENTS


@pytest.mark.parametrize("kind", list(ATTACKS))
def test_few_synthetic_records_are_not_computable(trios, kind):
    trio = trios(0)["honest"]
    few = Trio(train=trio.train, holdout=trio.holdout, synthetic=trio.synthetic.first(4))
    assert ATTACKS[kind](few).reason is Reason.FEW_SYNTHETIC
    assert by_confidence(trio.train, trio.holdout, None).reason is Reason.FEW_SYNTHETIC


def test_the_density_agrees_with_scipys_on_white_axes():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 4)) @ rng.normal(size=(4, 4))
    middle, axes = axes_of(x)
    white = (x - middle) @ axes
    assert np.cov(white.T) == pytest.approx(np.eye(4), abs=1e-9)
    points = rng.normal(size=(20, 4))
    assert log_density(points, white) == pytest.approx(gaussian_kde(white.T).logpdf(points.T))


def test_a_record_is_left_out_of_its_own_density():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(30, 2))
    found = log_density(x, x, np.arange(30))
    width = 30 ** (-1 / 6)
    others = [np.delete(x, i, axis=0) for i in range(30)]
    expected = [
        np.log(
            (np.exp(-0.5 * ((o - p) ** 2).sum(axis=1) / width**2) / (2 * np.pi * width**2)).mean()
        )
        for o, p in zip(others, x, strict=True)
    ]
    assert found == pytest.approx(expected)


def test_few_synthetic_records_have_few_axes():
    assert axes_of(np.random.default_rng(2).normal(size=(12, 40)))[1].shape == (40, 2)
    members, others = log_ratios(*(np.random.default_rng(k).normal(size=(9, 3)) for k in range(3)))
    assert np.isfinite(members).all()
    assert np.isfinite(others).all()
