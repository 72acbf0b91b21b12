"""Proxy, hosted relay and connection doctor by pressing buttons: real workers, a real proxy, a
real relay.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication

from app.presenters.run import RunPhase
from app.views.dialogs.connection import ConnectionDialog
from app.views.dialogs.invitation import InvitationDialog, JoinDialog
from app.views.dialogs.relay import StopRelayDialog
from core.study.invitation import read_invitation
from tests.gui import checks
from tests.gui.connect_proxy import connect_proxy
from tests.gui.joint_hospital import Hospital, Meeting

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(240),
    pytest.mark.qt_log_ignore("propagateSizeHints"),
]
LOGIN = "svc-syncohort:op3n s3same"
STUDY_ROWS = ["Coordinator", "Its certificate", "Its version"]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@pytest.fixture
def north(tmp_path: Path, qtbot) -> Iterator[Hospital]:
    made = Hospital(tmp_path, "North", qtbot)
    yield made
    made.close()


@pytest.fixture
def river(tmp_path: Path, qtbot) -> Iterator[Hospital]:
    made = Hospital(tmp_path, "River", qtbot)
    yield made
    made.close()


def looked(hospital: Hospital) -> dict[str, str]:
    """What the doctor's dialog found: row -> verdict."""
    asked = hospital.dialog(ConnectionDialog)
    connection = hospital.desk.connection
    hospital.wait(lambda: not connection.state.checking, 90)
    assert connection.state.checked is not None, connection.state.check_problem
    hospital.wait(lambda: checks.faults(asked) == [], 5)
    return {row.name: row.verdict for row in connection.state.checked.rows}


def close(hospital: Hospital) -> None:
    hospital.press("Close", hospital.dialog(ConnectionDialog))
    hospital.quiet()


def host_a_relay(hospital: Hospital) -> None:
    hospital.window.section_chosen.emit("settings")
    hospital.write("Port of this computer", str(free_port()))
    hospital.press("Start the relay")
    hospital.wait(lambda: hospital.desk.connection.state.relay is not None)


def test_a_proxy_with_a_login_is_set_checked_and_left(north: Hospital) -> None:
    host_a_relay(north)
    connection = north.desk.connection
    with connect_proxy(LOGIN) as proxy:
        user, password = LOGIN.split(":")
        north.write("Address of the proxy", "127.0.0.1")
        north.write("Port of the proxy", str(proxy.port))
        north.write("User name", user)
        north.write("Password", "wrong")
        north.press("Use this proxy")
        north.wait(lambda: connection.state.shown.proxy_host == "127.0.0.1")
        north.press("Check with this proxy")
        found = looked(north)
        assert (found["Proxy"], found["Encryption"]) == ("fail", "wait")
        assert proxy.refused
        close(north)

        north.write("Password", password)
        north.press("Use this proxy")
        north.wait(lambda: not connection.state.saving)
        north.press("Check with this proxy")
        found = looked(north)
        assert set(found.values()) == {"pass"}
        assert list(found)[-1] == "Run time"
        assert proxy.tunnels >= 4
        asked = north.dialog(ConnectionDialog)
        north.press("Copy text for hospital IT", asked)
        copied = QGuiApplication.clipboard().text()
        assert "[pass] Proxy: 127.0.0.1" in copied
        north.press("Close", asked)
        north.quiet()
        kept = b"".join(p.read_bytes() for p in north.home.rglob("*") if p.is_file())
        for place in (kept, copied.encode(), "".join(north.link.logs).encode()):
            assert password.encode() not in place

        through = proxy.tunnels
        north.press("Dial directly")
        north.wait(lambda: connection.state.shown.proxy_host == "")
        north.press("Check with this proxy")
        assert set(looked(north).values()) == {"pass"}
        assert proxy.tunnels == through
        close(north)


