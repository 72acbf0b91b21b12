"""From wishes to a plan with candidate settings, and what every party recomputes of it."""

import dataclasses
import math

import pytest

from core.errors import PlanError
from core.messages.study_commands import CreateStudy
from core.model.budget import Budget
from core.model.candidate import CandidateWish
from core.model.invitation import MeetingPoint
from core.model.judging import CONFUSION, Judging
from core.model.plan import Attestation, Patients, Plan
from core.privacy.accountant import Exposure, compose
from core.privacy.calibration import NoiseFamily
from core.privacy.conversion import gaussian_mu
from core.study.drafting import Agreement, Seat, draft_plan
from core.synthesis.settings import budget_part, setting_of, settings_of
from core.worker.calibrating import (
    calibrated,
    checked_claim,
    explained,
    with_candidates,
    with_split,
)
from core.worker.studies.study_setup import panel_of, terms_of

GENES = tuple(f"G{i}" for i in range(6))
WISHES = (
    CandidateWish(recipe="moments"),
    CandidateWish(recipe="marginals", n_genes=4, parameters=(("centre_clip", 5.0),)),
)
FAMILY = NoiseFamily(top_bits=155)


def agreement(**changes):
    fields = {
        "study_id": "0" * 32,
        "title": "A test",
        "rehearsal": True,
        "recipe": "marginals",
        "recipe_parameters": (),
        "genes": GENES,
        "label_name": "subtype",
        "classes": ("A", "B"),
        "budget": Budget(epsilon=2.0),
        "judging": Judging(evaluation=CONFUSION),
    }
    return Agreement(**{**fields, **changes})


def planned(asked):
    made = calibrated(asked, 3, FAMILY)
    seats = [Seat(name=f"Hospital {i}", has_cohort=True) for i in range(3)]
    return draft_plan(asked, seats, ["0" * 64] * 3, made.stages, made.account.epsilon)


@pytest.fixture(scope="module")
def plan():
    return planned(with_candidates(agreement(), WISHES))


def with_stage(plan, name, **changes):
    stages = tuple(dataclasses.replace(s, **changes) if s.name == name else s for s in plan.stages)
    return dataclasses.replace(plan, stages=stages)


# ---------------------------------------------------------------- drafting


def test_a_drafted_plan_holds_and_reads_back(plan):
    assert Plan.from_bytes(plan.canonical_bytes()) == plan
    assert (plan.format_version, plan.recipe, plan.genes) == (4, "", GENES)
    a, b = plan.candidates
    assert (a.recipe, a.n_genes, b.recipe, b.n_genes) == ("moments", 6, "marginals", 4)
    assert dict(b.recipe_parameters)["centre_clip"] == 5.0
    assert checked_claim(plan).epsilon <= plan.epsilon_accounted <= 2.0
    held = plan.evaluation_stages[0]
    assert (held.values, held.touched, held.l2_sq) == (2 * 2 * 4, 4, 4 * held.linf**2)


def test_each_recipe_proposes_for_its_part_of_the_budget():
    """At a smaller budget the split is another one; what is asked for stays as it is."""
    asked = agreement(budget=Budget(epsilon=4.0), classes=("A", "B", "C"))
    wishes = (CandidateWish(recipe="moments"), CandidateWish(recipe="moments", n_genes=2))
    found = with_candidates(asked, wishes, 12).candidates[0]
    alone = with_split(
        dataclasses.replace(asked, recipe="moments", budget=budget_part(asked.budget, 2)), 12
    )
    assert found.recipe_parameters == alone.recipe_parameters
    parts = budget_part(asked.budget, 2)
    mu = gaussian_mu(4.0, parts.delta) / math.sqrt(2)
    assert gaussian_mu(parts.epsilon, parts.delta) == pytest.approx(mu, rel=1e-6)


def test_the_panel_is_as_large_as_the_largest_candidate():
    wishes = tuple(dataclasses.replace(w, n_genes=n) for w, n in zip(WISHES, (3, 5), strict=True))
    assert with_candidates(agreement(), wishes).genes == GENES[:5]


@pytest.mark.parametrize(
    ("wishes", "says"),
    [
        (WISHES[:1], "candidates"),
        (WISHES * 2, "candidates"),
        ((WISHES[0], dataclasses.replace(WISHES[1], n_genes=7)), "7"),
        ((WISHES[0], dataclasses.replace(WISHES[1], n_genes=1)), "PL207"),
        ((WISHES[0], dataclasses.replace(WISHES[1], recipe="magic")), "PL208"),
        ((WISHES[0], dataclasses.replace(WISHES[1], parameters=(("speed", 1),))), "speed"),
    ],
    ids=["one", "four", "too many genes", "one gene", "unknown recipe", "unknown parameter"],
)
def test_wishes_that_no_plan_could_have(wishes, says):
    with pytest.raises(PlanError, match=says):
        with_candidates(agreement(), wishes)


@pytest.mark.parametrize(("name", "value"), [("bins", 9), ("bins", 2.5), ("scale_clip", 1.0)])
def test_a_parameter_out_of_range_is_refused_before_anything_is_calibrated(name, value):
    wishes = (WISHES[0], dataclasses.replace(WISHES[1], parameters=((name, value),)))
    with pytest.raises(PlanError, match=name):
        calibrated(with_candidates(agreement(), wishes), 3, FAMILY)


