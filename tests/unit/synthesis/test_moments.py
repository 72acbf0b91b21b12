"""The recipe moments: stages, bounds, an independent count of its integers, and what it fits."""

import dataclasses
import math

import numpy as np
import pytest

from core.errors import CohortError, InternalError, PlanError
from core.model.budget import Budget
from core.model.quality import Advice
from core.model.reference import PublicReference
from core.randomness import SamplingSource
from core.synthesis.differences import proportion_equal
from core.synthesis.moments import fit as fitting
from core.synthesis.recipe import Design
from core.synthesis.reference.file import build_reference
from core.synthesis.registry import default_recipe, recipe_called, recipe_names
from tests.unit.synthesis.naive_moments import naive_total

MOMENTS = recipe_called("moments")


def reference_for(patients, genes, lacking=0):
    """A reference of other patients of the same kind, without the last genes."""
    public = patients(200, n_genes=len(genes), seed=9)
    kept = len(genes) - lacking
    built = build_reference(
        public.values[:, :kept] * 2 + 5,
        genes[:kept],
        title="Open cohort",
        provenance="made here",
        licence="none needed",
        source_sha256="a" * 64,
    )
    return built.for_panel(genes)


@pytest.fixture
def moments_plan(make_plan, make_patients, stages):
    def make(n_genes=12, multiplier=0.05, *, lacking=None, clip=1.15, **changes):
        genes = tuple(f"G{i}" for i in range(n_genes))
        reference = None if lacking is None else reference_for(make_patients, genes, lacking)
        parameters = tuple((k, clip if k == "record_clip" else v) for k, v in MOMENTS.parameters())
        design = Design(
            n_genes=n_genes,
            n_classes=3,
            n_max=10_000,
            budget=Budget(epsilon=4.0),
            parameters=parameters,
            reference=reference,
        )
        return make_plan(
            n_genes,
            recipe="moments",
            recipe_parameters=parameters,
            reference=reference,
            stages=stages(MOMENTS.requests(design), multiplier),
            **changes,
        )

    return make


def test_it_is_the_default_and_marginals_can_be_chosen():
    assert recipe_names() == ("moments", "marginals")
    assert default_recipe().name == "moments"
    assert recipe_called("marginals").name == "marginals"


def test_without_a_reference_there_are_six_stages_and_with_one_eight(moments_plan):
    names = ["class-counts", "levels", "class-levels", "centre", "scale", "class-sums"]
    assert [s.name for s in moments_plan().stages] == names
    assert [s.name for s in moments_plan(lacking=0).stages] == [*names, "class-scores", "cross"]


@pytest.mark.parametrize("lacking", [None, 0, 3])
def test_a_good_plan_passes_and_is_read_back(moments_plan, lacking):
    plan = moments_plan(lacking=lacking)
    MOMENTS.check_plan(plan)
    again = type(plan).from_bytes(plan.canonical_bytes())
    assert again == plan
    assert (b'"reference"' in plan.canonical_bytes()) is (lacking is not None)


@pytest.mark.parametrize("field", ["values", "l2_sq", "linf", "touched"])
@pytest.mark.parametrize("index", [1, 2, 3, 5, 6, 7])
def test_a_plan_with_other_bounds_is_refused(moments_plan, index, field):
    plan = moments_plan(lacking=0)
    stages = list(plan.stages)
    stated = getattr(stages[index], field)
    wrong = stated + 1 if field == "values" else stated - max(1, stated // 1000)

    def checked():
        stages[index] = dataclasses.replace(stages[index], **{field: wrong})
        MOMENTS.check_plan(dataclasses.replace(plan, stages=tuple(stages)))

    with pytest.raises(PlanError, match=f"stages.{plan.stages[index].name}"):
        checked()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("record_clip", 0.0),
        ("value_clip", float("nan")),
        ("score_factors", 2.5),
        ("cross_factors", 0),
        ("factor_strength", 1.5),
        ("share_centre", 0.95),
        ("scale_norm", True),
    ],
)
def test_parameters_outside_their_range_are_refused(moments_plan, name, value):
    design = Design.of(moments_plan())
    parameters = tuple((k, value if k == name else v) for k, v in design.parameters)
    with pytest.raises(PlanError, match="recipe_parameters"):
        MOMENTS.requests(dataclasses.replace(design, parameters=parameters))


