import dataclasses

import numpy as np
import pytest
from scipy.special import ndtr

from core.errors import CohortError, InternalError, PlanError
from core.model.budget import Budget
from core.model.quality import Advice
from core.privacy.conversion import gaussian_mu
from core.randomness import SamplingSource
from core.statistics.encoding import encode_patient
from core.synthesis.marginals import fit as fitting
from core.synthesis.marginals.bins import bins_of
from core.synthesis.marginals.design import RULE
from core.synthesis.marginals.normals import inside, moments, nearest_normals
from core.synthesis.recipe import Design, sampling_seed
from core.synthesis.registry import recipe_called, recipe_names

MARGINALS = recipe_called("marginals")
FOUR = bins_of(4)


def test_an_unknown_recipe_is_refused():
    assert "magic" not in recipe_names()
    with pytest.raises(PlanError, match="PL208"):
        recipe_called("magic")


def test_the_requests_are_the_formulas_of_the_specification():
    design = Design(
        n_genes=392,
        n_classes=4,
        n_max=100,
        budget=Budget(epsilon=1.0),
        parameters=MARGINALS.parameters(),
    )
    counts, centre, scale, tables = MARGINALS.requests(design)
    assert (counts.values, counts.touched, counts.l2) == (4, 1, 1.0)
    assert (centre.values, centre.touched, round(centre.l2**2), centre.linf) == (
        392,
        392,
        392,
        6.0,
    )
    assert (scale.values, scale.touched, scale.linf) == (392, 392, 8.0)
    assert (tables.values, tables.touched, round(tables.l2**2)) == (4 * 392 * 4, 392, 392)
    assert sum(r.share for r in (counts, centre, scale, tables)) == pytest.approx(1, abs=1e-12)


def test_a_good_plan_passes(make_plan):
    MARGINALS.check_plan(make_plan())


@pytest.mark.parametrize(
    ("index", "changes"),
    [
        (0, {"values": 4}),
        (1, {"l2_sq": -1}),
        (1, {"linf": -1}),
        (1, {"touched": -1}),
        (2, {"l2_sq": 3}),
        (3, {"units": 1.5}),
        (3, {"exact_shift": False}),
        (1, {"share": -0.01}),
    ],
)
def test_a_plan_with_other_bounds_is_refused(make_plan, index, changes):
    plan = make_plan()
    changed = {
        k: v
        if k in {"units", "exact_shift"} or (k, v) == ("values", 4)
        else getattr(plan.stages[index], k) + v
        for k, v in changes.items()
    }
    stages = list(plan.stages)
    stages[index] = dataclasses.replace(stages[index], **changed)
    if "share" in changes:
        stages[3] = dataclasses.replace(stages[3], share=stages[3].share + 0.01)
    with pytest.raises(PlanError, match=f"stages.{stages[index].name}.{next(iter(changes))}"):
        MARGINALS.check_plan(dataclasses.replace(plan, stages=tuple(stages)))


@pytest.mark.parametrize(
    "wrong",
    [
        (("bins", 4),),
        (("bins", 5), ("centre_clip", 6.0)),
    ],
)
def test_other_parameters_are_refused(make_plan, wrong):
    with pytest.raises(PlanError, match="recipe_parameters"):
        MARGINALS.check_plan(make_plan(recipe_parameters=wrong))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("bins", 1),
        ("bins", 9),
        ("bins", 4.5),
        ("bins", True),
        ("bins", "4"),
        ("centre_clip", float("nan")),
        ("scale_clip", 1.0),
        ("scale_norm", True),
        ("share_centre", 0.95),
        ("share_scale", -0.1),
    ],
)
def test_parameters_outside_their_range_are_refused(make_plan, name, value):
    design = Design.of(make_plan())
    parameters = tuple((k, value if k == name else v) for k, v in design.parameters)
    with pytest.raises(PlanError, match="recipe_parameters"):
        MARGINALS.requests(dataclasses.replace(design, parameters=parameters))


