"""The connection doctor: can this computer work with the others, and if not, who can help.

Checks go from near to far; what lies behind a failure is named and waits. Only what the steward
set is used: a proxy of the environment is named, never silently taken.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from core import __version__
from core.errors import InternalError, ProtocolError, SynCohortError
from core.messages.relay import RELAY_VERSION, Accepted, Purpose
from core.model.peer import DirectRoute, ProxySetting, RelayRoute, Route
from core.network.dialling import DialFailed, DialStep, Target, dial_tcp
from core.network.doctor_line import line_rows, time_connecting
from core.network.doctor_peers import COORDINATOR_ROWS, coordinator_rows
from core.network.doctor_rows import CheckRow, Verdict, passed, waiting
from core.network.lobby_channel import LOBBY_VERSION
from core.network.relay_dial import DIAL_S, Ends, dial_relay, dial_relay_tls
from core.network.run_time import TYPICAL, Workload

#: A relay's clock may differ so much without a word, and so much before certificates fail.
_CLOCK_WARN_S, _CLOCK_FAIL_S = 60.0, 24 * 3600.0
_CHECK_S: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """What is examined.

    Attributes:
        route: The relay, whose session is used for nothing but the greeting; or the coordinator's
            own address.
        proxy: As set by the steward, or None.
        now: Clock, seconds since the epoch (UTC).
        environment: Proxy that this computer's environment names, as HOST:PORT; empty: none.
        lobby: Reaches the coordinator of a study and hangs up; None: not checked.
        others: Rows about the hospitals of a study; None: not checked.
        work: What the study's run has to do; a typical run without a plan.
    """

    route: Route
    proxy: ProxySetting | None
    now: Callable[[], float]
    environment: str = ""
    lobby: Callable[[], Awaitable[None]] | None = field(default=None, repr=False)
    others: Callable[[], Awaitable[Sequence[CheckRow]]] | None = field(default=None, repr=False)
    work: Workload = TYPICAL

    @property
    def host(self) -> str:
        """The far end's name or address."""
        route = self.route
        return route.relay_host if isinstance(route, RelayRoute) else route.host

    @property
    def port(self) -> int:
        """Its port."""
        route = self.route
        return route.relay_port if isinstance(route, RelayRoute) else route.port

    @property
    def place(self) -> str:
        """The far end's address in words."""
        return f"{self.host}:{self.port}"

    @property
    def what(self) -> str:
        """What the far end is."""
        return "relay" if isinstance(self.route, RelayRoute) else "coordinator"


_Check = tuple[tuple[str, ...], Callable[[Patient], Awaitable[Sequence[CheckRow]]]]


async def examine(patient: Patient) -> tuple[CheckRow, ...]:
    """Return the rows, from near to far; a check that cannot succeed any more waits."""
    rows = [_this_computer()]
    failed = rows[0].name if rows[0].verdict is Verdict.FAIL else ""
    for names, check in _checks(patient):
        if failed:
            rows += waiting(names, failed)
            continue
        found = await _within_time(check, names, patient)
        rows += found
        failed = next((r.name for r in found if r.verdict is Verdict.FAIL), "")
        missing = tuple(n for n in names if n not in {r.name for r in found})
        rows += waiting(missing, failed) if failed else ()
    return tuple(rows)


def _checks(patient: Patient) -> list[_Check]:
    """Return the checks that make sense here, and the rows that each may have."""
    checks: list[_Check] = [(("Name",), _name), (("Proxy", "Port"), _tcp)]
    if isinstance(patient.route, RelayRoute):
        checks += [
            (("Encryption",), _relay_tls),
            (("Relay", "Clock"), _relay_words),
            (("Round trip", "Throughput", "Run time"), _line),
        ]
    else:
        checks += [(("Round trip",), _direct_line)]
    if patient.lobby is not None:
        checks += [(COORDINATOR_ROWS, _coordinator)]
    if patient.others is not None:
        checks += [((), _others)]
    return checks


async def _within_time(
    check: Callable[[Patient], Awaitable[Sequence[CheckRow]]],
    names: tuple[str, ...],
    patient: Patient,
) -> list[CheckRow]:
    try:
        async with asyncio.timeout(_CHECK_S):
            return list(await check(patient))
    except TimeoutError:
        return [
            CheckRow(
                name=names[0] if names else "Time",
                verdict=Verdict.FAIL,
                finding=f"The check took longer than {_CHECK_S:g} s.",
                advice="Something on the way drops packets in silence; ask the hospital's IT.",
            )
        ]


def _this_computer() -> CheckRow:
    name = "This computer"
    if not ssl.HAS_TLSv1_3:
        return CheckRow(
            name=name,
            verdict=Verdict.FAIL,
            finding=f"{ssl.OPENSSL_VERSION} lacks TLS 1.3.",
            advice="Install SynCohort again with the Python that comes with it.",
        )
    finding = (
        f"SynCohort {__version__}, protocol {LOBBY_VERSION} (relay {RELAY_VERSION}), "
        f"{ssl.OPENSSL_VERSION}."
    )
    return passed(name, finding)


