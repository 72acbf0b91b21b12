"""What all hospitals evaluated together: released numbers, apart from the local ones."""

from __future__ import annotations

from app.presenters.joint_scores import joint_table, joint_words
from app.presenters.wording import say
from app.views.pages.results.parts import Look, released, wide_table
from app.views.widgets import card, para
from app.views.widgets.layout import Item


def joint_card(look: Look) -> tuple[Item, ...]:
    """The joint evaluation's scores; nothing where the study has none."""
    joint = look.ready.release.joint
    if joint is None:
        return ()
    title = say("In all hospitals together")
    note = say(
        "Every hospital tested the models on its own held-out patients; only noisy counts were "
        "added up and opened, and their cost is part of this study’s units. These numbers may be "
        "published; the ones below may not."
    )
    table = wide_table(joint_table(joint), title)
    return (card(title, para(joint_words(joint)), table, note=note, aside=released()),)
