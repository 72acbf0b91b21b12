"""Which noise a study's stages have: economy where joint noise would keep two cores busy for long,
and the parties' own where a stage has very many values.
"""

from __future__ import annotations

import pytest

from core.model.budget import Budget
from core.model.drawing import NoiseChoice
from core.privacy.noise import DEFAULT_TOP_BITS, ECONOMY_TOP_BITS
from core.study.drafting import Agreement, Seat, draft_plan
from core.synthesis.registry import recipe_called
from core.worker.calibrating import calibrated
from core.worker.noise_family import family_for, family_words, noise_of


def agreement(n_genes: int, n_classes: int) -> Agreement:
    return Agreement(
        study_id="0" * 32,
        title="Test",
        rehearsal=True,
        recipe="marginals",
        recipe_parameters=recipe_called("marginals").parameters(),
        genes=tuple(f"GENE{i}" for i in range(n_genes)),
        label_name="diagnosis",
        classes=tuple(f"class {i}" for i in range(n_classes)),
        budget=Budget(epsilon=1.0),
        n_max=10_000,
        holdout_share=0.2,
        n_records=None,
    )


@pytest.mark.parametrize(
    ("n_genes", "n_classes", "n_parties", "family"),
    [
        (978, 5, 3, DEFAULT_TOP_BITS),
        (978, 5, 10, DEFAULT_TOP_BITS),
        (20_000, 5, 3, DEFAULT_TOP_BITS),
        (20_000, 5, 10, ECONOMY_TOP_BITS),
        (30_000, 20, 3, ECONOMY_TOP_BITS),
    ],
)
def test_the_family_follows_the_predicted_time(n_genes, n_classes, n_parties, family):
    found = family_for(agreement(n_genes, n_classes), n_parties, NoiseChoice.JOINT)
    assert (found.top_bits, found.choice) == (family, NoiseChoice.JOINT)


def test_what_the_parties_add_themselves_is_not_waited_for():
    """Every stage but the counts is above 20,000 values: nothing is left that takes a minute."""
    found = family_for(agreement(30_000, 20), 3)
    assert (found.top_bits, found.choice) == (DEFAULT_TOP_BITS, NoiseChoice.AUTO)


def plan_with(choice: NoiseChoice, n_genes: int):
    asked = agreement(n_genes, 3)
    family = family_for(asked, 3, choice)
    made = calibrated(asked, 3, family)
    seats = [Seat(name=f"Hospital {i}", has_cohort=True) for i in range(3)]
    plan = draft_plan(asked, seats, ["0" * 64] * 3, made.stages, made.account.epsilon)
    return plan, family_words(plan, family)


def test_one_line_says_who_draws_the_noise():
    joint, words = plan_with(NoiseChoice.JOINT, 20)
    assert {noise_of(s) for s in joint.stages} == {NoiseChoice.JOINT}
    assert words == "Noise family N = 400, drawn inside the joint computation: nobody knows it"
    local, words = plan_with(NoiseChoice.LOCAL, 20)
    assert {noise_of(s) for s in local.stages} == {NoiseChoice.LOCAL}
    assert words == "Every stage: each of the 3 parties adds noise of its own"
    mixed, words = plan_with(NoiseChoice.AUTO, 2_000)
    own = [s.name for s in mixed.stages if s.values > 20_000]
    assert own == [s.name for s in mixed.stages if noise_of(s) is NoiseChoice.LOCAL] == ["tables"]
    assert words.endswith("; tables: each of the 3 parties adds noise of its own")
