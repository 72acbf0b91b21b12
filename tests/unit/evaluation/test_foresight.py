"""What is said before the run about the score's interval: against the intervals themselves."""

import argparse

import numpy as np
import pytest

from core.errors import PlanError
from core.evaluation.foresight import CHOICES, expected_width, widths
from core.evaluation.scores import estimates
from core.evaluation.stages import FOREST, LOGISTIC, shapes
from core.evaluation.words import explain_tables
from core.messages.forecast_messages import ForecastShown
from core.model.budget import Budget
from core.model.evaluation import JointScores
from core.model.joint_tables import JointAgreement, JointDistances, JointShare
from core.model.judging import AGREEMENT, CONFUSION, FURTHER, Judging, VotePolicy, evaluation_key
from core.worker.commands.judging_arguments import (
    add_judging_terms,
    joint_lines,
    judging_of,
    width_lines,
)
from core.worker.commands.study_words import judging_words
from tests.unit.evaluation.conftest import plan_for


@pytest.mark.parametrize("further", [(), FURTHER], ids=["confusion", "all"])
def test_the_width_is_about_that_of_the_intervals(further):
    """Even classes, four fifths right, noise drawn twelve times: the mean within a fifth."""
    judging, sd = Judging(evaluation=evaluation_key(*further)), 2.0
    planned, each = shapes(judging, 4), 30.0
    right = np.full((4, 4), each * 0.2 / 3) + np.eye(4) * (each * 0.8 - each * 0.2 / 3)
    exact = [right, right, np.full((4, 5), each / 5), np.full((1, 6), 4 * each / 6)]
    values = np.concatenate([part.ravel() for part in exact[: len(planned)]])
    generator, found = np.random.default_rng(1), []
    for seed in range(12):
        noisy = values + generator.normal(scale=sd, size=len(values))
        _, numbers = estimates(planned, noisy, sd, bytes([seed] * 32))
        found += [high - low for _, (low, high) in (numbers[k][1] for k in (LOGISTIC, FOREST))]
    assert expected_width(judging, 4, 120, sd) == pytest.approx(np.mean(found), rel=0.2)


def test_more_tables_a_stricter_level_and_fewer_patients_make_it_wider():
    known = dict(widths(Budget(epsilon=4.0), 4, 1_000, 3, 100))
    assert tuple(known) == CHOICES
    assert known[CONFUSION] == min(known.values())
    assert known[evaluation_key(*FURTHER)] == max(known.values())
    strict = dict(widths(Budget(epsilon=1.0), 4, 1_000, 3, 100))
    assert all(strict[key] > known[key] for key in CHOICES)
    few = dict(widths(Budget(epsilon=4.0), 4, 1_000, 3, 30))
    assert all(few[key] > known[key] for key in CHOICES)
    assert expected_width(Judging(evaluation=CONFUSION), 50, 10, 100.0) == 1.0
    with pytest.raises(PlanError, match="held_out"):
        expected_width(Judging(evaluation=CONFUSION), 3, 0, 1.0)


def test_the_plan_in_words_names_every_table_and_what_it_costs():
    plain, both = plan_for(), plan_for(judging=Judging(evaluation=evaluation_key(*FURTHER)))
    (words,) = explain_tables(plain)
    assert "each of 2 tables" in words
    assert "alone" not in words
    (words,) = explain_tables(both)
    assert "each of 4 tables" in words
    assert "in quarters" in words
    assert "nearest synthetic record" in words
    wide = expected_width(both.judging, 3, 100, both.evaluation_stages[0].sigma_real)
    less = expected_width(plain.judging, 3, 100, plain.evaluation_stages[0].sigma_real)
    assert f"{wide:.2f} wide" in words
    assert words.endswith(f"{less:.2f}.")
    assert explain_tables(plan_for(judging=Judging(vote=VotePolicy.YES_NO))) == ()


def parsed(*words, default=False):
    parser = argparse.ArgumentParser()
    add_judging_terms(parser, default=default)
    return judging_of(parser.parse_args(words))


def test_the_command_line_asks_for_further_tables():
    assert parsed() is None
    assert parsed("--evaluate").evaluation == CONFUSION
    assert parsed("--also", "agreement").further == (AGREEMENT,)
    both = parsed("--also", "distances", "--also", "agreement", default=True)
    assert both.evaluation == evaluation_key(*FURTHER)
    said = judging_words(both)
    assert "whether its differences between diagnoses agree" in said[1]
    assert "how far they lie" in said[2]


def test_the_terminal_says_the_width_and_the_results():
    shown = ForecastShown(
        question="q", epsilon=1.0, n_genes=9, usefulness=None, alone=None, split=(), reason="",
        held_out=60, joint_widths=tuple(zip(CHOICES, (0.2, 0.24, 0.22, 0.26), strict=True)),
    )  # fmt: skip
    (line,) = width_lines(Judging(evaluation=CONFUSION), shown)
    assert "60 held-out" in line
    assert "0.20 wide, 0.26 with all of --also" in line
    (line,) = width_lines(Judging(evaluation=evaluation_key(AGREEMENT)), shown)
    assert "0.24 wide, 0.20 without --also" in line
    assert width_lines(None, shown) == width_lines(Judging(vote=VotePolicy.YES_NO), shown) == []
    share = JointShare(value=0.75, low=0.7, high=0.81, synthetic=0.8)
    joint = JointScores(
        classes=("a", "b"), level=0.95, n_patients=50.0, n_patients_low=40.0,
        n_patients_high=60.0, tables=(), scores=(),
        agreement=JointAgreement(
            n_genes=5, counts=((1.0,) * 5,) * 2, noise_sd=2.0, overall=share,
            by_class=(share, share),
        ),
        distances=JointDistances(
            edges=(1.0,) * 5, counts=(1.0,) * 6, synthetic=(0.05, 0.2, 0.25, 0.25, 0.2, 0.05),
            noise_sd=2.0, closer=share, further=share,
        ),
    )  # fmt: skip
    lines = joint_lines(joint)
    assert lines[0].endswith("agreement of differences 0.75 (0.70 to 0.81), the records "
                             "themselves 0.80; chance 0.50")  # fmt: skip
    assert len(lines) == 3