@pytest.mark.parametrize("lacking", [None, 3])
def test_a_naive_second_implementation_counts_the_same_integers(
    moments_plan, make_patients, measure, lacking
):
    plan, patients = moments_plan(lacking=lacking), make_patients(40, seed=3)
    measurements = measure(plan, [patients], np.random.default_rng(5))
    for i, m in enumerate(measurements):
        ours = MOMENTS.local_total(plan, m.stage, patients, measurements[:i])
        np.testing.assert_array_equal(
            ours, naive_total(plan, m.stage, patients, measurements[:i]), err_msg=m.stage.name
        )


@pytest.mark.parametrize("lacking", [None, 0, 3])
def test_one_patient_moves_no_stage_further_than_planned(
    moments_plan, make_patients, measure, lacking
):
    plan, patients = moments_plan(lacking=lacking), make_patients(30, seed=1)
    measurements = measure(plan, [patients])
    rng = np.random.default_rng(0)
    wild = dataclasses.replace(
        patients,
        values=rng.standard_cauchy((20, 12)) * 10,
        class_index=rng.integers(0, 3, 20),
    )
    for i, m in enumerate(measurements):
        for j in range(20):
            one = dataclasses.replace(
                wild, values=wild.values[j : j + 1], class_index=wild.class_index[j : j + 1]
            )
            moved = MOMENTS.local_total(plan, m.stage, one, measurements[:i])
            assert int((moved**2).sum()) <= m.stage.l2_sq
            assert int(np.abs(moved).max()) <= m.stage.linf
            assert int(np.count_nonzero(moved)) <= m.stage.touched


@pytest.mark.parametrize("lacking", [None, 0])
def test_a_patient_is_encoded_alike_in_any_company(moments_plan, make_patients, measure, lacking):
    plan, patients = moments_plan(lacking=lacking), make_patients(25, seed=2)
    measurements = measure(plan, [patients], np.random.default_rng(1))
    for i, m in enumerate(measurements):
        alone = [
            MOMENTS.local_total(
                plan,
                m.stage,
                dataclasses.replace(
                    patients,
                    values=patients.values[j : j + 1],
                    class_index=patients.class_index[j : j + 1],
                ),
                measurements[:i],
            )
            for j in range(25)
        ]
        together = MOMENTS.local_total(plan, m.stage, patients, measurements[:i])
        np.testing.assert_array_equal(np.sum(alone, axis=0), together)


@pytest.mark.parametrize("lacking", [None, 0, 3])
def test_without_noise_class_means_and_spreads_come_back(
    moments_plan, make_patients, measure, lacking
):
    plan = moments_plan(lacking=lacking, multiplier=1e-3, clip=3.0)
    hospitals = [make_patients(n, seed=n) for n in (900, 150, 40)]
    measurements = measure(plan, hospitals)
    model = MOMENTS.fit(plan, measurements)
    made = model.sample(6_000, SamplingSource(1))
    values = np.concatenate([h.values for h in hospitals])
    labels = np.concatenate([h.class_index for h in hospitals])
    for c in range(3):
        np.testing.assert_allclose(
            made.values[made.class_index == c].mean(axis=0),
            values[labels == c].mean(axis=0),
            atol=0.12,
        )
    np.testing.assert_allclose(made.values.std(axis=0), values.std(axis=0), rtol=0.2)
    shares = np.bincount(made.class_index) / 6_000
    np.testing.assert_allclose(shares, np.bincount(labels) / len(labels), atol=0.005)


