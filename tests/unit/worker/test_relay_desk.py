"""core.worker.lines.relay_desk through the hospital itself: host a relay, look at it, end it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import StudyError, WorkerError
from core.messages import study_commands as ask
from core.messages import study_events as said
from core.model.invitation import MeetingPoint
from core.model.peer import ProxySetting
from core.model.plan import Attestation
from core.worker.headless import HeadlessHospital

PASSPHRASE = "a passphrase of the identity"
WISHES = {
    "title": "Three hospitals",
    "purpose": "To tell leukaemias apart.",
    "cohort_id": "",
    "genes": ("TP53", "MPO", "CD19"),
    "label_name": "diagnosis",
    "classes": ("AML", "ALL"),
    "recipe": "marginals",
    "epsilon": 1.0,
    "delta": 1e-6,
    "n_max": 1000,
    "n_records": None,
}


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    return tmp_path / "home"


def test_a_hosted_relay_is_found_healthy_and_serves_an_invitation(home: Path) -> None:
    async def story() -> None:
        hospital = HeadlessHospital(home, lambda _event: None)
        try:
            shown = await hospital.open("North", PASSPHRASE)
            assert (len(shown.words.split()), shown.in_keyring) == (6, False)
            hosting = ask.HostRelay(listen="127.0.0.1", port=0)
            meeting = (await hospital.answer(hosting, said.RelayHosted)).meeting
            look = ask.CheckConnection(meeting=meeting, content="")
            rows = (await hospital.answer(look, said.ConnectionChecked)).rows
            assert {r.verdict for r in rows if "relay" in r.name.lower()} == {"pass"}
            create = ask.CreateStudy(
                **WISHES, meeting=meeting, attestations=(Attestation.NO_COLLUSION,)
            )
            study_id = (await hospital.answer(create, said.LobbyChanged)).lobby.study_id
            await hospital.ask(ask.OpenLobby(study_id=study_id))
            invite = ask.MakeInvitation(study_id=study_id, valid_s=3600)
            made = await hospital.answer(invite, said.InvitationMade)
            for content in (made.text, made.content):
                opening = ask.OpenInvitation(content=content)
                view = (await hospital.answer(opening, said.InvitationOpened)).invitation
                assert view.coordinator_words == shown.words
                assert (view.units, view.odds, view.expired) == (1.0, 74, False)
            look = ask.CheckConnection(meeting=None, content=made.text)
            checked = await hospital.answer(look, said.ConnectionChecked)
            assert checked.rows[-1].name == "Coordinator"
            assert checked.rows[-1].verdict == "pass"
            assert "127.0.0.1" in checked.text
            await hospital.answer(ask.StopRelay(), said.RelayStopped)
        finally:
            await hospital.close()

    asyncio.run(story())


def test_what_the_desk_refuses(home: Path) -> None:
    async def story() -> None:
        hospital = HeadlessHospital(home, lambda _event: None)
        try:
            with pytest.raises(WorkerError, match="WO612"):
                await hospital.open("North", "")
            await hospital.open("North", PASSPHRASE)
            direct = MeetingPoint(host="127.0.0.1", port=1, relay=False)
            with pytest.raises(WorkerError, match="WO604"):
                await hospital.ask(ask.CheckConnection(meeting=direct, content=""))
            with pytest.raises(StudyError, match="ST712"):
                await hospital.ask(ask.CreateStudy(**WISHES, meeting=direct, attestations=()))
            with pytest.raises(StudyError, match="ST713"):
                await hospital.ask(ask.RunStudy(study_id="0" * 32))
            proxy = ProxySetting(host="proxy.example", port=3128, user="u", password="secret")
            said_proxy = await hospital.answer(ask.SetProxy(proxy=proxy), said.ProxySet)
            assert said_proxy.host == "proxy.example"
            assert "secret" not in repr(ask.SetProxy(proxy=proxy))
        finally:
            await hospital.close()

    asyncio.run(story())
