"""Levels follow the factors of a reference: what it says, what is borne out, what is drawn."""

import base64
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import PlanError
from core.model.measurement import Measurement
from core.randomness import SamplingSource
from core.synthesis.moments.class_levels import by_class
from core.synthesis.moments.level_scores import ExpectedLevels, borne_out
from core.synthesis.reference.cutting import narrowed_reference
from core.synthesis.reference.file import build_reference
from core.synthesis.reference.panel import panel_reference
from tests.unit.synthesis.test_moments_class_levels import AROUND, OVERALL, WINDOW, stage

N_GENES = 80
GENES = tuple(f"G{i}" for i in range(N_GENES))
EXPECTED = ExpectedLevels(
    away=np.array([[0.3, 0.1], [0.2, 0.1], [-0.5, -0.2]]),
    along=np.array([[0.1, 0.0], [0.0, 0.05]]),
    own=np.array([0.1, 0.05]),
    slope=np.array([1.0, 0.4]),
)


def open_records(n: int = 400) -> np.ndarray:
    """Log2 values of records that three factors move: the level, the spread, and neither."""
    rng = np.random.default_rng(3)
    profile = rng.uniform(0, 9, N_GENES)
    loadings = rng.normal([0.5, 0.0, 0.1], [0.2, 0.2, 0.3], (N_GENES, 3))
    loadings[:, 1] += 0.15 * (profile - profile.mean())
    factors = rng.standard_normal((n, 3))
    own = rng.normal(0, 0.4, (n, N_GENES))
    return profile + factors @ loadings.T + own


def reference(values: np.ndarray, genes: tuple[str, ...] = GENES):
    return build_reference(
        values, genes, title="t", provenance="p", licence="l", source_sha256="a" * 64
    ).for_panel(genes)


def test_the_reference_tells_each_records_level_and_spread() -> None:
    values = open_records()
    levels = np.column_stack([values.mean(axis=1), values.std(axis=1)])
    panel = panel_reference(reference(values), N_GENES)
    assert panel is not None
    assert panel.levels is not None
    np.testing.assert_allclose(panel.levels.sd, levels.std(axis=0), rtol=0.05)
    normalised = (values - levels[:, :1]) / levels[:, 1:]
    scores = ((normalised - panel.mean) / panel.sd) @ panel.weights(3)
    told = scores @ panel.levels.along[:3]
    for kind in range(2):
        r = np.corrcoef(told[:, kind], levels[:, kind])[0, 1]
        slope = np.polyfit(told[:, kind], levels[:, kind], 1)[0]
        assert r > 0.9
        assert 0.8 < slope < 1.2


@pytest.mark.parametrize(
    "content",
    ["*", "AAAA", base64.b64encode(np.full((4, 2), np.nan, "<f4").tobytes()).decode(), "negative"],
)
def test_levels_that_cannot_be_are_refused(content: str) -> None:
    cut = reference(open_records(200))
    if content == "negative":
        table = -np.ones((cut.n_factors + 2, 2), "<f4")
        content = base64.b64encode(table.tobytes()).decode()
    with pytest.raises(PlanError, match="level_content"):
        panel_reference(replace(cut, level_content=content), N_GENES)


def test_fewer_genes_have_levels_of_their_own() -> None:
    """Cut in two steps, through the plan's scale, or in one: the same, to first order."""
    values, n = open_records(), N_GENES // 2
    narrow = narrowed_reference(reference(values), N_GENES, n)
    at_once = panel_reference(reference(values[:, :n], GENES[:n]), n)
    assert narrow is not None
    panel = panel_reference(narrow, n)
    assert at_once is not None
    assert panel is not None
    assert panel.levels is not None
    assert at_once.levels is not None
    for name in ("sd", "usual"):
        one, other = getattr(panel.levels, name), getattr(at_once.levels, name)
        np.testing.assert_allclose(one, other, rtol=0.1)
    both = panel.levels.along[:3].T @ at_once.levels.along[:3]
    lengths = [np.linalg.norm(p.levels.along[:3], axis=0) for p in (panel, at_once)]
    np.testing.assert_allclose(lengths[0], lengths[1], rtol=0.1)
    assert np.diag(np.abs(both) / np.outer(*lengths)).min() > 0.9


