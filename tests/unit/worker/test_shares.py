"""What the stages get of what a study spends: as a person asks, the rest scaled, or refused."""

from __future__ import annotations

import pytest

from core.errors import PlanError, WorkerError
from core.messages.forecast_messages import AskForecast
from core.model.budget import Budget
from core.synthesis.recipe import Design
from core.synthesis.registry import recipe_called, recipes
from core.worker.commands.split_arguments import shares_of, sites_lines, split_lines
from core.worker.forecast import forecast_shown
from core.worker.shares import split_of, split_parameters

MOMENTS = recipe_called("moments")


def design(recipe=MOMENTS, parameters=None):
    return Design(
        n_genes=200,
        n_classes=3,
        n_max=10_000,
        budget=Budget(epsilon=4.0, delta=1e-6),
        parameters=parameters or recipe.parameters(),
    )


def split(*given, recipe=MOMENTS):
    parameters = split_parameters(recipe, design(recipe), 50, given)
    return {p.stage: p.share for p in split_of(recipe, design(recipe, parameters))}


@pytest.mark.parametrize("recipe", recipes(), ids=lambda r: r.name)
def test_one_share_is_taken_and_the_others_keep_their_proportions(recipe):
    proposed = split(recipe=recipe)
    for stage in proposed:  # also the one that gets the rest, and has no parameter of its own
        changed = split((stage, 0.5), recipe=recipe)
        assert changed[stage] == pytest.approx(0.5, abs=1e-5)
        assert sum(changed.values()) == pytest.approx(1)
        scaled = {k: v / proposed[k] for k, v in changed.items() if k != stage}
        assert max(scaled.values()) == pytest.approx(min(scaled.values()), rel=1e-3)


def test_little_may_be_left_for_the_class_means_although_other_stages_are_not_used():
    assert split(("class-sums", 0.05))["class-sums"] == pytest.approx(0.05, abs=1e-5)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ((("no-such", 0.1),), "no stage 'no-such'; it has class-counts, levels"),
        ((("cross", 0.1),), "no stage 'cross'"),
        ((("centre", 0.1), ("centre", 0.2)), "given twice"),
        ((("centre", 0.0),), "not from 0.005"),
        ((("centre", float("nan")),), "not from 0.005"),
        ((("centre", 1.0),), "to below 1"),
        ((("centre", 0.5), ("scale", 0.49)), "leave nothing for class-counts, levels"),
    ],
)
def test_shares_that_no_plan_can_have_are_refused_with_the_reason(given, words):
    with pytest.raises(PlanError, match="PL201") as caught:
        split(*given)
    assert words in str(caught.value)


def test_all_stages_may_be_named_if_they_make_one_whole():
    every = dict.fromkeys(split(), 1 / 6)
    assert split(*every.items()) == pytest.approx(every, abs=1e-5)
    with pytest.raises(PlanError, match=r"sum to 0\.6"):
        split(*((stage, 0.1) for stage in every))


class Typed:
    def __init__(self, *words: str) -> None:
        self.share = list(words)


def test_the_command_line_says_what_it_did_not_understand():
    assert shares_of(Typed("class-sums=0.5", " centre = .2")) == (
        ("class-sums", 0.5),
        ("centre", 0.2),
    )
    for wrong in ("centre", "centre=much", "=", ""):
        with pytest.raises(WorkerError, match="STAGE=PART"):
            shares_of(Typed(wrong))


def forecast(**changes):
    asked = {
        "question": "q",
        "recipe": "moments",
        "cohort_id": "",
        "genes": (),
        "n_genes": 200,
        "n_classes": 3,
        "epsilon": 4.0,
        "delta": 1e-6,
        "n_max": 10_000,
        "planned_smallest_class": 50,
    }
    return forecast_shown(AskForecast(**(asked | changes)), 200, None)


def test_a_forecast_tells_split_reason_and_usefulness_of_what_was_written_down():
    plain, sites = forecast(), forecast(centre_sites=True)
    assert "sites" not in {p.stage for p in plain.split}
    assert {p.stage: p.share for p in sites.split}["sites"] == pytest.approx(0.1)
    assert "200 genes, 3 classes of at least 50 patients, epsilon 4" in plain.reason
    assert forecast(planned_smallest_class=None).usefulness is None
    assert forecast(recipe="marginals").usefulness.ratio < plain.usefulness.ratio
    mine = {p.stage: p.share for p in forecast(shares=(("centre", 0.3),)).split}
    assert mine["centre"] == pytest.approx(0.3)
    shared = forecast(parts=3)
    assert shared.usefulness.ratio < plain.usefulness.ratio, "each setting has a third of it"
    assert shared.undivided == plain.usefulness
    widths = zip(shared.joint_widths, plain.joint_widths, strict=True)
    assert all(more > less for (_, more), (_, less) in widths), "and so has each joint table"
    with pytest.raises(PlanError, match="candidates"):
        forecast(parts=4)
    with pytest.raises(PlanError, match="marginals cannot take out"):
        forecast(recipe="marginals", centre_sites=True)


def test_a_forecast_tells_how_sure_the_joint_score_will_be():
    plain = forecast()
    assert plain.held_out == 30, "a fifth of three classes of 50"
    assert [key.count("+") for key, _ in plain.joint_widths] == [0, 1, 1, 2]
    first, *_, last = (width for _, width in plain.joint_widths)
    assert 0 < first < last <= 1
    unplanned = forecast(planned_smallest_class=None)
    assert unplanned.held_out == 100
    assert unplanned.joint_widths[0][1] < first


def test_the_terminal_reads_the_split_largest_first_with_its_reason_and_advice():
    shown = forecast()
    first, reason = split_lines(shown.split, shown.reason, own=False)
    assert first.index("class-sums") < first.index("levels")
    assert reason == shown.reason
    assert split_lines(shown.split, shown.reason, own=True)[1].startswith("Proposed was: For 200")
    assert sites_lines(4.0, centred=False) == []
    assert "leave it off" in sites_lines(1.0, centred=True)[1]
    assert "about 150 patients" in sites_lines(4.0, centred=True)[1]
