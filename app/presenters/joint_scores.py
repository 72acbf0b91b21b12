"""The joint evaluation's scores in words and rows: released numbers with their intervals."""

from __future__ import annotations

from app.presenters.report_tables import ReportTable
from app.presenters.report_values import FigureValues
from app.presenters.wording import count, say
from app.presenters.wording.measures import CLASSIFIERS, SCORES
from core.model.evaluation import JointScore, JointScores


def joint_table(joint: JointScores) -> ReportTable:
    """One row per model and score, of 100."""
    level = say("{n} of 100", n=round(100 * joint.level))
    rows = tuple(
        (
            _name(score),
            f"{100 * score.value:.0f}",
            say("{low} to {high}", low=f"{100 * score.low:.0f}", high=f"{100 * score.high:.0f}"),
        )
        for score in joint.scores
    )
    return ReportTable(heads=(say("Model and score"), say("Of 100"), level), rows=rows)


def _name(score: JointScore) -> str:
    model = CLASSIFIERS.get(score.classifier, score.classifier)
    return f"{model}, {SCORES.get(score.score, score.score)}"


def joint_words(joint: JointScores) -> str:
    """Return on how many patients the scores rest, which is itself a noisy number."""
    return say(
        "About {n} held-out patients of all hospitals ({low} to {high}; the exact number stays "
        "secret). Mean macro-F1: {score} of 100.",
        n=count(round(joint.n_patients)),
        low=count(round(joint.n_patients_low)),
        high=count(round(joint.n_patients_high)),
        score=round(100 * joint.macro_f1),
    )


def joint_values(joint: JointScores) -> FigureValues:
    """The same as numbers, 0 to 1."""
    heads = ("classifier", "score", "value", "low", "high", "level")
    rows = tuple(
        (s.classifier, s.score, s.value, s.low, s.high, joint.level) for s in joint.scores
    )
    return FigureValues(heads=heads, rows=rows)
