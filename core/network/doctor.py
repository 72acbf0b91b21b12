"""The connection doctor: can this computer work with the others, and if not, who can help.

Checks go from near to far and stop where the next one could not succeed. Only what the steward set
is used: a proxy of the environment is named, never silently taken.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from core import __version__
from core.errors import ProtocolError, SynCohortError
from core.messages.relay import RELAY_VERSION, Accepted, Purpose
from core.model.peer import ProxySetting, RelayRoute
from core.network.dialling import DialFailed, DialStep, Target, dial_tcp
from core.network.line_speed import Speed, measure_line
from core.network.relay_dial import DIAL_S, Ends, dial_relay, dial_relay_tls

#: A relay's clock may differ so much without a word, and so much before certificates fail.
_CLOCK_WARN_S, _CLOCK_FAIL_S = 60.0, 24 * 3600.0
_SLOW_MS: Final = 250.0
_SLOW_MBIT: Final = 10.0
#: What a party sends in a run of three hospitals with 12,000 values (protocol.md, measured).
_TYPICAL_MB: Final = 107.0
_CHECK_S: Final = 30.0


class Verdict(Enum):
    """Of one check."""

    PASS = "pass"  # noqa: S105 - no password
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRow:
    """One check.

    Attributes:
        name: What was checked.
        verdict: How it went.
        finding: What was found, one sentence.
        advice: What to do, one sentence; empty if nothing.
    """

    name: str
    verdict: Verdict
    finding: str
    advice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """What is examined.

    Attributes:
        route: The relay; its session is used for nothing but the greeting.
        proxy: As set by the steward, or None.
        now: Clock, seconds since the epoch (UTC).
        environment_proxy: Whether this computer's environment names a proxy.
        lobby: Reaches the coordinator of an invitation and hangs up; None: not checked.
    """

    route: RelayRoute
    proxy: ProxySetting | None
    now: Callable[[], float]
    environment_proxy: bool = False
    lobby: Callable[[], Awaitable[None]] | None = field(default=None, repr=False)

    @property
    def place(self) -> str:
        """The relay's address in words."""
        return f"{self.route.relay_host}:{self.route.relay_port}"


async def examine(patient: Patient) -> tuple[CheckRow, ...]:
    """Return the rows, from near to far; a check that cannot succeed any more is left out."""
    rows = [_this_computer()]
    for check in (_name, _tcp, _relay_tls, _relay_words, _line, _coordinator):
        try:
            async with asyncio.timeout(_CHECK_S):
                found = await check(patient)
        except TimeoutError:
            found = [
                CheckRow(
                    name="Time",
                    verdict=Verdict.FAIL,
                    finding=f"The check took longer than {_CHECK_S:g} s.",
                    advice="Something on the way drops packets in silence; ask the hospital's IT.",
                )
            ]
        rows += found
        if any(r.verdict is Verdict.FAIL for r in found):
            break
    return tuple(rows)


def _this_computer() -> CheckRow:
    name = "This computer"
    if not ssl.HAS_TLSv1_3:
        return CheckRow(
            name=name,
            verdict=Verdict.FAIL,
            finding=f"{ssl.OPENSSL_VERSION} lacks TLS 1.3.",
            advice="Install SynCohort again with the Python that comes with it.",
        )
    finding = f"SynCohort {__version__}, {ssl.OPENSSL_VERSION}."
    return CheckRow(name=name, verdict=Verdict.PASS, finding=finding)


async def _name(patient: Patient) -> list[CheckRow]:
    """Resolve the name that this computer dials: the proxy's, or the relay's."""
    proxy = patient.proxy
    host, port = (
        (proxy.host, proxy.port)
        if proxy is not None
        else (patient.route.relay_host, patient.route.relay_port)
    )
    what = "proxy" if proxy is not None else "relay"
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return [
            CheckRow(
                name="Name",
                verdict=Verdict.FAIL,
                finding=f"The name of the {what}, {host}, is not known to this network.",
                advice=_proxy_hint(patient) or "Check its spelling, or ask the hospital's IT.",
            )
        ]
    shown = str(found[0][4][0])
    finding = f"The {what} {host} has the address {shown}."
    return [CheckRow(name="Name", verdict=Verdict.PASS, finding=finding)]


def _proxy_hint(patient: Patient) -> str:
    if patient.environment_proxy and patient.proxy is None:
        return (
            "This computer names a proxy for its browsers, which SynCohort uses only when it is "
            "set: enter it under Settings or with --proxy."
        )
    return ""