def test_stages_out_of_order_or_of_another_recipe_are_refused(make_plan):
    plan = make_plan()
    with pytest.raises(PlanError, match="stages"):
        MARGINALS.check_plan(dataclasses.replace(plan, stages=plan.stages[::-1]))
    with pytest.raises(PlanError, match="recipe"):
        MARGINALS.check_plan(dataclasses.replace(plan, recipe="moments"))
    with pytest.raises(InternalError):
        MARGINALS.local_total(plan, plan.stages[1], None, ())
    with pytest.raises(InternalError):
        MARGINALS.fit(plan, ())


def test_every_patient_falls_into_one_bin_of_each_gene(make_plan, make_patients, measure):
    plan, some = make_plan(), make_patients(200)
    counts, _, _, tables = measure(plan, [some])
    sizes = np.bincount(some.class_index, minlength=3)
    assert counts.real().tolist() == sizes.tolist()
    per_gene = tables.real().reshape(3, 12, 4).sum(axis=2)
    assert per_gene.tolist() == np.repeat(sizes[:, None], 12, axis=1).tolist()


def test_a_naive_second_implementation_counts_the_same_integers(make_plan, make_patients, measure):
    """Every stage written out patient by patient and gene by gene, from the specification."""
    plan, patients = make_plan(), make_patients(60, seed=8)
    opened = measure(plan, [patients], np.random.default_rng(2))
    measured = {m.stage.name: m for m in opened}
    for k, m in enumerate(opened):
        stage, n = m.stage, len(plan.genes)
        sums = [0] * stage.values
        for record, label in zip(patients.values, patients.class_index.tolist(), strict=True):
            if stage.name == "class-counts":
                sums[label] += stage.linf
            elif stage.name == "tables":
                standard = fitting.standard(measured)
                for gene in range(n):
                    x = (record[gene] - standard.centre[gene]) / standard.scale[gene]
                    quartile = sum(x > edge for edge in (-0.6744897501960817, 0, 0.67448975019608))
                    sums[(label * n + gene) * 4 + quartile] += stage.linf
            else:
                real = record
                if stage.name == "scale":
                    first = fitting.first_standard(measured)
                    squares = [
                        ((z - c) / first.scale[0]) ** 2
                        for z, c in zip(record.tolist(), first.centre.tolist(), strict=True)
                    ]
                    real = np.array([min(q, 9.0) - 1 for q in squares])
                encoded = encode_patient(real, stage.units, stage.l2_sq, stage.linf)
                for i, amount in enumerate(encoded.tolist()):
                    sums[i] += amount
        ours = MARGINALS.local_total(plan, stage, patients, opened[:k])
        np.testing.assert_array_equal(ours, sums, err_msg=stage.name)


def test_a_compute_partner_changes_nothing(make_plan, make_patients, measure):
    plan, some = make_plan(), make_patients(50)
    alone, together = measure(plan, [some]), measure(plan, [some, None])
    assert all((a.totals == b.totals).all() for a, b in zip(alone, together, strict=True))


def test_splitting_the_patients_changes_nothing(make_plan, make_patients, measure):
    plan, some = make_plan(), make_patients(60)
    parts = [type(some)(some.values[k::3], some.class_index[k::3]) for k in range(3)]
    whole, split = measure(plan, [some]), measure(plan, parts)
    assert all((a.totals == b.totals).all() for a, b in zip(whole, split, strict=True))


def test_one_more_patient_moves_each_total_within_the_plan(make_plan, make_patients, measure):
    plan, some = make_plan(), make_patients(40)
    fewer = type(some)(some.values[:-1], some.class_index[:-1])
    opened = measure(plan, [some], np.random.default_rng(0))
    for k, stage in enumerate(plan.stages):
        a = MARGINALS.local_total(plan, stage, some, opened[:k])
        b = MARGINALS.local_total(plan, stage, fewer, opened[:k])
        move = [int(v) for v in a - b]
        assert 0 < sum(v * v for v in move) <= stage.l2_sq
        assert max(map(abs, move)) <= stage.linf
        assert sum(v != 0 for v in move) <= stage.touched


