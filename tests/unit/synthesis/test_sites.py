"""Site centring: a block for each party, a guard, and later stages that see centred records."""

import dataclasses
import math

import numpy as np
import pytest

from core.errors import PlanError
from core.model.budget import Budget
from core.model.measurement import Measurement
from core.statistics.encoding import encode_patient
from core.synthesis.moments import fit as fitting
from core.synthesis.moments.sites import COUNT, GUARD, SITES, centred, site_shifts
from core.synthesis.recipe import Design
from core.synthesis.registry import recipe_called

MOMENTS = recipe_called("moments")
N_GENES = 30


@pytest.fixture
def site_plan(make_plan, stages):
    def make(multiplier=0.02, blocks=3, **changes):
        design = Design(
            n_genes=N_GENES,
            n_classes=3,
            n_max=10_000,
            budget=Budget(epsilon=10.0),
            parameters=tuple(
                (k, blocks if k == "site_blocks" else v) for k, v in MOMENTS.parameters()
            ),
        )
        return make_plan(
            N_GENES,
            recipe="moments",
            recipe_parameters=design.parameters,
            stages=stages(MOMENTS.requests(design), multiplier),
            **changes,
        )

    return make


@pytest.fixture
def hospitals(make_patients):
    """Two hospitals and a compute partner; the second reads the first five genes far higher."""
    one, two = make_patients(300, n_genes=N_GENES, seed=1), make_patients(250, N_GENES, seed=2)
    shifted = two.values.copy()
    shifted[:, :5] += 1.5
    return one, dataclasses.replace(two, values=shifted), None


def measured_at(plan, hospitals, seed=None):
    """All stages, each hospital under its own number."""
    rng = None if seed is None else np.random.default_rng(seed)
    done = ()
    while (stage := MOMENTS.next_stage(plan, done)) is not None:
        totals = sum(
            MOMENTS.local_total(plan, stage, h, done, number) for number, h in enumerate(hospitals)
        )
        if rng is not None:
            noise = rng.normal(0, math.sqrt(stage.noise.variance), stage.values)
            totals = totals + np.rint(noise).astype(np.int64)
        done = (*done, Measurement(stage=stage, totals=totals))
    return done


def test_it_is_off_by_default_and_a_plan_has_one_block_for_each_party(site_plan):
    assert SITES not in [s.name for s in site_plan(blocks=0).stages]
    plan = site_plan()
    MOMENTS.check_plan(plan)
    names = [s.name for s in plan.stages]
    assert names.index("scale") + 1 == names.index(SITES) == names.index("class-sums") - 1
    assert plan.stages[names.index(SITES)].values == 3 * (N_GENES + 1)
    assert plan.stages[names.index(SITES)].touched == N_GENES + 1
    with pytest.raises(PlanError, match="site_blocks"):
        MOMENTS.check_plan(site_plan(blocks=2))


def test_a_patient_moves_the_block_of_their_own_hospital_only(site_plan, hospitals):
    plan = site_plan()
    done = measured_at(plan, hospitals)
    at = [m.stage.name for m in done].index(SITES)
    stage = done[at].stage
    one = dataclasses.replace(
        hospitals[0],
        values=hospitals[0].values[:1] * 40,
        class_index=hospitals[0].class_index[:1],
    )
    for number in range(3):
        moved = MOMENTS.local_total(plan, stage, one, done[:at], number)
        blocks = moved.reshape(3, -1)
        assert blocks[number].any()
        assert not np.delete(blocks, number, axis=0).any()
        assert int((moved**2).sum()) <= stage.l2_sq
        assert np.abs(moved).max() <= stage.linf


def test_a_naive_second_implementation_counts_the_same_integers(site_plan, hospitals):
    """Sites, and the class sums of centred records, written out patient by patient."""
    plan = site_plan()
    done = measured_at(plan, hospitals, seed=4)
    measured = fitting.by_stage(done)
    sites, sums = measured[SITES].stage, measured["class-sums"].stage
    standard = fitting.standard(measured, None)
    shifts = site_shifts(measured[SITES], N_GENES)
    for number, hospital in enumerate(hospitals[:2]):
        mine, by_class = [0] * sites.values, [0] * sums.values
        for record, label in zip(hospital.values, hospital.class_index.tolist(), strict=True):
            x = (record - standard.centre) / standard.scale
            inside = np.clip(x, -6, 6)
            inside = inside * min(1.0, 1.15 * math.sqrt(N_GENES) / np.linalg.norm(inside))
            block = [*inside.tolist(), 0.4 * math.sqrt(N_GENES)]
            encoded = encode_patient(np.array(block), sites.units, sites.l2_sq, sites.linf)
            for i, amount in enumerate(encoded.tolist()):
                mine[number * (N_GENES + 1) + i] += amount
            moved = (record - standard.centre - standard.scale * shifts[number]) / standard.scale
            encoded = encode_patient(moved, sums.units, sums.l2_sq, sums.linf)
            for i, amount in enumerate(encoded.tolist()):
                by_class[label * N_GENES + i] += amount
        for stage, expected in ((sites, mine), (sums, by_class)):
            before = done[: [m.stage for m in done].index(stage)]
            ours = MOMENTS.local_total(plan, stage, hospital, before, number)
            np.testing.assert_array_equal(ours, expected)


def test_what_a_pipeline_adds_is_taken_out_and_noise_is_not(site_plan, hospitals):
    plan = site_plan()
    done = measured_at(plan, hospitals, seed=3)
    measured = fitting.by_stage(done)
    shifts = site_shifts(measured[SITES], N_GENES)
    assert not shifts[2].any()
    scale = fitting.standard(measured, None).scale
    apart = (shifts[1] - shifts[0]) * scale
    np.testing.assert_allclose(apart[:5], 1.5, atol=0.4)
    assert np.abs(apart[5:]).max() < 0.5
    loud = site_plan(multiplier=60.0)
    assert not site_shifts(
        fitting.by_stage(measured_at(loud, hospitals, seed=3))[SITES], N_GENES
    ).any()


def test_the_guard_and_the_least_count_are_where_they_are_stated(site_plan):
    stage = next(s for s in site_plan().stages if s.name == SITES)
    unit = COUNT * math.sqrt(N_GENES)

    def totals(mean, n_records):
        block = np.zeros((3, N_GENES + 1))
        block[0, 0], block[0, -1] = mean * n_records, unit * n_records
        return Measurement(
            stage=stage, totals=np.rint(block.reshape(-1) * stage.units).astype(np.int64)
        )

    limit = GUARD * stage.sigma_real / 100
    assert site_shifts(totals(0.98 * limit, 100), N_GENES)[0, 0] == 0
    assert site_shifts(totals(1.02 * limit, 100), N_GENES)[0, 0] == pytest.approx(
        1.02 * limit, rel=0.01
    )
    assert not site_shifts(totals(5.0, 5), N_GENES).any()


def test_records_of_both_hospitals_are_alike_after_it(site_plan, hospitals):
    plan = site_plan()
    measured = fitting.by_stage(measured_at(plan, hospitals, seed=3))
    standard = fitting.standard(measured, None)
    means = []
    for number, hospital in enumerate(hospitals[:2]):
        own = centred(standard, measured[SITES], number)
        means.append(np.mean([own.of(r) for r in hospital.values], axis=0))
    assert np.abs(means[0] - means[1])[:5].max() < 0.6
    untouched = [np.mean([standard.of(r) for r in h.values], axis=0) for h in hospitals[:2]]
    assert np.abs(untouched[0] - untouched[1])[:5].min() > 1.0