async def _tcp(patient: Patient) -> list[CheckRow]:
    try:
        async with asyncio.timeout(DIAL_S):
            connection = await dial_tcp(
                Target(host=patient.route.relay_host, port=patient.route.relay_port),
                patient.proxy,
            )
    except DialFailed as wrong:
        return [_undialled(patient, wrong)]
    except TimeoutError:
        return [_undialled(patient, DialFailed(DialStep.TCP))]
    connection.close()
    rows = []
    if patient.proxy is not None:
        via = f"The proxy {patient.proxy.host}:{patient.proxy.port} lets this computer through."
        rows.append(CheckRow(name="Proxy", verdict=Verdict.PASS, finding=via))
    finding = f"{patient.place} accepts connections."
    return [*rows, CheckRow(name="Port", verdict=Verdict.PASS, finding=finding)]


def _undialled(patient: Patient, wrong: DialFailed) -> CheckRow:
    login = {"ntlm", "negotiate", "kerberos"} & set(wrong.schemes)
    if wrong.step is DialStep.PROXY_LOGIN and login and "basic" not in wrong.schemes:
        names = " and ".join("Kerberos" if s != "ntlm" else "NTLM" for s in sorted(login))
        return CheckRow(
            name="Proxy",
            verdict=Verdict.FAIL,
            finding=f"The proxy wants a login by {names}, which SynCohort does not speak.",
            advice=(
                f"Ask the hospital's IT to let {patient.place} pass without login, or for a "
                "local proxy (such as Px or Cntlm) that logs in for you."
            ),
        )
    advice = {
        DialStep.PROXY_LOGIN: "Check the proxy's user name and password.",
        DialStep.PROXY_REFUSED: f"Ask the hospital's IT to allow CONNECT to {patient.place}.",
        DialStep.PROXY_TCP: "Check the proxy's address and port.",
        DialStep.PROXY_NAME: "Check the proxy's name.",
        DialStep.PROXY_ANSWER: "Check that this is a proxy for HTTPS (HTTP CONNECT).",
    }.get(wrong.step, "")
    proxied = wrong.step not in {DialStep.NAME, DialStep.TCP}
    ask = (
        f"Ask the hospital's IT to allow outgoing TCP to {patient.place}, and the relay's owner "
        "whether it runs."
    )
    status = f" (status {wrong.status})" if wrong.status else ""
    finding = f"{patient.place}: {wrong.words}{status}."
    return CheckRow(
        name="Proxy" if proxied else "Port",
        verdict=Verdict.FAIL,
        finding=finding,
        advice=advice or _proxy_hint(patient) or ask,
    )


async def _relay_tls(patient: Patient) -> list[CheckRow]:
    try:
        prelude = await dial_relay_tls(patient.route, patient.proxy)
    except ProtocolError:
        return [
            CheckRow(
                name="Encryption",
                verdict=Verdict.FAIL,
                finding=f"{patient.place} shows another certificate than expected.",
                advice=(
                    f"A device may open encrypted traffic: ask the hospital's IT to except "
                    f"{patient.place} from TLS inspection; else ask for a new invitation."
                ),
            )
        ]
    except SynCohortError as wrong:
        return [
            CheckRow(
                name="Encryption",
                verdict=Verdict.FAIL,
                finding=f"{patient.place}: {dict(wrong.fields).get('reason', wrong.code)}.",
                advice="Check that this is the address of a SynCohort relay.",
            )
        ]
    prelude.abort()
    pinned = (
        "the invitation's" if patient.route.relay_certificate_sha256 else "a public authority's"
    )
    finding = f"TLS 1.3, and the certificate is {pinned}."
    return [CheckRow(name="Encryption", verdict=Verdict.PASS, finding=finding)]


async def _relay_words(patient: Patient) -> list[CheckRow]:
    """Greet the relay; judge its version and its clock."""
    ends = Ends(purpose=Purpose.DOCTOR, own="doctor", wanted="doctor")
    try:
        connection = await dial_relay(patient.route, ends, patient.proxy)
    except SynCohortError as wrong:
        return [
            CheckRow(
                name="Relay",
                verdict=Verdict.FAIL,
                finding=wrong.text,
                advice="Ask who runs the relay to update it, or try again later.",
            )
        ]
    ours = patient.now()
    connection.abort()
    return [_version(connection.accepted), _clock(connection.accepted.time - ours)]


