"""How many bins a gene has is a public parameter: counts, fit and sample with 2 to 8 of them."""

import dataclasses
import hashlib
from statistics import NormalDist

import numpy as np
import pytest

from core.errors import PlanError
from core.randomness import SamplingSource
from core.synthesis.marginals import fit as fitting
from core.synthesis.marginals.bins import bins_of, directions
from core.synthesis.marginals.design import RULE
from core.synthesis.marginals.normals import inside, moments, nearest_normals
from core.synthesis.recipe import Design
from core.synthesis.registry import recipe_called

MARGINALS = recipe_called("marginals")
NORMAL = NormalDist()
OTHERS = (2, 3, 8)
#: Made with the version that knew four bins only.
TOTALS = "a6c10b8d24a53330066e72468f6dbbe7d2f15a3eba304d641d392f088367e66d"
DRAWN = [
    [-1.584508055, -1.11921306, 0.207010336, -1.002233523],
    [-1.44441411, -0.655778662, -0.784326246, -1.140622904],
    [-1.443382143, -1.522030564, 0.206953525, -0.999213854],
]


def probabilities(mean, sd, n):
    """How likely each of n equal quantile bins of N(0, 1) is under N(mean, sd^2)."""
    ends = [NORMAL.inv_cdf(k / n) for k in range(1, n)]
    below = [0.0, *(NormalDist(mean, sd).cdf(e) for e in ends), 1.0]
    return np.diff(below)


@pytest.mark.parametrize("n", range(2, 9))
def test_bins_are_equal_quantiles_and_directions_are_orthonormal(n):
    bins = bins_of(n)
    assert bins.edges == pytest.approx([NORMAL.inv_cdf(k / n) for k in range(1, n)], abs=1e-12)
    assert (bins.edges == -bins.edges[::-1]).all()
    assert bins.basis.shape == (n - 1, n)
    np.testing.assert_allclose(bins.basis @ bins.basis.T, np.eye(n - 1), atol=1e-12)
    np.testing.assert_allclose(bins.basis.sum(axis=1), 0, atol=1e-12)
    # the first is how the probabilities move with the mean, by differences
    step = 1e-5
    moved = (probabilities(step, 1, n) - probabilities(-step, 1, n)) / (2 * step)
    np.testing.assert_allclose(bins.basis[0] * bins.slope, moved, atol=1e-4)
    if n > 2:  # the second with the spread, up to its length
        wider = probabilities(0, 1 + step, n) - probabilities(0, 1 - step, n)
        wider = wider / np.linalg.norm(wider)
        np.testing.assert_allclose(bins.basis[1], wider, atol=1e-4)


def test_four_bins_are_what_they_always_were(make_plan, make_patients, measure):
    """Edges and digits of the first version; derived directions agree to their four digits."""
    four = bins_of(4)
    assert four.edges.tolist() == [-0.6744897501960817, 0.0, 0.6744897501960817]
    assert four.slope == 0.4639
    derived, slope = directions(four.edges)
    assert slope == pytest.approx(four.slope, abs=1e-4)
    for k in range(3):
        assert abs(derived[k] @ four.basis[k]) == pytest.approx(1, abs=1e-6)
    plan, some = make_plan(multiplier=1.0), make_patients(100)
    opened = measure(plan, [some], np.random.default_rng(3))
    totals = hashlib.sha256(b"".join(m.totals.tobytes() for m in opened)).hexdigest()
    assert totals == TOTALS
    drawn = MARGINALS.fit(plan, opened).sample(20, SamplingSource(b"seed"))
    np.testing.assert_allclose(drawn.values[:3, :4], DRAWN, atol=1e-8)


def test_what_is_promised_depends_on_the_bins(make_plan):
    """Four: the fitted rule. More promise less; all others with a wider range."""
    found = {
        n: MARGINALS.predict(Design.of(make_plan(n_genes=392, n_bins=n)), 60) for n in range(2, 9)
    }
    ratios = [found[n].ratio for n in range(2, 9)]
    assert ratios[0] == ratios[1] == ratios[2] == RULE.ratio(found[4].signal)
    assert ratios[2:] == sorted(set(ratios[2:]), reverse=True), "less and less"
    assert 0.03 < found[4].ratio - found[8].ratio < 0.09
    assert found[4].ratio - found[4].low == pytest.approx(RULE.rmse)
    assert all(found[n].ratio - found[n].low == pytest.approx(0.1) for n in (2, 3, 5, 8))


@pytest.mark.parametrize("n", OTHERS)
def test_a_patient_is_one_count_per_gene_whatever_the_bins(make_plan, n):
    """Only the length grows: what one patient can change stays, so the noise stays."""
    plan, usual = make_plan(n_bins=n), make_plan()
    MARGINALS.check_plan(plan)
    ours, four = plan.stage("tables"), usual.stage("tables")
    assert (ours.values, four.values) == (3 * 12 * n, 3 * 12 * 4)
    assert dataclasses.replace(ours, values=four.values) == four
    assert plan.stages[:3] == usual.stages[:3]
    with pytest.raises(PlanError, match=r"stages\.tables\.values"):
        MARGINALS.check_plan(dataclasses.replace(plan, recipe_parameters=usual.recipe_parameters))