def test_a_reference_of_before_says_nothing_of_levels() -> None:
    panel = panel_reference(replace(reference(open_records(200)), level_content=""), N_GENES)
    assert panel is not None
    assert panel.levels is None


def test_clear_measurements_are_believed_whatever_the_reference_says() -> None:
    for sign in (1.0, 0.2, -1.0):
        truth = sign * EXPECTED.away
        found, _ = borne_out(truth, np.full((3, 2), 1e-6), EXPECTED)
        np.testing.assert_allclose(found, truth, atol=0.01)


def test_hidden_measurements_leave_what_is_usual() -> None:
    rng = np.random.default_rng(1)
    found, slope = borne_out(rng.normal(0, 30.0, (3, 2)), np.full((3, 2), 900.0), EXPECTED)
    np.testing.assert_allclose(slope, EXPECTED.slope, atol=0.05)
    np.testing.assert_allclose(found, slope * EXPECTED.away, atol=0.01)


def test_what_is_borne_out_is_nearer_than_either_alone() -> None:
    """Classes that follow the reference by four fifths, noise as large as their differences."""
    rng = np.random.default_rng(2)
    truth, variance = 0.8 * EXPECTED.away, np.full((3, 2), 0.04)
    together, alone = [], []
    for _ in range(300):
        noisy = truth + rng.normal(0, 0.2, (3, 2))
        together.append(np.square(borne_out(noisy, variance, EXPECTED)[0] - truth)[:, 0].mean())
        alone.append(np.square(noisy - truth)[:, 0].mean())
    told = np.square(EXPECTED.away - truth)[:, 0].mean()
    assert np.mean(together) < 0.5 * np.mean(alone)
    assert np.mean(together) < 1.2 * told


def test_a_records_level_follows_its_factor_draws() -> None:
    exact = np.rint(50 * 4000 * EXPECTED.away / WINDOW).astype(np.int64).reshape(-1)
    sums = Measurement(stage=stage(), totals=exact)
    model = by_class(OVERALL, sums, np.full(3, 50.0), WINDOW, EXPECTED)
    assert model.along is not None
    np.testing.assert_allclose(model.mean, AROUND, atol=0.01)
    factors = np.random.default_rng(4).standard_normal((30_000, 2))
    labels = np.arange(30_000) % 3
    drawn = model.sample(labels, SamplingSource(1), factors)
    assert model.away is not None
    rest = drawn - model.mean - model.away[labels]
    found = np.linalg.lstsq(factors, rest, rcond=None)[0]
    np.testing.assert_allclose(found, model.along, atol=0.003)
    np.testing.assert_allclose((rest - factors @ found).std(axis=0), EXPECTED.own, rtol=0.03)


def test_levels_that_an_open_cohort_scatters_by_itself_do_not_scatter_ours() -> None:
    sums = Measurement(stage=stage(), totals=np.zeros(6, np.int64))
    wild = replace(EXPECTED, own=np.array([3.0, 3.0]))
    model = by_class(OVERALL, sums, np.full(3, 50.0), WINDOW, wild)
    plain = by_class(OVERALL, sums, np.full(3, 50.0), WINDOW)
    np.testing.assert_array_equal(model.sd, plain.sd)


@pytest.mark.parametrize("count", [5.0, 5000.0])
@given(totals=st.lists(st.integers(-(10**12), 10**12), min_size=6, max_size=6))
def test_whatever_was_opened_gives_records_that_can_exist(count: float, totals) -> None:
    sums = Measurement(stage=stage(), totals=np.array(totals, dtype=np.int64))
    model = by_class(OVERALL, sums, np.full(3, count), WINDOW, EXPECTED)
    drawn = model.sample(np.arange(30) % 3, SamplingSource(1), np.ones((30, 2)))
    assert np.isfinite(drawn).all()
    assert (drawn[:, 1] > 0).all()
