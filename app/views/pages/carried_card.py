"""What a rehearsal takes over from the study that was written down: one card of the Join page."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame

from app.presenters.carried import Carried, carried_facts, left_out
from app.presenters.wording import say
from app.views.widgets import Pairs, card


def carried_card(carried: Carried) -> QFrame:
    """Say what is rehearsed, and what is not."""
    title = say("Taken over from your study")
    return card(title, Pairs(*carried_facts(carried)), note=left_out())