@pytest.mark.parametrize("n", OTHERS)
def test_a_naive_second_implementation_counts_the_same(make_plan, make_patients, measure, n):
    """The tables written out patient by patient and gene by gene, from the specification."""
    plan, patients = make_plan(n_bins=n), make_patients(60, seed=8)
    opened = measure(plan, [patients], np.random.default_rng(2))
    standard = fitting.standard({m.stage.name: m for m in opened})
    ends = [NORMAL.inv_cdf(k / n) for k in range(1, n)]
    stage, sums = plan.stage("tables"), [0] * (3 * 12 * n)
    for record, label in zip(patients.values, patients.class_index.tolist(), strict=True):
        for gene in range(12):
            x = (record[gene] - standard.centre[gene]) / standard.scale[gene]
            sums[(label * 12 + gene) * n + sum(x > e for e in ends)] += stage.linf
    assert MARGINALS.local_total(plan, stage, patients, opened[:3]).tolist() == sums
    fewer = type(patients)(patients.values[:-1], patients.class_index[:-1])
    one = np.array(sums) - MARGINALS.local_total(plan, stage, fewer, opened[:3])
    assert (one != 0).sum() == stage.touched == 12
    assert (one**2).sum() == stage.l2_sq


@pytest.mark.parametrize("n", OTHERS)
def test_without_noise_the_model_returns_the_tables(make_plan, make_patients, measure, n):
    plan, some = make_plan(n_bins=n, multiplier=1e-4), make_patients(3000)
    opened = measure(plan, [some])
    model = MARGINALS.fit(plan, opened)
    exact = opened[3].real().reshape(3, 12, n)
    exact = exact / exact.sum(axis=2, keepdims=True)
    assert np.abs(model.tables - exact).max() < 0.03
    assert np.allclose(model.counts, np.bincount(some.class_index), rtol=0.01)
    drawn = model.sample(6000, SamplingSource(b"seed"))
    for c in range(3):
        mine, theirs = (x.values[x.class_index == c] for x in (drawn, some))
        assert np.abs(mine.mean(axis=0) - theirs.mean(axis=0)).mean() < 0.2
        if n == 8:  # two or three bins place classes that lie so far apart too far from each other
            assert np.abs(mine.std(axis=0) / theirs.std(axis=0) - 1).mean() < 0.15


@pytest.mark.parametrize("n", OTHERS)
@pytest.mark.parametrize("multiplier", [1.0, 20.0])
def test_noise_neither_inflates_the_spread_nor_breaks_the_fit(
    make_plan, make_patients, measure, n, multiplier
):
    plan = make_plan(n_genes=60, multiplier=multiplier, n_bins=n)
    some = make_patients(500, n_genes=60)
    model = MARGINALS.fit(plan, measure(plan, [some], np.random.default_rng(5)))
    drawn = model.sample(2000, SamplingSource(1)).values
    assert np.isfinite(drawn).all()
    if multiplier == 1.0:
        assert 0.8 < np.sqrt(drawn.var(axis=0).mean() / some.values.var(axis=0).mean()) < 1.2


@pytest.mark.parametrize("n", OTHERS)
def test_values_lie_inside_their_bins_and_have_the_stated_moments(n):
    rng, bins = np.random.default_rng(0), bins_of(n)
    tables = rng.dirichlet(np.ones(n), (2, 3))
    shift, spread = nearest_normals(tables)
    mean, variance = moments(tables, shift, spread)
    for c, g in np.ndindex(2, 3):
        drawn = rng.choice(n, 40_000, p=tables[c, g])
        values = inside(bins, drawn, rng.random(40_000), shift[c, g], spread[c, g])
        assert (np.searchsorted(bins.edges, values) == drawn).mean() > 0.9999
        assert values.mean() == pytest.approx(mean[c, g], abs=0.03)
        assert values.var() == pytest.approx(variance[c, g], abs=0.06)


@pytest.mark.parametrize("n", OTHERS)
def test_the_nearest_normal_is_found(n):
    """With two bins only the ratio of mean and spread can be known."""
    for mean, sd in ((0.0, 1.0), (0.8, 0.7), (-1.2, 0.9)):
        shift, spread = nearest_normals(probabilities(mean, sd, n)[None, None])
        if n == 2:
            assert shift[0, 0] / spread[0, 0] == pytest.approx(mean / sd, abs=0.1)
            assert spread[0, 0] == pytest.approx(0.95, abs=0.15)
        else:
            assert shift[0, 0] == pytest.approx(mean, abs=0.12)
            assert spread[0, 0] == pytest.approx(sd, abs=0.15)