def test_the_terms_of_a_study_carry_what_its_plan_will_have():
    ask = CreateStudy(
        title="T",
        purpose="P",
        cohort_id="",
        genes=GENES,
        label_name="subtype",
        classes=("A", "B"),
        recipe="moments",
        epsilon=2.0,
        delta=1e-6,
        n_max=1000,
        n_records=None,
        meeting=MeetingPoint(host="h", port=1, relay=False),
        attestations=(Attestation.NO_COLLUSION,),
        judging=Judging(evaluation=CONFUSION),
        candidates=WISHES,
    )
    terms = terms_of(ask, panel_of(ask, ()))
    wanted = with_candidates(agreement(n_max=1000), WISHES)
    assert (terms.recipe, terms.recipe_parameters) == ("", ())
    assert terms.candidates == wanted.candidates
    with pytest.raises(PlanError, match="splits its own"):
        terms_of(dataclasses.replace(ask, shares=(("centre", 0.2),)), panel_of(ask, ()))
    with pytest.raises(PlanError, match="no joint evaluation"):
        terms_of(dataclasses.replace(ask, judging=None), panel_of(ask, ()))


# ---------------------------------------------------------------- as its recipe sees it


def test_each_setting_is_a_plan_that_its_recipe_accepts(plan):
    first, second = settings_of(plan)
    for setting in (first, second):
        setting.recipe.check_plan(setting.plan)
        assert sum(s.share for s in setting.plan.stages) == pytest.approx(1, abs=1e-12)
    assert second.plan.genes == GENES[:4]
    assert [s.name for s in second.plan.stages] == ["class-counts", "centre", "scale", "tables"]
    stage = plan.stage("b:centre")
    assert first.own(stage) is None
    own = second.own(stage)
    assert own == second.plan.stage("centre")
    assert (own.noise, own.linf, own.units) == (stage.noise, stage.linf, stage.units)
    assert setting_of(plan, "b") == second


def test_a_plan_with_one_recipe_is_its_only_setting():
    asked = with_split(dataclasses.replace(agreement(judging=None), recipe="moments"))
    one = planned(asked)
    (setting,) = settings_of(one)
    assert setting.plan is one
    assert setting.own(one.stages[0]) is one.stages[0]


# ---------------------------------------------------------------- the account


def test_training_patients_pay_for_every_candidate(plan):
    """The account is that of all stages together, and each candidate has half of mu squared."""
    stages = plan.recipe_stages
    found = checked_claim(plan)
    training, held = found.of(Patients.TRAINING), found.of(Patients.HOLDOUT)
    assert training.epsilon == compose([Exposure.of(s) for s in stages], 1e-6).epsilon
    assert len(training.stages) == len(stages)
    parts = [sum(s.mu_sq for s in training.stages if s.name.startswith(x)) for x in "ab"]
    assert parts[0] == pytest.approx(parts[1], rel=0.05)
    assert sum(parts) == pytest.approx(training.mu_sq)
    assert max(training.epsilon, held.epsilon) == found.epsilon <= 2.0


def test_the_planted_mistake_of_giving_each_candidate_the_whole_budget_is_refused(plan):
    """Stages calibrated as if each candidate were alone, under shares that look right."""
    alone = planned(with_split(dataclasses.replace(agreement(), recipe="marginals")))
    mine = {s.name: s for s in alone.recipe_stages}
    twice = with_candidates(agreement(), (CandidateWish(recipe="marginals"), WISHES[1]))
    honest = planned(twice)
    cheat = tuple(
        dataclasses.replace(mine[s.name[2:]], name=s.name, share=s.share)
        if s.name.startswith("a:")
        else s
        for s in honest.stages
    )
    wrong = dataclasses.replace(honest, stages=cheat)
    with pytest.raises(PlanError, match="less than the plan costs"):
        checked_claim(wrong)
    checked_claim(honest)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("b:tables", {"values": 999}),
        ("b:centre", {"touched": 3}),
        ("a:class-sums", {"exact_shift": False, "linf": 1, "l2_sq": 1}),
        ("joint-confusion", {"values": 8}),
    ],
)
def test_a_plan_whose_stages_are_not_those_of_its_candidates_is_refused(plan, name, changes):
    with pytest.raises(PlanError, match="PL201"):
        checked_claim(with_stage(plan, name, **changes))


def test_the_planted_mistake_of_one_table_for_several_candidates_is_refused(plan):
    """Sized for one table, the evaluation would be moved twice as far by a patient as stated."""
    one = planned(with_split(dataclasses.replace(agreement(), recipe="moments")))
    wrong = dataclasses.replace(plan, stages=(*plan.recipe_stages, *one.evaluation_stages))
    with pytest.raises(PlanError, match="joint-confusion"):
        checked_claim(wrong)


def test_the_words_say_what_choosing_costs(plan):
    words = " ".join(explained(plan, checked_claim(plan)))
    assert "a: moments, 6 genes; b: marginals, 4 genes" in words
    assert "1 / 2 of the training patients' mu^2" in words
    assert "1.41 times the noise" in words
