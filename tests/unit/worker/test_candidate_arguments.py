"""``--candidate``: what is read, what is refused before anything is spent, and what is said."""

import argparse
import dataclasses

import pytest

from core.cli import REFUSED, main
from core.errors import PlanError, WorkerError
from core.model.candidate import CandidateWish
from core.model.judging import Judging, VotePolicy
from core.privacy.explain import explain_candidates
from core.worker.calibrating import checked_claim, with_candidates
from core.worker.commands.candidate_arguments import (
    add_candidates,
    candidates_of,
    made_with,
    promise_lines,
    promises_of,
    recipe_of,
    selection_lines,
)
from core.worker.commands.judging_arguments import add_judging, wishes_of
from tests.unit.worker.test_candidates import WISHES, agreement, planned

TWO = ("recipe=moments", "recipe=marginals,genes=4,centre_clip=5.5")


def arguments(*candidates, recipe=None, share=(), more=()):
    parser = argparse.ArgumentParser()
    add_judging(parser)
    words = [word for c in candidates for word in ("--candidate", c)]
    found = parser.parse_args([*words, *more])
    found.recipe, found.share = recipe, list(share)
    return found


def test_settings_are_read_as_typed():
    assert candidates_of(arguments(*TWO)) == (
        CandidateWish(recipe="moments"),
        CandidateWish(recipe="marginals", n_genes=4, parameters=(("centre_clip", 5.5),)),
    )
    bins = candidates_of(arguments("recipe=moments", "recipe=marginals, bins=6"))
    assert bins[1].parameters == (("bins", 6),)
    assert type(bins[1].parameters[0][1]) is int
    assert candidates_of(arguments(recipe="marginals")) == ()
    assert recipe_of(arguments()) == "moments"


@pytest.mark.parametrize(
    ("second", "says"),
    [
        ("marginals", "not NAME=VALUE"),
        ("recipe=marginals,", "not NAME=VALUE"),
        ("recipe=marginals,recipe=moments", "twice"),
        ("recipe=magic", "none of moments, marginals"),
        ("genes=4", "none of moments, marginals"),
        ("recipe=marginals,genes=many", "number of genes"),
        ("recipe=marginals,bins=four", "bins is no number"),
    ],
)
def test_words_that_are_no_setting(second, says):
    with pytest.raises(WorkerError, match=says):
        candidates_of(arguments(TWO[0], second))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"recipe": "moments"}, "--recipe does not go"),
        ({"share": ["centre=0.2"]}, "--share does not go"),
        ({"more": ["--no-evaluate"]}, "--no-evaluate does not go"),
    ],
)
def test_what_does_not_go_with_candidates(changes, says):
    with pytest.raises(WorkerError, match=says):
        candidates_of(arguments(*TWO, **changes))


@pytest.mark.parametrize("candidates", [TWO[:1], TWO * 2])
def test_one_candidate_is_no_choice_and_four_are_too_many(candidates):
    with pytest.raises(PlanError, match="2 or 3"):
        candidates_of(arguments(*candidates))


def test_candidates_bring_the_joint_evaluation_with_them():
    assert wishes_of(arguments(*TWO)).judging == Judging(evaluation="confusion-1")
    wishes = wishes_of(arguments(*TWO, more=["--vote", "yes-no"]))
    assert wishes.judging == Judging(evaluation="confusion-1", vote=VotePolicy.YES_NO)
    assert wishes.candidates == candidates_of(arguments(*TWO))
    assert wishes_of(arguments()).judging is None


def test_a_rehearsal_with_wrong_candidates_starts_nothing(tmp_path, capsys):
    file = tmp_path / "a.csv"
    file.write_text("patient,label,G1,G2\n")
    words = ["rehearse", "--cohort", str(file), "--label", "label", "--out", str(tmp_path / "out")]
    assert main([*words, "--candidate", "recipe=moments"]) == REFUSED
    assert "2 or 3" in capsys.readouterr().err
    assert main(
        [*words, "--recipe", "moments", *[w for c in TWO for w in ("--candidate", c)]]
    ) == (REFUSED)
    assert "does not go with --candidate" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_before_the_run_it_is_said_whether_trying_several_pays():
    """Alone and among: a rare class makes the price large; two settings alike are no stake."""
    asked = with_candidates(agreement(), WISHES, 40)
    found = promises_of(asked, 40)
    assert all(p.among.ratio < p.alone.ratio for p in found)
    lines = promise_lines(found)
    assert lines[0].startswith("Setting a (moments, 6 genes): expected to reach")
    assert "sqrt(2)" in lines[-1]
    alike = dataclasses.replace(found[0], words="moments, 5 genes")
    assert "Advice: take moments, 6 genes alone" in promise_lines([found[0], alike])[-1]
    worse = dataclasses.replace(
        found[1], alone=dataclasses.replace(found[1].alone, ratio=0.01, low=0.0, high=0.1)
    )
    assert "may pay" in promise_lines([found[0], worse])[-1]


def test_settings_may_differ_in_bins_only_and_are_named_by_them():
    words = ("recipe=marginals", "recipe=marginals,bins=6")
    asked = with_candidates(agreement(), candidates_of(arguments(*words)), 40)
    plan = planned(asked)
    first, second = plan.candidates
    assert (dict(first.recipe_parameters)["bins"], dict(second.recipe_parameters)["bins"]) == (
        4,
        6,
    )
    assert plan.stage("b:tables").values == 2 * 6 * 6
    assert plan.stage("a:tables").values == 2 * 6 * 4
    assert plan.stage("b:tables").l2_sq == plan.stage("a:tables").l2_sq
    assert checked_claim(plan).epsilon <= 2.0
    assert made_with(plan, "b").parameter("bins") == 6
    usual, finer = found = promises_of(asked, 40)
    assert finer.alone.ratio < usual.alone.ratio
    lines = promise_lines(found)
    assert lines[1].startswith("Setting b (marginals, 6 genes, 6 bins): expected to reach")
    assert "a: marginals, 6 genes, 4 bins; b: marginals, 6 genes, 6 bins" in " ".join(
        explain_candidates(plan)
    )


@pytest.mark.parametrize("bins", ["4", "1", "9", "2.5"])
def test_the_same_bins_twice_or_others_are_refused_before_anything_is_spent(bins):
    words = ("recipe=marginals", f"recipe=marginals,bins={bins}")
    with pytest.raises(PlanError, match="stands twice" if bins == "4" else "2 to 8"):
        planned(with_candidates(agreement(), candidates_of(arguments(*words)), 40))


def test_a_release_of_several_settings_needs_its_letter():
    plan = planned(with_candidates(agreement(), WISHES))
    assert made_with(plan, "b").genes == plan.genes[:4]
    for letter in ("", "c"):
        with pytest.raises(PlanError, match="a or b"):
            made_with(plan, letter)
    one = planned(dataclasses.replace(agreement(), **alone()))
    assert made_with(one, "") is one
    with pytest.raises(PlanError, match="no candidate settings"):
        made_with(one, "a")
    assert selection_lines(None, one.candidates) == []


def alone():
    from core.synthesis.registry import recipe_called

    return {"recipe": "marginals", "recipe_parameters": recipe_called("marginals").parameters()}


def test_the_option_says_what_it_costs(capsys):
    parser = argparse.ArgumentParser()
    add_candidates(parser)
    assert "sqrt(2)" in parser.format_help()
