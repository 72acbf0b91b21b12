"""The split of the budget: whole hundredths, from public numbers, and it follows the plan."""

import dataclasses

import pytest

from core.model.budget import Budget
from core.synthesis.moments import split as splitting
from core.synthesis.moments.design import PARAMETERS
from core.synthesis.recipe import Design
from core.synthesis.reference.file import build_reference
from core.synthesis.registry import recipe_called, recipes

MOMENTS = recipe_called("moments")
GENES = tuple(f"G{i}" for i in range(392))


@pytest.fixture
def reference(make_patients):
    return build_reference(
        make_patients(60, n_genes=392, seed=9).values,
        GENES,
        title="t",
        provenance="p",
        licence="l",
        source_sha256="0" * 64,
    ).for_panel(GENES)


def design(epsilon=4.0, n_genes=392, n_classes=4, reference=None):
    return Design(
        n_genes=n_genes,
        n_classes=n_classes,
        n_max=10_000,
        budget=Budget(epsilon=epsilon, delta=1e-5),
        parameters=MOMENTS.parameters(),
        reference=reference,
    )


def shares(one, n_min=42):
    return dict(MOMENTS.proposed(one, n_min).parameters)


@pytest.mark.parametrize("epsilon", [0.1, 1.0, 4.0, 10.0, 50.0])
@pytest.mark.parametrize(("n_genes", "n_classes"), [(20, 2), (392, 4), (5_000, 14)])
@pytest.mark.parametrize("n_min", [None, 1, 40, 5_000])
def test_every_plan_gets_shares_that_its_recipe_accepts(epsilon, n_genes, n_classes, n_min):
    one = design(epsilon, n_genes, n_classes)
    proposed = MOMENTS.proposed(one, n_min)
    assert [name for name, _ in proposed.parameters] == [name for name, _ in PARAMETERS]
    again = Design(
        n_genes=n_genes,
        n_classes=n_classes,
        n_max=10_000,
        budget=one.budget,
        parameters=proposed.parameters,
    )
    stages = {r.name: r.share for r in MOMENTS.requests(again)}
    assert sum(stages.values()) == pytest.approx(1)
    assert all(abs(100 * s - round(100 * s)) < 1e-9 for s in stages.values())
    assert stages["class-sums"] > 0.25 - 1e-9


def test_a_reference_leaves_no_less_for_the_class_sums_than_the_least(reference):
    for epsilon in (0.5, 1.0, 4.0, 10.0):
        given = shares(design(epsilon, reference=reference))
        used = (v for k, v in given.items() if k.startswith("share_") and k != "share_sites")
        rest = 1 - sum(used)
        assert rest >= 0.25 - 1e-9
        assert given["share_class_scores"] >= 0.1


def test_site_centring_is_paid_for_from_everything_and_stays_switched_on():
    one = design(4.0)
    asked = tuple((k, 3 if k == "site_blocks" else v) for k, v in one.parameters)
    with_sites = dataclasses.replace(one, parameters=asked)
    given = shares(with_sites)
    assert given["site_blocks"] == 3
    again = dataclasses.replace(one, parameters=tuple(given.items()))
    stages = {r.name: r.share for r in MOMENTS.requests(again)}
    assert stages["sites"] == pytest.approx(0.1)
    assert stages["class-sums"] > 0.25 - 1e-9
    assert sum(stages.values()) == pytest.approx(1)


def test_no_hundredth_moved_costs_less(reference):
    one = design(1.0, reference=reference)
    best = splitting.best_split(one, 42, 0.02)
    cost = splitting._cost(one, 42, best)
    for a in best:
        for b in best:
            moved = {**best, a: best[a] - 1}
            moved[b] = moved[b] + 1
            allowed = best[a] > {**splitting._LEAST, "scale": 3}[a]
            assert a == b or not allowed or splitting._cost(one, 42, moved) >= cost


def test_it_follows_the_plan(reference):
    """Little budget: where genes lie, counts, scores. Much: how far they spread."""
    tight, wide = shares(design(1.0)), shares(design(10.0))
    assert tight["share_centre"] > 2 * wide["share_centre"]
    assert tight["share_class_counts"] > wide["share_class_counts"]
    assert wide["share_scale"] > 5 * tight["share_scale"]
    assert shares(design(1.0, reference=reference))["share_centre"] < tight["share_centre"]
    assert shares(design(1.0, n_genes=1_000))["share_centre"] > tight["share_centre"]
    assert shares(design(1.0), n_min=400) == pytest.approx(shares(design(10.0)), abs=0.1)


@pytest.mark.parametrize("recipe", recipes(), ids=lambda r: r.name)
def test_the_reason_is_one_sentence_that_names_the_plan(recipe):
    reason = recipe.proposed(design(2.0), 33).reason
    assert reason.endswith(".")
    assert "\n" not in reason
    if recipe.name == "moments":
        assert "392 genes, 4 classes of at least 33 patients, epsilon 2 and no public" in reason
        assert "40 patients" in recipe.proposed(design(2.0), None).reason