def test_public_factors_bring_co_expression_within_classes(moments_plan, make_patients, measure):
    rng = np.random.default_rng(0)
    plain = make_patients(600, n_genes=30, seed=4)
    shared = rng.normal(size=(600, 1)) * np.r_[np.ones(10), -np.ones(10), np.zeros(10)]
    values = plain.values + shared
    values = (values - values.mean(1, keepdims=True)) / values.std(1, keepdims=True)
    patients = dataclasses.replace(plain, values=values)

    def within(table, labels):
        centred = table - np.stack([table[labels == c].mean(0) for c in range(3)])[labels]
        return np.corrcoef(centred.T)[np.triu_indices(30, 1)]

    def made(public):
        genes = tuple(f"G{i}" for i in range(30))
        reference = build_reference(
            public, genes, title="t", provenance="p", licence="l", source_sha256="0" * 64
        ).for_panel(genes)
        template = moments_plan(30, lacking=0)
        plan = dataclasses.replace(template, reference=reference)
        requests = MOMENTS.requests(Design.of(plan))
        stages = tuple(
            dataclasses.replace(
                s, l2_sq=min(math.floor((s.units * r.l2) ** 2), s.touched * s.linf**2)
            )
            if not r.counts
            else s
            for s, r in zip(plan.stages, requests, strict=True)
        )
        plan = dataclasses.replace(plan, stages=stages)
        model = MOMENTS.fit(plan, measure(plan, [patients]))
        cohort = model.sample(2_000, SamplingSource(2))
        return within(cohort.values, cohort.class_index)

    other = make_patients(600, n_genes=30, seed=8).values
    related = other + rng.normal(size=(600, 1)) * np.r_[np.ones(10), -np.ones(10), np.zeros(10)]
    real = within(values, patients.class_index)
    assert np.corrcoef(real, made(related))[0, 1] > 0.8


def test_a_class_nobody_has_and_a_compute_partner_are_no_obstacle(
    moments_plan, make_patients, measure
):
    plan = moments_plan(lacking=0, multiplier=0.5)
    patients = make_patients(80, seed=6)
    only_two = dataclasses.replace(patients, class_index=np.minimum(patients.class_index, 1))
    measurements = measure(plan, [only_two, None], np.random.default_rng(3))
    model = MOMENTS.fit(plan, measurements)
    cohort = model.sample(100, SamplingSource(1))
    assert cohort.values.shape == (100, 12)
    assert np.isfinite(cohort.values).all()


def test_the_same_measurements_give_the_same_cohort(moments_plan, make_patients, measure):
    plan = moments_plan(lacking=3, multiplier=0.3)
    measurements = measure(plan, [make_patients(100)], np.random.default_rng(2))
    one, two = (MOMENTS.fit(plan, measurements).sample(50, SamplingSource(b"x")) for _ in "ab")
    np.testing.assert_array_equal(one.values, two.values)
    np.testing.assert_array_equal(one.class_index, two.class_index)
    assert MOMENTS.default_records(plan, measurements) == round(
        fitting.class_counts(fitting.by_stage(measurements)).sum()
    )
    fixed = dataclasses.replace(plan, n_records=77)
    assert MOMENTS.default_records(fixed, measurements) == 77


def test_heavy_noise_ends_in_no_classes_rather_than_in_wild_ones(
    moments_plan, make_patients, measure
):
    plan = moments_plan(multiplier=60.0)
    model = MOMENTS.fit(plan, measure(plan, [make_patients(60)], np.random.default_rng(4)))
    cohort = model.sample(500, SamplingSource(3))
    assert np.abs(cohort.values).max() < 30


def test_records_that_do_not_fit_are_refused(moments_plan, make_patients):
    plan = moments_plan(n_max=10)
    with pytest.raises(CohortError, match="CH115"):
        MOMENTS.local_total(plan, plan.stages[0], make_patients(11), ())
    with pytest.raises(InternalError):
        MOMENTS.local_total(plan, plan.stages[1], None, ())
    with pytest.raises(InternalError):
        MOMENTS.fit(plan, ())


def test_a_reference_makes_more_genes_affordable(moments_plan):
    without = MOMENTS.predict(Design.of(moments_plan()), 40)
    with_one = MOMENTS.predict(Design.of(moments_plan(lacking=0)), 40)
    assert with_one.genes_for_good > without.genes_for_good > 0
    assert with_one.ratio > without.ratio
    assert with_one.low > without.low
    assert MOMENTS.predict(Design.of(moments_plan(400)), 3).advice is Advice.AGAINST


def test_only_a_plan_whose_lower_end_is_high_is_called_good(moments_plan):
    """Whatever the level and the number of patients; what is proposed is such a plan."""
    design = Design.of(moments_plan())
    for epsilon in (0.5, 1.0, 2.0, 4.0, 10.0):
        for n_min in (5, 20, 40, 80, 400):
            one = dataclasses.replace(design, budget=Budget(epsilon=epsilon, delta=1e-5))
            expected = MOMENTS.predict(one, n_min)
            assert (expected.advice is Advice.GOOD) == (expected.low >= 0.8)
            assert (expected.advice is Advice.GOOD) <= (expected.ratio > 0.9)
            if expected.genes_for_good >= 2:
                few = dataclasses.replace(one, n_genes=expected.genes_for_good)
                assert MOMENTS.predict(few, n_min).advice is Advice.GOOD