def test_too_many_or_unfitting_records_are_refused(make_plan, make_patients):
    plan = make_plan(n_max=10)
    with pytest.raises(CohortError, match="CH115"):
        MARGINALS.local_total(plan, plan.stages[0], make_patients(11), ())
    with pytest.raises(InternalError):
        MARGINALS.local_total(plan, plan.stages[0], make_patients(5, n_genes=11), ())
    wrong = make_patients(5)
    wrong.class_index[0] = 3
    with pytest.raises(InternalError):
        MARGINALS.local_total(plan, plan.stages[0], wrong, ())


def test_without_noise_the_model_returns_the_tables(make_plan, make_patients, measure):
    plan, some = make_plan(multiplier=1e-4), make_patients(3000)
    opened = measure(plan, [some])
    model = MARGINALS.fit(plan, opened)
    exact = opened[3].real().reshape(3, 12, 4)
    exact = exact / exact.sum(axis=2, keepdims=True)
    assert np.abs(model.tables - exact).max() < 0.02
    assert np.abs(model.centre - some.values.mean(axis=0)).max() < 0.02
    assert np.allclose(model.counts, np.bincount(some.class_index), rtol=0.01)


def test_the_sample_follows_the_model(make_plan, make_patients, measure):
    plan, some = make_plan(multiplier=1e-4), make_patients(3000)
    model = MARGINALS.fit(plan, measure(plan, [some]))
    drawn = model.sample(20_000, SamplingSource(b"seed"))
    assert drawn.label_name == "subtype"
    assert np.allclose(
        np.bincount(drawn.class_index) / 20_000, model.counts / model.counts.sum(), atol=1e-3
    )
    for c in range(3):
        mine = drawn.values[drawn.class_index == c]
        theirs = some.values[some.class_index == c]
        assert np.abs(mine.mean(axis=0) - theirs.mean(axis=0)).max() < 0.3
        assert np.abs(mine.std(axis=0) / theirs.std(axis=0) - 1).mean() < 0.2
    # as every real record: mean 0 and mean square 1 over its genes
    assert np.allclose(drawn.values.mean(axis=1), 0)
    assert np.allclose((drawn.values**2).mean(axis=1), 1)
    # continuous: no value stands twice
    assert len(np.unique(drawn.values[:, 0])) == 20_000


@pytest.mark.parametrize("multiplier", [0.01, 1.0, 4.0])
def test_the_spread_of_a_noisy_model_is_not_inflated(
    make_plan, make_patients, measure, multiplier
):
    plan, some = make_plan(n_genes=60, multiplier=multiplier), make_patients(500, n_genes=60)
    opened = measure(plan, [some], np.random.default_rng(5))
    model = MARGINALS.fit(plan, opened)
    drawn = model.sample(3000, SamplingSource(1))
    ratio = np.sqrt((drawn.values.var(axis=0)).mean() / (some.values.var(axis=0)).mean())
    assert 0.8 < ratio < 1.2


def test_values_lie_inside_their_bins_and_have_the_stated_moments():
    rng = np.random.default_rng(0)
    tables = rng.dirichlet(np.ones(4), (3, 5))
    shift, spread = nearest_normals(tables)
    mean, variance = moments(tables, shift, spread)
    for c, g in np.ndindex(3, 5):
        bins = rng.choice(4, 40_000, p=tables[c, g])
        values = inside(FOUR, bins, rng.random(40_000), shift[c, g], spread[c, g])
        assert (np.searchsorted(FOUR.edges, values) == bins).mean() > 0.9999
        assert np.abs(values).max() < 6
        assert values.mean() == pytest.approx(mean[c, g], abs=0.03)
        assert values.var() == pytest.approx(variance[c, g], abs=0.05)


