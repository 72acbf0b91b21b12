"""What the joint evaluation releases: its refusals, its way through JSON, its one summary."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, replace
from typing import Any

import pytest

from core.errors import InternalError
from core.model.evaluation import JointScore, JointScores, JointTable

SCORE = JointScore(
    classifier="logistic-regression", score="macro-f1", value=0.75, low=0.5, high=1.0
)
TABLE = JointTable(
    classifier="logistic-regression", counts=((9.5, -1.0), (2.0, 20.25)), noise_sd=2.5
)
SCORES = JointScores(
    classes=("a", "b"),
    level=0.95,
    n_patients=30.5,
    n_patients_low=20.0,
    n_patients_high=41.0,
    tables=(TABLE,),
    scores=(SCORE, replace(SCORE, classifier="random-forest", value=0.65)),
)


@pytest.mark.parametrize(
    ("whole", "change"),
    [
        (SCORE, {"value": 0.4}),
        (SCORE, {"high": 1.1}),
        (SCORE, {"low": -0.1}),
        (SCORE, {"value": math.nan}),
        (TABLE, {"counts": ()}),
        (TABLE, {"counts": ((1.0, 2.0),)}),
        (TABLE, {"counts": ((math.inf,),)}),
        (TABLE, {"noise_sd": 0.0}),
        (TABLE, {"noise_sd": math.inf}),
        (SCORES, {"classes": ("a", "b", "c")}),
        (SCORES, {"level": 1.0}),
        (SCORES, {"n_patients": 19.0}),
        (SCORES, {"n_patients_high": math.inf}),
    ],
    ids=str,
)
def test_what_is_no_joint_evaluation(whole: Any, change: dict[str, Any]) -> None:
    with pytest.raises(InternalError, match="IN901"):
        replace(whole, **change)


def test_it_survives_json() -> None:
    tree = json.loads(json.dumps(asdict(SCORES)))
    assert JointScores.from_tree(tree) == SCORES
    with pytest.raises(KeyError):
        JointScores.from_tree({k: v for k, v in tree.items() if k != "tables"})
    with pytest.raises(TypeError):
        JointScores.from_tree({**tree, "n_exact": 31})


def test_scores_are_found_by_name_and_summed_up_by_their_mean() -> None:
    found = SCORES.score("random-forest", "macro-f1")
    assert found is not None
    assert found.value == 0.65
    assert SCORES.score("random-forest", "accuracy") is None
    assert SCORES.macro_f1 == pytest.approx(0.7)
    assert replace(SCORES, scores=()).macro_f1 == 0.0
