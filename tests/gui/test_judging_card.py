"""How the table of a new study is judged: what is ticked stands in the plan."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication

from app.presenters.judging import evaluation_sentence, width_sentence
from app.views.pages.draft.judging_card import JudgingCard
from app.views.widgets import Check, Para
from core.messages.forecast_messages import ForecastShown
from core.model.judging import (
    AGREEMENT,
    CONFUSION,
    DISTANCES,
    Judging,
    VotePolicy,
    evaluation_key,
)
from tests.gui.hands import named

KEYS = (
    CONFUSION,
    evaluation_key(AGREEMENT),
    evaluation_key(DISTANCES),
    evaluation_key(AGREEMENT, DISTANCES),
)
SHOWN = ForecastShown(
    question="q",
    n_genes=9,
    usefulness=None,
    alone=None,
    split=(),
    reason="",
    held_out=90,
    epsilon=1.0,
    joint_widths=tuple(zip(KEYS, (0.24, 0.3, 0.26, 0.34), strict=True)),
)
GENES = "Also: do genes that differ between diagnoses lie on the same side in patients"
FAR = "Also: how far do patients lie from the synthetic ones"


def shown(qtbot, judging):
    asked: list[Judging | None] = []
    made = JudgingCard(judging, asked.append)
    qtbot.addWidget(made.frame)
    made.frame.show()
    QApplication.processEvents()
    return made, asked


def test_further_tests_are_ticked_beside_the_evaluation(qtbot) -> None:
    made, asked = shown(qtbot, Judging(evaluation=CONFUSION))
    named(made.frame, Check, GENES).click()
    named(made.frame, Check, FAR).click()
    assert [a.evaluation for a in asked] == [evaluation_key(AGREEMENT), evaluation_key(DISTANCES)]
    made, asked = shown(qtbot, Judging(evaluation=KEYS[3], vote=VotePolicy.MINIMUM))
    named(made.frame, Check, GENES).click()
    assert asked == [Judging(evaluation=evaluation_key(DISTANCES), vote=VotePolicy.MINIMUM)]


def test_without_the_evaluation_there_is_nothing_to_add(qtbot) -> None:
    made, asked = shown(qtbot, None)
    assert GENES not in {c.accessibleName() for c in made.frame.findChildren(Check)}
    named(made.frame, Check, "All hospitals judge the synthetic patients together").click()
    assert asked == [Judging(evaluation=CONFUSION)]
    made, asked = shown(qtbot, Judging(evaluation=KEYS[1]))
    named(made.frame, Check, "All hospitals judge the synthetic patients together").click()
    assert asked == [None]


def test_the_card_follows_the_forecast(qtbot) -> None:
    made, _ = shown(qtbot, Judging(evaluation=CONFUSION))
    said = [p for p in made.frame.findChildren(Para) if "90 patients" in p.words]
    assert said == []
    made.follow(SHOWN)
    (line,) = [p for p in made.frame.findChildren(Para) if "90 patients" in p.words]
    assert "to within 12 points of 100 up or down; to within 17 with both" in line.words
    assert not line.isHidden()
    made.follow(None)
    assert line.isHidden()


def test_what_further_tests_cost_is_said() -> None:
    both = Judging(evaluation=KEYS[3])
    assert "within 17 points of 100" in width_sentence(both, SHOWN)
    assert "within 12 without the further tests" in width_sentence(both, SHOWN)
    assert width_sentence(None, SHOWN) == width_sentence(both, None) == ""
    assert "same side" in evaluation_sentence(both)
    assert "how far" in evaluation_sentence(both)
    assert "same side" not in evaluation_sentence(Judging(evaluation=CONFUSION))
