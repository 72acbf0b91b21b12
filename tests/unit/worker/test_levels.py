"""Levels are priced before anything is spent, from public numbers only."""

from dataclasses import replace

import pytest

from core.errors import SynCohortError
from core.messages.commands import AskLevels
from core.model.budget import CapState
from core.synthesis.registry import recipe_called
from core.worker.levels import levels_shown


def ask(*epsilons, n_genes=392, smallest=42):
    return AskLevels(
        cohort_id="c",
        epsilons=epsilons,
        n_genes=n_genes,
        n_classes=4,
        planned_smallest_class=smallest,
    )


def shown(question, spent=1.5, cap=4.0, recipe="marginals"):
    return levels_shown(question, CapState(cap=cap, spent=spent), recipe_called(recipe))


def test_presets_have_the_odds_they_are_named_with():
    levels = shown(ask()).levels
    assert [(v.key, v.odds, v.units) for v in levels] == [
        ("strictest", 62, 0.5),
        ("balanced", 73, 1.0),
        ("most-detail", 88, 2.0),
    ]
    assert all(v.affordable for v in levels)
    assert [v.total_odds for v in levels] == sorted(v.total_odds for v in levels)


def test_a_level_above_the_cap_is_not_affordable():
    assert [v.affordable for v in shown(ask(), spent=3.0).levels] == [True, True, False]


def test_usefulness_grows_with_the_budget_and_shrinks_with_genes():
    strict, balanced, detail = (v.usefulness.ratio for v in shown(ask()).levels)
    assert strict < balanced < detail
    few = shown(ask(n_genes=50)).levels[1].usefulness.ratio
    assert few > balanced


@pytest.mark.parametrize("wrong", [0.0, -1.0, float("nan"), 51.0])
def test_what_is_no_level_is_refused(wrong):
    with pytest.raises(SynCohortError):
        shown(ask(wrong))


def test_the_split_is_proposed_or_the_stewards_own():
    question = ask()
    balanced = shown(question, recipe="moments").levels[1]
    proposed = {part.stage: part.share for part in balanced.split}
    assert sum(proposed.values()) == pytest.approx(1.0)
    mine = (("centre", 0.3), ("class-counts", 0.1))
    changed = shown(replace(question, shares=mine), recipe="moments").levels[1]
    given = {part.stage: part.share for part in changed.split}
    assert (given["centre"], given["class-counts"]) == (0.3, 0.1)
    left = (1 - 0.3 - 0.1) / (1 - proposed["centre"] - proposed["class-counts"])
    assert given["scale"] == pytest.approx(left * proposed["scale"], abs=1e-5)
    assert given["class-sums"] == pytest.approx(
        1.0 - sum(v for k, v in given.items() if k != "class-sums")
    )
    assert [part.stage for part in changed.split if not part.own] == ["class-sums"]


@pytest.mark.parametrize(
    "wrong", [(("centre", 0.99),), (("cross", 0.5),), (("no-such", 0.1),), (("scale", 0.0),)]
)
def test_a_split_that_no_plan_can_have_is_refused(wrong):
    with pytest.raises(SynCohortError, match="PL201"):
        shown(replace(ask(), shares=wrong), recipe="moments")