def _version(accepted: Accepted) -> CheckRow:
    finding = f"The relay runs SynCohort {accepted.application}, this computer {__version__}."
    if accepted.version != RELAY_VERSION:
        advice = "Ask who runs the relay to update it."
        return CheckRow(name="Relay", verdict=Verdict.FAIL, finding=finding, advice=advice)
    if accepted.application != __version__:
        advice = "Both work together; all hospitals of a study need the same version."
        return CheckRow(name="Relay", verdict=Verdict.WARN, finding=finding, advice=advice)
    return CheckRow(name="Relay", verdict=Verdict.PASS, finding=finding)


def _clock(ahead_s: float) -> CheckRow:
    """Judge by how many seconds the relay's clock is ahead of ours."""
    off = abs(ahead_s)
    side = "behind" if ahead_s > 0 else "ahead of"
    if off < _CLOCK_WARN_S:
        finding = "This computer's clock agrees with the relay's."
        return CheckRow(name="Clock", verdict=Verdict.PASS, finding=finding)
    finding = f"This computer's clock is {_spoken(off)} {side} the relay's."
    return CheckRow(
        name="Clock",
        verdict=Verdict.FAIL if off >= _CLOCK_FAIL_S else Verdict.WARN,
        finding=finding,
        advice="Set this computer's clock, or let the system set it from the network.",
    )


def _spoken(seconds: float) -> str:
    if seconds < 3600:
        return f"{seconds / 60:.0f} minutes"
    if seconds < 48 * 3600:
        return f"{seconds / 3600:.0f} hours"
    return f"{seconds / 86400:.0f} days"


async def _line(patient: Patient) -> list[CheckRow]:
    try:
        speed = await measure_line(patient.route, patient.proxy)
    except (SynCohortError, OSError):
        return [
            CheckRow(
                name="Line",
                verdict=Verdict.FAIL,
                finding="Two connections of this computer did not meet at the relay.",
                advice="Something on the way cuts connections; show this list to the IT.",
            )
        ]
    return [_round_trip(speed), _throughput(speed)]


def _round_trip(speed: Speed) -> CheckRow:
    finding = f"A word to the relay and back takes {speed.round_trip_ms:.1f} ms."
    slow = speed.round_trip_ms > _SLOW_MS
    return CheckRow(
        name="Round trip",
        verdict=Verdict.WARN if slow else Verdict.PASS,
        finding=finding,
        advice="Runs will take longer; a wired network helps more than a wireless one."
        if slow
        else "",
    )


def _throughput(speed: Speed) -> CheckRow:
    seconds = _TYPICAL_MB * 8 / speed.mbit_s
    finding = (
        f"{speed.mbit_s:.0f} Mbit/s to the relay and back; what one party sends in a typical run "
        f"({_TYPICAL_MB:.0f} MB) takes {seconds:.1f} s of it."
    )
    slow = speed.mbit_s < _SLOW_MBIT
    return CheckRow(
        name="Throughput",
        verdict=Verdict.WARN if slow else Verdict.PASS,
        finding=finding,
        advice="Runs will take longer; start them when the line is quiet." if slow else "",
    )


async def _coordinator(patient: Patient) -> list[CheckRow]:
    if patient.lobby is None:
        return []
    try:
        async with asyncio.timeout(DIAL_S):
            await patient.lobby()
    except TimeoutError:
        verdict, finding = Verdict.WARN, "The coordinator is not at the relay at the moment."
        advice = "Ask whether its application is open with this study."
    except SynCohortError as wrong:
        verdict, finding, advice = Verdict.FAIL, wrong.text, "Call the coordinator."
    else:
        verdict, advice = Verdict.PASS, ""
        finding = "The coordinator answers, with the invitation's certificate and our version."
    return [CheckRow(name="Coordinator", verdict=verdict, finding=finding, advice=advice)]


def it_text(patient: Patient, rows: tuple[CheckRow, ...]) -> str:
    """Return what a steward can send to the hospital's IT: what is needed, and what was found."""
    host, port = patient.route.relay_host, patient.route.relay_port
    needs = [
        "SynCohort lets hospitals compute together without showing patients to each other.",
        "What it needs from the network:",
        f"- outgoing TCP from this computer to {host}, port {port}; nothing comes in",
        "- TLS 1.3 end to end: please except this address from TLS inspection, since the",
        "  certificate is pinned and an opened connection is refused",
        "- connections that stay open for hours; there is a sign of life every 10 seconds",
        "- or an HTTP proxy that allows CONNECT to this address, without login or with Basic",
        "",
        "What the connection doctor found:",
    ]
    found = [
        f"[{row.verdict.value}] {row.name}: {row.finding}{' ' if row.advice else ''}{row.advice}"
        for row in rows
    ]
    return "\n".join([*needs, *found]) + "\n"
