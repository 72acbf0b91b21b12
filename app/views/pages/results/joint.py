"""What all hospitals evaluated together: released numbers, apart from the local ones."""

from __future__ import annotations

from app.presenters.joint_scores import joint_table, joint_values, joint_words
from app.presenters.joint_tables import (
    agreement_table,
    agreement_values,
    agreement_words,
    distance_table,
    distance_values,
    distance_words,
)
from app.presenters.wording import say
from app.presenters.wording.candidates import setting_name
from app.views.figures import Sheet, figure_card
from app.views.pages.results.parts import Look
from app.views.widgets import beside, para
from app.views.widgets.layout import Item
from core.figures.released import joint_scores
from core.figures.released_tables import joint_agreement, joint_distances
from core.model.evaluation import JointScores


def joint_card(look: Look) -> tuple[Item, ...]:
    """The joint evaluation's scores; nothing where the study has none."""
    joint = look.ready.release.joint
    if joint is None:
        return ()
    note = say(
        "Every hospital tested the models on its own held-out patients; only noisy counts were "
        "added up and opened, and their cost is part of this study’s units. These numbers may be "
        "published; those with the other badge may not."
    )
    selection = look.ready.release.selection
    if selection is not None:
        best = say(
            "They are those of {name}, the best of {n}, and so on average too high.",
            name=setting_name(selection.letter),
            n=len(selection.candidates),
        )
        note = say("{note} {best}", note=note, best=best)
    sheet = Sheet(
        title=say("In all hospitals together"),
        make=lambda style: joint_scores(joint, style),
        says=joint_words(joint),
        table=joint_table(joint),
        values=joint_values(joint),
        released=True,
        height=260,
    )
    return (figure_card(look.desk, sheet, para(note)), *_further(look, joint))


def _further(look: Look, joint: JointScores) -> tuple[Item, ...]:
    """What the plan asked beside the scores."""
    cards = [
        figure_card(look.desk, sheet) for sheet in (_agreement(joint), _distances(joint)) if sheet
    ]
    if len(cards) == 2:
        return (beside(cards[0], cards[1], (1, 1)),)
    return tuple(cards)


def _agreement(joint: JointScores) -> Sheet | None:
    found = joint.agreement
    if found is None:
        return None
    return Sheet(
        title=say("Differences between diagnoses, in all hospitals"),
        make=lambda style: joint_agreement(found, joint.classes, style),
        says=agreement_words(found),
        table=agreement_table(found, joint),
        values=agreement_values(found, joint),
        released=True,
        height=300,
    )


def _distances(joint: JointScores) -> Sheet | None:
    found = joint.distances
    if found is None:
        return None
    return Sheet(
        title=say("Distance to the synthetic patients, in all hospitals"),
        make=lambda style: joint_distances(found, style),
        says=distance_words(found),
        table=distance_table(found),
        values=distance_values(found),
        released=True,
        height=300,
    )
