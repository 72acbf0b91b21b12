"""The way to the other hospitals in every state: proxy, hosted relay, connection doctor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QPoint
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFrame

from app.theme import current_theme
from core.messages import events as said
from core.messages import study_events as joint_said
from core.model.connection import ConnectionRow
from core.model.invitation import MeetingPoint
from tests.gui import joint_script as joint
from tests.gui import script, shots_joint, shots_lobby
from tests.gui.stand import Stand

RELAY = MeetingPoint(
    host="10.20.30.40", port=8443, relay=True, certificate_sha256="0123456789abcdef" * 4
)
PLAIN = joint_said.ConnectionShown(
    proxy_host="",
    proxy_port=0,
    proxy_user="",
    has_password=False,
    password_kept=False,
    key_store=True,
    environment="",
    relay=None,
    own_relay_sha256="",
    relay_connections=0,
    relay_bytes=0,
)
HOSTING = replace(PLAIN, relay=RELAY, relay_connections=7, relay_bytes=48_210_332)
BEHIND = replace(
    PLAIN,
    proxy_host="proxy.northgate-university-hospital.example",
    proxy_port=3128,
    proxy_user="svc-syncohort",
    has_password=True,
    password_kept=True,
)


def check(name: str, verdict: str, finding: str, advice: str = "") -> ConnectionRow:
    return ConnectionRow(name=name, verdict=verdict, finding=finding, advice=advice)


NEAR = (
    check("This computer", "pass", "SynCohort 0.1.0, protocol 1 (relay 1), OpenSSL 3.5.4."),
    check("Name", "pass", "The relay relay.cohort-net.example has the address 192.0.2.17."),
    check("Proxy", "pass", "No proxy is set: this computer dials directly."),
    check("Port", "pass", "relay.cohort-net.example:443 accepts connections."),
)
WELL = (
    *NEAR,
    check("Encryption", "pass", "TLS 1.3, and the relay's certificate is the expected one."),
    check("Relay", "pass", "The relay runs SynCohort 0.1.0, this computer 0.1.0."),
    check("Clock", "pass", "This computer's clock agrees with the relay's."),
    check("Round trip", "pass", "A word there and back takes 24.1 ms."),
    check("Throughput", "pass", "93 Mbit/s to the relay and back."),
    check(
        "Run time",
        "pass",
        "The run of this study would take about 20 seconds over this line; this computer sends "
        "76 MB.",
    ),
    check("Coordinator", "pass", "The coordinator answers."),
    check("Its certificate", "pass", "It proved the certificate that the study names."),
    check("Its version", "pass", "It runs SynCohort 0.1.0 and protocol 1, as we do."),
    check(
        script.HOSPITALS[3],
        "warn",
        "It is not there at the moment; its certificate is to be the plan's.",
        "Ask whether its application is open with this study.",
    ),
)
OPENED = (
    *NEAR,
    check(
        "Encryption",
        "fail",
        "relay.cohort-net.example:443 shows another certificate than expected.",
        "A device may open encrypted traffic: ask the hospital's IT to except "
        "relay.cohort-net.example:443 from TLS inspection; else ask for a new invitation.",
    ),
    *(
        check(name, "wait", "Not checked: it needs “Encryption” first.")
        for name in ("Relay", "Clock", "Round trip", "Throughput", "Run time")
    ),
)
TEXT = "What it needs from the network:\n- outgoing TCP to relay.cohort-net.example, port 443\n"


def checked(rows: tuple[ConnectionRow, ...]) -> joint_said.ConnectionChecked:
    return joint_said.ConnectionChecked(rows=rows, text=TEXT)


def _settings(s: Stand, shown: joint_said.ConnectionShown) -> None:
    shots_joint.begun(s)
    s.link.play(shown)
    s.window.section_chosen.emit("settings")


def _to(s: Stand, title: str) -> None:
    """Scroll to a card."""
    QApplication.processEvents()
    QTest.qWait(30)
    body = s.window.page.body
    if title == "A relay on this computer" and not current_theme().tokens.stacked:
        title = "Proxy"  # which stands beside it
    wanted = next(f for f in body.content.findChildren(QFrame) if f.accessibleName() == title)
    body.verticalScrollBar().setValue(wanted.mapTo(body.content, QPoint(0, 0)).y() - 8)


def settings_proxy(s: Stand) -> None:
    _settings(s, BEHIND)
    _to(s, "Proxy")


def settings_proxy_environment(s: Stand) -> None:
    _settings(s, replace(PLAIN, environment="proxy.northgate.example:3128", key_store=False))
    _to(s, "Proxy")


def settings_proxy_refused(s: Stand) -> None:
    _settings(s, replace(BEHIND, has_password=False, password_kept=False))
    fields = (("file", "proxy.json"), ("reason", "no space is left"))
    s.link.play(said.Refused(command="SetProxy", code="WO603", fields=fields))
    _to(s, "Proxy")


def settings_hosting(s: Stand) -> None:
    _settings(s, HOSTING)
    _to(s, "A relay on this computer")


def settings_host_refused(s: Stand) -> None:
    _settings(s, PLAIN)
    fields = (("step", "start the relay"), ("reason", "port 8443 is not free here"))
    s.link.play(said.Refused(command="HostRelay", code="WO604", fields=fields))
    _to(s, "A relay on this computer")


def draft_relay_here(s: Stand) -> None:
    shots_joint.draft(s)
    s.link.play(HOSTING)
    s.window.page._meeting._meet_here()
    _to(s, "Where the hospitals meet")


def draft_no_relay(s: Stand) -> None:
    shots_joint.draft(s)
    s.link.play(PLAIN)
    _to(s, "Where the hospitals meet")


def connection_checking(s: Stand) -> None:
    shots_joint.joining_ask(s)
    s.window.page.check_wanted.emit()


def connection_well(s: Stand) -> None:
    shots_joint.joining_ask(s)
    s.window.page.check_wanted.emit()
    s.link.play(checked(WELL))


def connection_failed(s: Stand) -> None:
    _settings(s, PLAIN)
    s.settings.relay_host = joint.RELAY.host
    s.window.page.check_wanted.emit()
    s.link.play(checked(OPENED))


def connection_refused(s: Stand) -> None:
    connection_checking(s)
    fields = (("reason", "it is cut off"),)
    s.link.play(said.Refused(command="CheckConnection", code="ST701", fields=fields))


def ask_refused(s: Stand) -> None:
    shots_joint.joining_ask(s)
    spent = ("spent", "Nothing is spent.")
    fields = (("relay", "relay.cohort-net.example:443"), ("reason", "it hung up"), spent)
    s.link.play(said.Refused(command="JoinStudy", code="SE407", fields=fields))


def _lobby_here(s: Stand) -> None:
    shots_lobby.lobby_gathering(s)
    s.link.play(joint.changed(replace(joint.gathering(), meeting=RELAY)))
    s.link.play(replace(PLAIN, own_relay_sha256=RELAY.certificate_sha256))


def lobby_own_relay_ended(s: Stand) -> None:
    _lobby_here(s)


def lobby_own_relay_blocked(s: Stand) -> None:
    _lobby_here(s)
    s.desk.connection.host(RELAY.port)
    fields = (("step", "start the relay"), ("reason", "port 8443 of this computer is not free"))
    s.link.play(said.Refused(command="HostRelay", code="WO604", fields=fields))


def dialog_stop_relay(s: Stand) -> None:
    _settings(s, HOSTING)
    s.window.page.stop_relay_wanted.emit()


def dialog_close_relay(s: Stand) -> None:
    _settings(s, HOSTING)
    s.window.close()


STATES: dict[str, Callable[[Stand], None]] = {
    name: state
    for name, state in list(globals().items())
    if callable(state)
    and getattr(state, "__module__", "") == __name__
    and not name.startswith("_")
    and name not in ("check", "checked")
}