@pytest.mark.parametrize(
    "changes",
    [
        {"content": "####"},
        {"content": "AAAA"},
        {"n_covered": 5},
        {"file_sha256": "x"},
        {"licence": ""},
        {"n_factors": 0},
    ],
)
def test_a_reference_that_is_not_the_panels_is_refused(moments_plan, changes):
    plan = moments_plan(lacking=0)
    with pytest.raises(PlanError, match="reference"):
        MOMENTS.check_plan(
            dataclasses.replace(plan, reference=dataclasses.replace(plan.reference, **changes))
        )


def test_the_reference_is_part_of_the_digest(moments_plan):
    plan = moments_plan(lacking=0)
    other = dataclasses.replace(plan.reference, licence="another")
    assert dataclasses.replace(plan, reference=other).digest != plan.digest
    assert isinstance(plan.reference, PublicReference)


@pytest.mark.parametrize("lacking", [None, 0])
def test_differences_are_found_and_noise_is_not_taken_for_one(
    moments_plan, make_patients, measure, lacking
):
    null, real = [], []
    for seed in range(30):
        plan = moments_plan(30, multiplier=0.3, lacking=lacking, clip=3.0)
        patients = make_patients(300, n_genes=30, seed=seed)
        shuffled = dataclasses.replace(
            patients, class_index=np.random.default_rng(seed).permutation(patients.class_index)
        )
        for found, records in ((null, shuffled), (real, patients)):
            opened = measure(plan, [records], np.random.default_rng(seed + 100))
            table = MOMENTS.differences(plan, opened)
            assert table.pairs == ((0, 1), (0, 2), (1, 2))
            assert (table.standard_error > 0).all()
            found.append((table.adjusted_p < 0.05).any(axis=1))
    assert np.mean(null) < 0.1  # each pair errs at most in one of twenty: 90 pairs, 3 sd
    assert np.mean(real) == 1


def test_where_most_genes_differ_more_of_them_are_found_and_old_plans_stay_as_they_were(
    moments_plan, make_patients, measure
):
    plan = moments_plan(30, multiplier=0.3)
    later = ("estimators", "site_blocks", "share_sites")
    kept = tuple((k, v) for k, v in plan.recipe_parameters if k not in later)
    before = dataclasses.replace(plan, recipe_parameters=kept)
    MOMENTS.check_plan(before)
    opened = measure(plan, [make_patients(300, n_genes=30)], np.random.default_rng(1))
    now, then = MOMENTS.differences(plan, opened), MOMENTS.differences(before, opened)
    np.testing.assert_array_equal(now.effect, then.effect)
    for new, old in zip(now.adjusted_p, then.adjusted_p, strict=True):
        part = new / old
        np.testing.assert_allclose(part, part[0])
        assert 0.2 <= part[0] <= 1
    assert (now.adjusted_p < then.adjusted_p).any()
    means = [MOMENTS.fit(p, opened).means.shrunk for p in (plan, before)]
    assert not np.array_equal(*means)


def test_uniform_p_values_are_taken_for_genes_that_do_not_differ():
    rng = np.random.default_rng(0)
    assert np.mean([proportion_equal(rng.uniform(size=40)) for _ in range(200)]) > 0.9
    found = [proportion_equal(np.r_[rng.uniform(size=100), np.zeros(300)]) for _ in range(200)]
    assert 0.25 <= np.mean(found) < 0.28
    assert proportion_equal(np.zeros(100)) == 0.2


def test_the_error_of_an_effect_holds_the_privacy_noise(moments_plan, make_patients, measure):
    patients = make_patients(200, n_genes=30, seed=1)
    effects, stated = [], []
    for seed in range(40):
        plan = moments_plan(30, multiplier=0.5)
        opened = measure(plan, [patients], np.random.default_rng(seed))
        table = MOMENTS.differences(plan, opened)
        effects.append(table.effect)
        stated.append(table.standard_error)
    seen = np.std(effects, axis=0)
    assert (seen < 1.3 * np.mean(stated, axis=0)).mean() > 0.95
