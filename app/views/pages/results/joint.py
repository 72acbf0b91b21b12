"""What all hospitals evaluated together: released numbers, apart from the local ones."""

from __future__ import annotations

from app.presenters.joint_scores import joint_table, joint_values, joint_words
from app.presenters.wording import say
from app.views.figures import Sheet, figure_card
from app.views.pages.results.parts import Look
from app.views.widgets import para
from app.views.widgets.layout import Item
from core.figures.released import joint_scores


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
    sheet = Sheet(
        title=say("In all hospitals together"),
        make=lambda style: joint_scores(joint, style),
        says=joint_words(joint),
        table=joint_table(joint),
        values=joint_values(joint),
        released=True,
        height=260,
    )
    return (figure_card(look.desk, sheet, para(note)),)
