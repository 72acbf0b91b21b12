"""``syncohort-cli doctor``: its places, its rows as JSON, its exit status."""

from __future__ import annotations

import asyncio
import json
import socket
from pathlib import Path

import pytest

from core import cli
from core.errors import WorkerError
from core.messages import study_commands as ask
from core.messages import study_events as said
from core.model.invitation import MeetingPoint
from core.model.plan import Attestation
from core.worker.commands.doctor import run_doctor
from core.worker.headless import HeadlessHospital
from core.worker.lines.hosted_relay import HostedRelay
from tests.unit.worker.test_relay_desk import PASSPHRASE, WISHES


def parsed(*words: str) -> object:
    return cli._parser().parse_args(["doctor", *words])


async def a_study(home: Path, meeting: MeetingPoint) -> str:
    hospital = HeadlessHospital(home, lambda _event: None)
    try:
        await hospital.open("North", PASSPHRASE)
        create = ask.CreateStudy(
            **WISHES, meeting=meeting, attestations=(Attestation.NO_COLLUSION,)
        )
        return (await hospital.answer(create, said.LobbyChanged)).lobby.study_id
    finally:
        await hospital.close()


def test_a_relay_and_a_study_that_meets_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def story() -> tuple[str, list[dict[str, str]]]:
        relay = HostedRelay(tmp_path / "relay")
        place = await relay.start("127.0.0.1", 0)
        pin = place.certificate_sha256
        try:
            named = ("--relay", f"127.0.0.1:{place.port}", "--pin", pin)
            assert await run_doctor(parsed(*named)) == 0
            text = capsys.readouterr().out
            meeting = MeetingPoint(
                host=place.host, port=place.port, relay=True, certificate_sha256=pin
            )
            home = tmp_path / "home"
            study = await a_study(home, meeting)
            (tmp_path / "pass").write_text(PASSPHRASE)
            file = str(tmp_path / "pass")
            words = ("--study", study, "--home", str(home), "--passphrase-file", file, "--json")
            assert await run_doctor(parsed(*words)) == 0
            return text, json.loads(capsys.readouterr().out)
        finally:
            await relay.stop()

    text, rows = asyncio.run(story())
    assert "[pass] Run time: " in text
    assert {r["verdict"] for r in rows} == {"pass"}
    assert [r["name"] for r in rows][-1] == "Run time", "nobody was invited yet"


def test_a_closed_address_fails_with_status_three(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert asyncio.run(run_doctor(parsed("--direct", f"127.0.0.1:{port}"))) == 3
    out = capsys.readouterr().out
    assert "[fail] Port: " in out
    assert "[wait] Round trip: " in out


def test_a_study_needs_its_home() -> None:
    with pytest.raises(WorkerError, match="WO605"):
        asyncio.run(run_doctor(parsed("--study", "0" * 32)))


def test_one_place_at_a_time() -> None:
    for words in ((), ("--relay", "a:1", "--direct", "b:2")):
        with pytest.raises(WorkerError, match="WO605"):
            parsed(*words)
