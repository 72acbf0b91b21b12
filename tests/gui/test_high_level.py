"""Above the level Most detail: the reason is asked, kept, and sent with the plan."""

from __future__ import annotations

import dataclasses

import pytest

from app.views.dialogs.exact import ExactDialog
from app.views.dialogs.high_level import HighLevelDialog
from core.messages import commands
from core.messages.study_commands import SignPlan
from core.model.budget import Budget
from tests.gui.hands import dialog, press

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


def test_an_exact_level_above_most_detail_needs_a_reason(reach) -> None:
    made = reach("dialog_exact_reason")
    one = dialog(made.window, ExactDialog)
    assert one._take.accessibleDescription() == "Write the reason first"
    one._why.setPlainText("The rare\nsubtypes blur otherwise.")
    press(one, "Use this value")
    state = made.desk.study.privacy.state
    assert (state.exact, state.level_reason) == (2.4, "The rare subtypes blur otherwise.")
    made.desk.study.privacy.set_exact(1.5, "no reason is kept for a level below it")
    assert made.desk.study.privacy.state.level_reason == ""


def test_the_reason_goes_with_the_start_of_a_study_on_this_computer(reach) -> None:
    made = reach("join_proposed")
    privacy = made.desk.study.privacy
    privacy.set_exact(2.4, "The rare subtypes blur otherwise.")
    made.desk.study.start()
    assert made.link.last(commands.StartStudy).reason == "The rare subtypes blur otherwise."


def test_signing_a_high_level_asks_why_first(reach) -> None:
    made = reach("lobby_plan")
    study_id = made.desk.study.lobby.study_id
    plan = made.desk.study.lobbies.state.plan(made.desk.study.lobby)
    asks = made.window.page.asks
    asks.sign()
    assert made.link.last(SignPlan).reason == "", "an ordinary level needs none"
    high = dataclasses.replace(
        plan,
        plan=dataclasses.replace(
            plan.plan, budget=Budget(epsilon=2.4, delta=plan.plan.budget.delta)
        ),
    )
    made.link.play(high)
    asks.sign()
    one = dialog(made.window, HighLevelDialog)
    assert not one._go.isEnabled()
    one._box.setPlainText("The rare subtypes blur otherwise.")
    press(one, "Sign with this reason")
    sent = made.link.last(SignPlan)
    assert (sent.study_id, sent.reason) == (study_id, "The rare subtypes blur otherwise.")
