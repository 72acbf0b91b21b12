"""The connection doctor and the proxy: every row's verdict, and what is said to the IT."""

from __future__ import annotations

import asyncio
import base64
import socket
import time
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from relay_here import NOW, relay_here

from core.errors import PlanError, ProtocolError, SessionError
from core.messages.relay import Purpose
from core.model.peer import DirectRoute, ProxySetting, RelayRoute
from core.network.dialling import DialFailed, DialStep, Target, dial_tcp
from core.network.doctor import Patient, examine
from core.network.doctor_rows import Verdict
from core.network.doctor_text import it_text
from core.network.line_speed import Speed
from core.network.relay_dial import Ends, dial_relay
from core.network.run_time import TYPICAL, forecast

LOGIN = "Basic " + base64.b64encode(b"steward:s:ecret").decode()


class Proxy:
    """An HTTP proxy that knows CONNECT. Counts who came."""

    def __init__(self, answer=b"", login=""):
        self.answer, self.login, self.tunnels, self.heard = answer, login, 0, b""
        self.writers = []
        self.cut = False  # then it takes everything and passes nothing on

    async def serve(self, reader, writer):
        self.writers.append(writer)
        try:
            self.heard = head = await reader.readuntil(b"\r\n\r\n")
            while self.cut:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
            if self.answer:
                writer.write(self.answer)
            elif self.login and f"Proxy-Authorization: {self.login}".encode() not in head:
                writer.write(
                    b"HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=x\r\n"
                    b"Proxy-Authenticate: NTLM\r\n\r\n"
                )
            else:
                await self.tunnel(head, reader, writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def tunnel(self, head, reader, writer):
        host, port = head.split()[1].decode().rsplit(":", 1)
        there, back = await asyncio.open_connection(host, int(port))
        self.writers.append(back)
        writer.write(b"HTTP/1.1 200 Connection established\r\nX-Via: test\r\n\r\n")
        self.tunnels += 1

        async def pump(source, sink):
            try:
                while chunk := await source.read(65536):
                    if not self.cut:
                        sink.write(chunk)
                        await sink.drain()
            except ConnectionError:
                pass
            while self.cut:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
            sink.close()

        await asyncio.gather(pump(reader, back), pump(there, writer))


@asynccontextmanager
async def proxy_here(**kind):
    proxy = Proxy(**kind)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield proxy, ProxySetting(host="127.0.0.1", port=port)
    finally:
        server.close()
        proxy.cut = False
        for writer in proxy.writers:
            writer.transport.abort()
        await asyncio.sleep(0.15)


def verdicts(rows):
    return {r.name: r.verdict for r in rows}


def failed(rows):
    """The one row that fails; all behind it wait and say for what."""
    at = next(i for i, r in enumerate(rows) if r.verdict is Verdict.FAIL)
    assert {r.verdict for r in rows[:at]} <= {Verdict.PASS, Verdict.WARN}
    assert {r.verdict for r in rows[at + 1 :]} <= {Verdict.WAIT}
    assert all(f"“{rows[at].name}”" in r.finding for r in rows[at + 1 :])
    return rows[at]


def patient_of(route, proxy=None, **changes):
    return Patient(route=route, proxy=proxy, now=time.time, **changes)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def test_a_healthy_way_passes_every_row():
    async def main():
        async with relay_here() as (_, route):
            rows = await examine(patient_of(route))
            assert list(verdicts(rows)) == [
                *("This computer", "Name", "Proxy", "Port", "Encryption", "Relay", "Clock"),
                *("Round trip", "Throughput", "Run time"),
            ]
            assert set(verdicts(rows).values()) == {Verdict.PASS}
            text = it_text(patient_of(route), rows)
            assert f"port {route.relay_port}" in text
            assert text.count("[pass]") == len(rows)
            assert route.session not in text

    asyncio.run(main())


@pytest.mark.parametrize(("login", "user"), [("", ""), (LOGIN, "steward")])
def test_a_proxy_is_used_when_it_is_set(login, user):
    async def main():
        async with relay_here() as (_, route), proxy_here(login=login) as (proxy, bare):
            setting = replace(bare, user=user, password="s:ecret" if user else "")
            rows = await examine(patient_of(route, setting))
            assert set(verdicts(rows).values()) == {Verdict.PASS}
            assert "Proxy" in verdicts(rows)
            assert proxy.tunnels >= 4
            assert "ecret" not in repr(setting) + it_text(patient_of(route, setting), rows)
            assert (b"Authorization" in proxy.heard) == bool(user)

    asyncio.run(main())


@pytest.mark.parametrize(
    ("answer", "step", "words"),
    [
        (b"HTTP/1.1 407 X\r\nProxy-Authenticate: Basic\r\n\r\n", "PROXY_LOGIN", "user name"),
        (b"HTTP/1.1 407 X\r\nProxy-Authenticate: NTLM\r\n\r\n", "PROXY_LOGIN", "Cntlm"),
        (b"HTTP/1.1 407 X\r\nProxy-Authenticate: Negotiate\r\n\r\n", "PROXY_LOGIN", "Px"),
        (b"HTTP/1.1 403 Forbidden\r\n\r\n", "PROXY_REFUSED", "allow CONNECT"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", "PROXY_ANSWER", "HTTP CONNECT"),
        (b"HTTP/1.1 abc\r\n\r\n", "PROXY_ANSWER", "HTTP CONNECT"),
        (b"HTTP/1.1 200 " + b"x" * 20_000, "PROXY_ANSWER", "HTTP CONNECT"),
    ],
)
def test_every_refusal_of_a_proxy_has_its_advice(answer, step, words):
    async def main():
        async with relay_here() as (_, route), proxy_here(answer=answer) as (_, setting):
            with pytest.raises(DialFailed) as caught:
                await dial_tcp(Target(host=route.relay_host, port=route.relay_port), setting)
            assert caught.value.step is DialStep[step]
            rows = await examine(patient_of(route, setting))
            assert failed(rows).name == "Proxy"
            assert words in failed(rows).advice

    asyncio.run(main())


def test_a_proxy_of_the_environment_is_named_and_not_taken(monkeypatch):
    async def main():
        async with proxy_here() as (proxy, setting):
            monkeypatch.setenv("HTTPS_PROXY", f"http://{setting.host}:{setting.port}")
            route = RelayRoute(
                relay_host="127.0.0.1",
                relay_port=free_port(),
                relay_certificate_sha256="",
                session="a" * 32,
            )
            named = f"{setting.host}:{setting.port}"
            rows = await examine(patient_of(route, environment=named))
            assert failed(rows).name == "Port"
            assert "--proxy" in failed(rows).advice
            assert f"{named} of the environment is not used" in rows[2].finding
            assert proxy.heard == b""

    asyncio.run(main())


def test_an_unknown_name_a_closed_port_and_a_foreign_service(monkeypatch):
    monkeypatch.setattr("core.network.relay_dial.DIAL_S", 1.0)

    async def main():
        async with relay_here() as (_, route):
            unknown = replace(route, relay_host="no-such-host.invalid")
            rows = await examine(patient_of(unknown))
            assert failed(rows).name == "Name"
            rows = await examine(patient_of(replace(route, relay_port=free_port())))
            assert failed(rows).name == "Port"
            assert "outgoing TCP" in failed(rows).advice
        async with proxy_here(answer=b"hello\r\n") as (_, other):
            foreign = replace(route, relay_port=other.port)
            rows = await examine(patient_of(foreign))
            assert failed(rows).name == "Encryption"

    asyncio.run(main())


def test_an_opened_connection_is_suspected():
    async def main():
        async with relay_here() as (relay, route):
            for pin in ("c" * 64, ""):  # an own certificate is no public authority's
                rows = await examine(patient_of(replace(route, relay_certificate_sha256=pin)))
                assert failed(rows).name == "Encryption"
                assert "TLS inspection" in failed(rows).advice
                with pytest.raises(ProtocolError, match="PR508"):
                    await dial_relay(
                        replace(route, relay_certificate_sha256=pin),
                        Ends(purpose=Purpose.RUN, own="0", wanted="1"),
                        None,
                    )
            assert relay.metrics()["sessions"] == 0  # nothing was said

    asyncio.run(main())


@pytest.mark.parametrize(
    ("off_s", "verdict", "words"),
    [
        (5, Verdict.PASS, "agrees"),
        (600, Verdict.WARN, "10 minutes behind"),
        (-7200, Verdict.WARN, "2 hours ahead of"),
        (86_400 * 3, Verdict.FAIL, "3 days behind"),
        (-86_400 * 1.01, Verdict.FAIL, "24 hours ahead of"),
    ],
)
def test_a_wrong_clock_is_noticed(off_s, verdict, words):
    async def main():
        async with relay_here(now=lambda: NOW.timestamp() + off_s) as (_, route):
            patient = replace(patient_of(route), now=NOW.timestamp)
            clock = next(r for r in await examine(patient) if r.name == "Clock")
            assert clock.verdict is verdict
            assert words in clock.finding
            assert bool(clock.advice) == (verdict is not Verdict.PASS)

    asyncio.run(main())


def test_the_coordinator_is_looked_for_when_there_is_an_invitation():
    async def nobody():
        await asyncio.sleep(60)

    async def stranger():
        raise ProtocolError("PR503", party="the coordinator")

    async def other_version():
        raise ProtocolError(
            "PR504", party="the coordinator", field="SynCohort version", theirs="9", ours="1"
        )

    async def well():
        return

    async def main(monkeypatch):
        monkeypatch.setattr("core.network.doctor_peers.DIAL_S", 0.5)
        ok, warn, fail, wait = Verdict.PASS, Verdict.WARN, Verdict.FAIL, Verdict.WAIT
        async with relay_here() as (_, route):
            for lobby, wanted in (
                (nobody, (warn, wait, wait)),
                (stranger, (ok, fail, wait)),
                (other_version, (ok, ok, fail)),
                (well, (ok, ok, ok)),
            ):
                found = (await examine(patient_of(route, lobby=lobby)))[-3:]
                assert [r.name for r in found] == ["Coordinator", "Its certificate", "Its version"]
                assert tuple(r.verdict for r in found) == wanted

    with pytest.MonkeyPatch.context() as patch:
        asyncio.run(main(patch))


def test_a_full_relay_says_so():
    async def main():
        async with relay_here(per_session=0) as (_, route):
            row = failed(await examine(patient_of(route)))
            assert row.name == "Relay"
            assert "too many connections" in row.finding
            with pytest.raises(SessionError, match="SE408"):
                await dial_relay(route, Ends(purpose=Purpose.RUN, own="0", wanted="1"), None)

    asyncio.run(main())


@settings(max_examples=40)
@given(st.binary(max_size=300))
def test_no_answer_of_a_proxy_does_more_than_fail(answer):
    async def main():
        async with proxy_here(answer=answer or b"\r\n") as (_, setting):
            try:
                connection = await dial_tcp(Target(host="127.0.0.1", port=9), setting)
            except DialFailed:
                return
            connection.close()
            assert answer.startswith(b"HTTP/")

    asyncio.run(main())


@pytest.mark.parametrize(
    "fields",
    [
        {"host": ""},
        {"host": "a b"},
        {"host": "x\r\nInjected: yes"},
        {"port": 70_000},
        {"user": "a:b"},
        {"user": "a\r\nb"},
        {"password": "a\nb"},
    ],
)
def test_a_proxy_setting_cannot_smuggle_lines(fields):
    with pytest.raises(PlanError):
        ProxySetting(**{"host": "proxy", "port": 3128, **fields})


def test_routes_are_strict():
    good = {
        "relay_host": "relay.example.org",
        "relay_port": 443,
        "relay_certificate_sha256": "",
        "session": "a" * 32,
    }
    assert "aaaa" not in repr(RelayRoute(**good))
    for change in (
        {"relay_host": "x/y"},
        {"relay_port": -1},
        {"relay_certificate_sha256": "ab"},
        {"session": "x"},
    ):
        with pytest.raises(PlanError):
            RelayRoute(**{**good, **change})
    with pytest.raises(PlanError):
        DirectRoute(host="", port=1)


def test_a_run_over_a_slow_line_takes_as_long_as_its_bytes():
    fast = Speed(round_trip_ms=1.0, mbit_s=1000.0)
    slow = Speed(round_trip_ms=100.0, mbit_s=5.0)
    sent_s = forecast(TYPICAL, slow).bytes_sent * 8 / 5e6
    assert forecast(TYPICAL, slow).seconds > sent_s
    more = forecast(TYPICAL, slow).seconds - forecast(TYPICAL, fast).seconds
    assert more == pytest.approx(sent_s, rel=0.1)
    twice = replace(TYPICAL, stages=TYPICAL.stages * 2)
    assert forecast(twice, slow).bytes_sent == 2 * forecast(TYPICAL, slow).bytes_sent