def test_the_nearest_normal_is_found():
    edges = np.array([-np.inf, *FOUR.edges, np.inf])
    for mean, sd in ((0.0, 1.0), (0.8, 0.7), (-1.2, 0.9)):
        table = np.diff(ndtr((edges - mean) / sd))
        shift, spread = nearest_normals(table[None, None])
        assert shift[0, 0] == pytest.approx(mean, abs=0.12)
        assert spread[0, 0] == pytest.approx(sd, abs=0.15)


def test_the_sample_is_determined_by_plan_and_measurements(make_plan, make_patients, measure):
    plan, some = make_plan(), make_patients(100)
    opened = measure(plan, [some], np.random.default_rng(3))
    seed = sampling_seed(plan, opened)
    first = MARGINALS.fit(plan, opened).sample(30, SamplingSource(seed))
    again = MARGINALS.fit(plan, opened).sample(30, SamplingSource(seed))
    assert first.values.tobytes() == again.values.tobytes()
    assert first.class_index.tobytes() == again.class_index.tobytes()
    other = measure(plan, [some], np.random.default_rng(4))
    assert sampling_seed(plan, other) != seed
    assert sampling_seed(dataclasses.replace(plan, title="Another"), opened) != seed


def test_the_number_of_records_is_noisy_or_planned(make_plan, make_patients, measure):
    some = make_patients(500)
    noisy = make_plan(multiplier=1.0)
    numbers = {
        MARGINALS.default_records(noisy, measure(noisy, [some], np.random.default_rng(k)))
        for k in range(5)
    }
    assert len(numbers) > 1
    assert all(400 < n < 600 for n in numbers)
    assert MARGINALS.default_records(make_plan(n_records=77), ()) == 77


def test_pure_noise_gives_flat_tables_and_no_crash(make_plan, measure):
    plan = make_plan(n_genes=200, multiplier=20.0)
    opened = measure(plan, [None], np.random.default_rng(0))
    model = MARGINALS.fit(plan, opened)
    assert np.isfinite(model.sample(10, SamplingSource(1)).values).all()


def test_the_expected_usefulness_follows_the_rule():
    design = Design(
        n_genes=392,
        n_classes=4,
        n_max=100,
        budget=Budget(epsilon=4.0, delta=1e-5),
        parameters=MARGINALS.parameters(),
    )
    expected = MARGINALS.predict(design, 42)
    signal = 42 * gaussian_mu(4.0, 1e-5) / np.sqrt(392)
    assert expected.signal == pytest.approx(signal)
    assert expected.ratio == pytest.approx(1 - np.exp(-((signal / 1.38) ** 0.78)))
    assert expected.low < expected.ratio < expected.high
    strength = 42 * gaussian_mu(4.0, 1e-5)
    assert expected.genes_for_good == int((strength / RULE.signal_for(0.9)) ** 2)
    few = MARGINALS.predict(dataclasses.replace(design, n_genes=expected.genes_for_good), 42)
    assert few.ratio >= 0.9
    assert few.low >= 0.8
    assert few.advice is Advice.GOOD
    assert MARGINALS.predict(design, 3).advice is Advice.AGAINST
    assert MARGINALS.predict(design, 0).ratio == 0
    assert RULE.ratio(0) == 0


@pytest.mark.parametrize("layout", ["C", "F"])
def test_other_patients_are_encoded_bit_for_bit_the_same(
    make_plan, make_patients, measure, layout
):
    """Whatever the number of patients before, one more adds exactly what it adds alone."""
    plan, some = make_plan(n_genes=37), make_patients(40, n_genes=37)
    opened = measure(plan, [some], np.random.default_rng(1))
    for k, stage in enumerate(plan.stages):

        def total(rows, k=k, stage=stage):
            part = type(some)(np.array(some.values[rows], order=layout), some.class_index[rows])
            return MARGINALS.local_total(plan, stage, part, opened[:k])

        before = np.zeros(stage.values, dtype=np.int64)
        for n in range(40):
            after = total(slice(0, n + 1))
            assert (after - before).tobytes() == total(slice(n, n + 1)).tobytes()
            before = after