def create_at_own_relay(north: Hospital) -> str:
    """Begin a study that meets at the relay of this window; return an invitation."""
    north.press("New study")
    north.choose_cohort()
    north.press("Continue to Privacy")
    north.press("Continue to Join")
    north.wait(lambda: north.desk.study.draft.state.own_genes)
    north.settings.hosted_port = free_port()
    north.press("Run the relay on this computer")
    north.wait(lambda: north.desk.connection.state.relay is not None)
    place = north.desk.connection.state.relay
    draft = north.desk.study.draft.state
    assert (draft.host, draft.port) == (place.host, place.port)
    assert draft.fingerprint == place.certificate_sha256
    north.press("Check the connection")
    assert set(looked(north).values()) == {"pass"}
    close(north)
    north.write("Name of the study", "Two kinds")
    north.write("Purpose in plain words", "To tell them apart")
    north.attest()
    north.press("Create the study")
    north.wait(lambda: north.desk.study.lobby is not None)
    north.press("Make an invitation")
    text = north.dialog(InvitationDialog)._text.toPlainText()
    north.press("Done", north.dialog(InvitationDialog))
    assert read_invitation(text).meeting == place, "address and certificate go along"
    return text


def stop_the_relay(north: Hospital) -> None:
    """Closing asks first and is declined; then it is stopped in the settings, which asks, too."""
    north.window.close()
    asked = north.dialog(StopRelayDialog)
    assert north.window.isVisible()
    north.press("Keep it running", asked)
    north.quiet()
    assert north.desk.connection.state.relay is not None
    north.window.section_chosen.emit("settings")
    north.press("Stop the relay")
    north.press("Stop the relay", north.dialog(StopRelayDialog))
    north.wait(lambda: north.desk.connection.state.relay is None)


def test_hospitals_meet_at_the_relay_of_the_coordinators_window(
    north: Hospital, river: Hospital
) -> None:
    text = create_at_own_relay(north)
    river.press("Join with invitation")
    river.dialog(JoinDialog)._text.setPlainText(text)
    river.press("Open invitation", river.dialog(JoinDialog))
    river.press("Check the connection")
    found = looked(river)
    assert list(found)[-3:] == STUDY_ROWS
    assert set(found.values()) == {"pass"}
    close(river)
    assert north.lobby.participants[1:] == (), "a check asks for nothing"
    counted = north.desk.connection
    north.wait(lambda: counted.state.shown.relay_connections >= 1)
    north.wait(lambda: counted.state.shown.relay_bytes > 1_000_000)
    stop_the_relay(north)
    river.press("Check the connection")
    found = looked(river)
    assert found["Port"] == "fail"
    assert {found[row] for row in STUDY_ROWS} == {"wait"}
    close(river)

    study = north.desk.study.lobbies.state.lobbies[0].study_id
    north.wait(lambda: not north.desk.study.lobbies.state.of(study).online)
    north.window.section_chosen.emit("studies")
    north.router.open_lobby(study)
    north.press("Start the relay")
    north.wait(lambda: north.desk.connection.state.relay is not None)
    north.wait(lambda: north.desk.study.lobbies.state.of(study).online)
    river.press("Check the connection")
    assert set(looked(river).values()) == {"pass"}
    close(river)


def test_a_hospital_behind_a_proxy_runs_a_study_at_the_coordinators_relay(
    north: Hospital, river: Hospital, tmp_path: Path, qtbot
) -> None:
    lake = Hospital(tmp_path, "Lake", qtbot)
    try:
        host_a_relay(north)
        place = north.desk.connection.state.relay
        with connect_proxy(LOGIN) as proxy:
            user, password = LOGIN.split(":")
            river.desk.connection.use_proxy(
                host="127.0.0.1", port=proxy.port, user=user, password=password
            )
            river.wait(lambda: river.desk.connection.state.shown.proxy_host)
            north.window.section_chosen.emit("studies")
            north.begin(
                Meeting(
                    host=place.host,
                    port=place.port,
                    relay=True,
                    fingerprint=place.certificate_sha256,
                )
            )
            north.join_all(river, lake)
            joined = proxy.tunnels
            assert joined >= 1
            for one in (north, river, lake):
                one.sign()
            for one in (north, river, lake):
                one.second_person()
            north.press("Start secure counting")
            for one in (north, river, lake):
                one.wait(lambda one=one: one.desk.study.run.state.over, 180)
                run = one.desk.study.run.state
                assert run.phase is RunPhase.FINISHED, run.problem
            assert proxy.tunnels >= joined + 2, "the run dials two hospitals through the proxy"
            river.close()
    finally:
        lake.close()
