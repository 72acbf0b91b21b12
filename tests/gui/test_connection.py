"""Proxy, hosted relay and connection doctor over a script: what is sent, kept, shown and asked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLineEdit

from app.presenters.connection import Subject
from app.views.dialogs.connection import ConnectionDialog
from app.views.dialogs.relay import StopRelayDialog
from app.views.widgets import Banner
from core.messages import events as said
from core.messages import study_commands as wish
from core.messages.study_events import RelayHosted
from tests.gui import hands, joint_script, shots
from tests.gui import shots_connection as shown

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


def test_a_proxy_of_the_environment_is_used_only_when_asked(reach) -> None:
    made = reach("settings_proxy_environment")
    assert "SetProxy" not in made.link.names()
    assert "proxy.northgate.example:3128" in hands.banners(made.window)
    hands.press(made.window.page, "Use it")
    sent = made.link.last(wish.SetProxy)
    assert (sent.proxy.host, sent.proxy.port) == ("proxy.northgate.example", 3128)
    assert (sent.proxy.user, sent.proxy.password, sent.keep) == ("", "", True)


def test_a_password_leaves_the_field_for_the_worker_and_stays_nowhere(reach) -> None:
    made = reach("settings_proxy")
    page = made.window.page
    box = hands.named(page, QLineEdit, "Password")
    assert box.echoMode() is QLineEdit.EchoMode.Password
    box.setText("op3n s3same")
    hands.press(page, "Use this proxy")
    assert made.link.last(wish.SetProxy).proxy.password == "op3n s3same"
    assert box.text() == ""
    made.settings.flush()
    kept = repr(made.desk.connection.state) + repr(made.link.last(wish.SetProxy))
    kept += "".join(made.settings._store.fileName() and Path(made.settings._store.fileName())
                    .read_text())  # fmt: skip
    assert "s3same" not in kept


def test_a_proxy_with_a_wrong_name_is_refused_beside_the_fields(reach) -> None:
    made = reach("settings_proxy")
    box = hands.named(made.window.page, QLineEdit, "Address of the proxy")
    box.setText("proxy name with spaces")
    hands.press(made.window.page, "Use this proxy")
    assert "SetProxy" not in made.link.names()
    assert made.desk.connection.state.proxy_problem.code == "PL201"


def test_only_the_answer_to_the_last_question_is_shown(reach) -> None:
    made = reach("settings_proxy")
    connection = made.desk.connection
    connection.check(Subject(title="one", meeting=joint_script.RELAY))
    connection.check(Subject(title="two", study_id="a" * 32))
    made.link.play(shown.checked(shown.OPENED))
    assert connection.state.checked is None
    made.link.play(shown.checked(shown.WELL))
    assert connection.state.checked.rows == shown.WELL
    assert not connection.state.checking


def test_a_check_is_copied_and_repeated(reach) -> None:
    made = reach("connection_failed")
    asked = hands.dialog(made.window, ConnectionDialog)
    hands.press(asked, "Copy text for hospital IT")
    assert QGuiApplication.clipboard().text() == shown.TEXT
    hands.press(asked, "Check again")
    assert made.link.names().count("CheckConnection") == 2
    assert not asked._again.isEnabled()
    made.link.play(shown.checked(shown.WELL))
    assert asked._outcome.words == "1 of 14 needs attention"


@pytest.mark.parametrize(
    ("state", "field"),
    [
        ("invitation", "content"),
        ("joining_ask", "content"),
        ("ask_refused", "content"),
        ("lobby_offline", "study_id"),
        ("lobby_gathering", "study_id"),
        ("lobby_failed", "study_id"),
        ("draft_no_relay", "meeting"),
        ("draft_refused", "meeting"),
    ],
)
def test_every_place_where_a_connection_can_fail_offers_the_doctor(reach, state, field) -> None:
    made = reach(state)
    found = hands.buttons(made.window.page, "Check the connection")
    assert found
    found[0].click()
    sent = made.link.last(wish.CheckConnection)
    assert getattr(sent, field)
    others = {"content", "study_id", "meeting"} - {field}
    assert not any(getattr(sent, other) for other in others)


def test_a_relay_started_from_the_draft_becomes_its_meeting_point(reach) -> None:
    made = reach("draft_no_relay")
    hands.press(made.window.page, "Run the relay on this computer")
    assert made.link.last(wish.HostRelay).port == 8443
    made.link.play(RelayHosted(meeting=shown.RELAY), shown.HOSTING)
    assert made.desk.study.draft.state.meeting == shown.RELAY


def test_a_relay_started_elsewhere_does_not_change_a_draft(reach) -> None:
    made = reach("draft_no_relay")
    before = made.desk.study.draft.state.meeting
    made.link.play(RelayHosted(meeting=shown.RELAY), shown.HOSTING)
    assert made.desk.study.draft.state.meeting == before
    hands.press(made.window.page, "Meet at the relay of this computer")
    assert made.desk.study.draft.state.meeting == shown.RELAY


def test_closing_asks_while_a_relay_runs(reach) -> None:
    made = reach("settings_hosting")
    made.window.close()
    asked = hands.dialog(made.window, StopRelayDialog)
    assert asked._default.text().strip("\u2005") == "Keep it running"
    hands.press(asked, "Keep it running")
    assert made.window.isVisible()
    made.link.play(replace(shown.HOSTING, relay=None))
    made.window.close()
    assert not made.window.isVisible()


def test_a_new_worker_forgets_what_the_old_one_ran(reach) -> None:
    made = reach("settings_hosting")
    made.link.die()
    made.link.play(said.WorkerReady(version="0.1.0", ledger_entries=0, broken_entry=0))
    assert made.desk.connection.state.relay is None
    assert made.link.names().count("AskConnection") >= 2


def visible_banners(made: shots.Stand) -> list[str]:
    QApplication.processEvents()
    found = made.window.page.findChildren(Banner)
    return [b.accessibleName() for b in found if b.isVisible()]


def test_a_study_at_the_own_relay_offers_to_start_it_again(reach) -> None:
    made = reach("lobby_own_relay_ended")
    assert "The relay of this study does not run" in hands.banners(made.window)
    hands.press(made.window.page, "Start the relay")
    assert made.link.last(wish.HostRelay).port == shown.RELAY.port
    made.link.play(RelayHosted(meeting=shown.RELAY), shown.HOSTING)
    assert not any("does not run" in words for words in visible_banners(made))


def test_a_study_at_another_relay_says_nothing_about_the_own(reach) -> None:
    made = reach("lobby_gathering")
    made.link.play(replace(shown.PLAIN, own_relay_sha256="e" * 64))
    assert not any("does not run" in words for words in visible_banners(made))