async def _name(patient: Patient) -> list[CheckRow]:
    """Resolve the name that this computer dials: the proxy's, or the relay's."""
    proxy = patient.proxy
    host, port = (proxy.host, proxy.port) if proxy is not None else (patient.host, patient.port)
    what = "proxy" if proxy is not None else patient.what
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
    return [passed("Name", f"The {what} {host} has the address {shown}.")]


def _proxy_hint(patient: Patient) -> str:
    if patient.environment and patient.proxy is None:
        return (
            f"This computer names the proxy {patient.environment}, which SynCohort uses only when "
            "it is set: enter it under Settings or with --proxy."
        )
    return ""


async def _tcp(patient: Patient) -> list[CheckRow]:
    direct = [] if patient.proxy is not None else [passed("Proxy", _without_proxy(patient))]
    try:
        async with asyncio.timeout(DIAL_S):
            connection = await dial_tcp(
                Target(host=patient.host, port=patient.port), patient.proxy
            )
    except DialFailed as wrong:
        return [*direct, *_undialled(patient, wrong)]
    except TimeoutError:
        return [*direct, *_undialled(patient, DialFailed(DialStep.TCP))]
    connection.close()
    return [
        *(direct or [_through(patient)]),
        passed("Port", f"{patient.place} accepts connections."),
    ]


def _without_proxy(patient: Patient) -> str:
    finding = "No proxy is set: this computer dials directly."
    if patient.environment:
        finding += f" The proxy {patient.environment} of the environment is not used."
    return finding


def _through(patient: Patient) -> CheckRow:
    proxy = patient.proxy
    if proxy is None:
        return passed("Proxy", _without_proxy(patient))
    login = " with a user name and password (Basic)" if proxy.user else ", without a login"
    return passed("Proxy", f"{proxy.host}:{proxy.port} lets this computer through{login}.")


def _undialled(patient: Patient, wrong: DialFailed) -> list[CheckRow]:
    login = {"ntlm", "negotiate", "kerberos"} & set(wrong.schemes)
    if wrong.step is DialStep.PROXY_LOGIN and login and "basic" not in wrong.schemes:
        names = " and ".join("Kerberos" if s != "ntlm" else "NTLM" for s in sorted(login))
        row = CheckRow(
            name="Proxy",
            verdict=Verdict.FAIL,
            finding=f"The proxy wants a login by {names}, which SynCohort does not speak.",
            advice=(
                f"Ask the hospital's IT to let {patient.place} pass without login, or for a "
                "local proxy (such as Px or Cntlm) that logs in for you."
            ),
        )
        return [row]
    advice = {
        DialStep.PROXY_LOGIN: "Check the proxy's user name and password.",
        DialStep.PROXY_REFUSED: f"Ask the hospital's IT to allow CONNECT to {patient.place}.",
        DialStep.PROXY_TCP: "Check the proxy's address and port.",
        DialStep.PROXY_NAME: "Check the proxy's name.",
        DialStep.PROXY_ANSWER: "Check that this is a proxy for HTTPS (HTTP CONNECT).",
    }.get(wrong.step, "")
    proxied = wrong.step not in {DialStep.NAME, DialStep.TCP}
    ask = (
        f"Ask the hospital's IT to allow outgoing TCP to {patient.place}, and whoever runs the "
        f"{patient.what} whether it is there."
    )
    status = f" (status {wrong.status})" if wrong.status else ""
    finding = f"{patient.place}: {wrong.words}{status}."
    row = CheckRow(
        name="Proxy" if proxied else "Port",
        verdict=Verdict.FAIL,
        finding=finding,
        advice=advice or _proxy_hint(patient) or ask,
    )
    return [row]


async def _relay_tls(patient: Patient) -> list[CheckRow]:
    route = _relay_of(patient)
    try:
        prelude = await dial_relay_tls(route, patient.proxy)
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
    pinned = "the expected one" if route.relay_certificate_sha256 else "a public authority's"
    return [passed("Encryption", f"TLS 1.3, and the relay's certificate is {pinned}.")]


def _relay_of(patient: Patient) -> RelayRoute:
    if isinstance(patient.route, DirectRoute):
        raise InternalError("IN901", rule="a relay is checked where there is one")
    return patient.route


async def _relay_words(patient: Patient) -> list[CheckRow]:
    """Greet the relay; judge its version and its clock."""
    ends = Ends(purpose=Purpose.DOCTOR, own="doctor", wanted="doctor")
    try:
        connection = await dial_relay(_relay_of(patient), ends, patient.proxy)
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
    return await line_rows(_relay_of(patient), patient.proxy, patient.work)


async def _direct_line(patient: Patient) -> list[CheckRow]:
    target = Target(host=patient.host, port=patient.port)
    return [await time_connecting(target, patient.proxy)]


async def _others(patient: Patient) -> Sequence[CheckRow]:
    return await patient.others() if patient.others is not None else ()


async def _coordinator(patient: Patient) -> Sequence[CheckRow]:
    return await coordinator_rows(patient.lobby) if patient.lobby is not None else ()
