"""core.worker.lines.relay_desk through the hospital itself: host a relay, look at it, end it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import StudyError, WorkerError
from core.messages import study_commands as ask
from core.messages import study_events as said
from core.model.invitation import Invitation, MeetingPoint
from core.model.peer import ProxySetting
from core.model.plan import Attestation
from core.study.invitation import read_invitation
from core.worker.headless import HeadlessHospital
from core.worker.lines.proxy_shelf import ProxyShelf, environment_proxy

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
            found = [(r.name, r.verdict) for r in checked.rows[-3:]]
            assert found == [
                ("Coordinator", "pass"),
                ("Its certificate", "pass"),
                ("Its version", "pass"),
            ]
            assert "127.0.0.1" in checked.text
            assert not any(t in checked.text for t in secrets_of(read_invitation(made.text)))
            await counted(hospital)
            await hospital.answer(ask.StopRelay(), said.RelayStopped)
            shown = await hospital.answer(ask.AskConnection(), said.ConnectionShown)
            assert (shown.relay, shown.relay_connections) == (None, 0)
        finally:
            await hospital.close()

    asyncio.run(story())


def secrets_of(invitation: Invitation) -> tuple[str, ...]:
    return invitation.token, invitation.secret, invitation.secret_id


async def counted(hospital: HeadlessHospital) -> None:
    """The coordinator waits at its own relay for one joiner: the counts say so."""
    async with asyncio.timeout(10):
        while True:
            shown = await hospital.answer(ask.AskConnection(), said.ConnectionShown)
            if shown.relay_connections >= 1 and shown.relay_bytes > 1_000_000:
                return  # the doctor's own measurement went through it
            await asyncio.sleep(0.2)


def test_a_relay_that_dies_is_noticed(home: Path) -> None:
    async def story() -> None:
        heard: list[object] = []
        hospital = HeadlessHospital(home, heard.append)
        try:
            await hospital.open("North", PASSPHRASE)
            await hospital.ask(ask.HostRelay(listen="127.0.0.1", port=0))
            child = hospital._hospital._studies._relay._relay._child
            child.kill()
            async with asyncio.timeout(10):
                while not any(isinstance(e, said.RelayStopped) for e in heard):  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
            shown = await hospital.answer(ask.AskConnection(), said.ConnectionShown)
            assert shown.relay is None
            await hospital.answer(ask.HostRelay(listen="127.0.0.1", port=0), said.RelayHosted)
        finally:
            await hospital.close()

    asyncio.run(story())


def test_a_study_is_checked_from_both_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.worker.studies.study_check._ARRIVAL_S", 1.0)
    monkeypatch.setattr("core.network.doctor_peers.DIAL_S", 3.0)

    async def story() -> None:
        north = HeadlessHospital(tmp_path / "north", lambda _event: None)
        river = HeadlessHospital(tmp_path / "river", lambda _event: None)
        try:
            await north.open("North", PASSPHRASE)
            await river.open("River", PASSPHRASE)
            hosting = ask.HostRelay(listen="127.0.0.1", port=0)
            meeting = (await north.answer(hosting, said.RelayHosted)).meeting
            stated = (Attestation.NO_COLLUSION,)
            create = ask.CreateStudy(**WISHES, meeting=meeting, attestations=stated)
            study_id = (await north.answer(create, said.LobbyChanged)).lobby.study_id
            await north.ask(ask.OpenLobby(study_id=study_id))
            invite = ask.MakeInvitation(study_id=study_id, valid_s=3600)
            made = await north.answer(invite, said.InvitationMade)
            await river.ask(ask.JoinStudy(content=made.text, cohort_id="", attestations=stated))
            look = ask.CheckConnection(meeting=None, content="", study_id=study_id)
            rows = (await north.answer(look, said.ConnectionChecked)).rows
            assert (rows[-1].name, rows[-1].verdict) == ("River", "pass")
            assert "the lobby's certificate" in rows[-1].finding
            rows = (await river.answer(look, said.ConnectionChecked)).rows
            assert {r.verdict for r in rows} == {"pass"}
            assert rows[-1].name == "Its version"
            assert (await river.view(study_id)).online, "the line beside the check stays"
            await river.close()
            rows = (await north.answer(look, said.ConnectionChecked)).rows
            assert (rows[-1].name, rows[-1].verdict) == ("River", "warn")
            await north.ask(ask.StopRelay())
            rows = (await north.answer(look, said.ConnectionChecked)).rows
            assert [r.verdict for r in rows if r.name in ("Port", "River")] == ["fail"]
        finally:
            await river.close()
            await north.close()

    asyncio.run(story())


def test_a_direct_study_is_checked_without_a_relay(tmp_path: Path) -> None:
    async def story() -> None:
        north = HeadlessHospital(tmp_path / "north", lambda _event: None)
        lake = HeadlessHospital(tmp_path / "lake", lambda _event: None)
        try:
            await north.open("North", PASSPHRASE)
            await lake.open("Lake", PASSPHRASE)
            with socket.create_server(("127.0.0.1", 0)) as free:
                port = free.getsockname()[1]
            meeting = MeetingPoint(host="127.0.0.1", port=port, relay=False)
            stated = (Attestation.NO_COLLUSION,)
            create = ask.CreateStudy(**WISHES, meeting=meeting, attestations=stated)
            study_id = (await north.answer(create, said.LobbyChanged)).lobby.study_id
            invite = ask.MakeInvitation(study_id=study_id, valid_s=3600)
            made = await north.answer(invite, said.InvitationMade)
            look = ask.CheckConnection(meeting=None, content=made.text)
            rows = (await lake.answer(look, said.ConnectionChecked)).rows
            assert next(r.name for r in rows if r.verdict == "fail") == "Port"
            await north.ask(ask.OpenLobby(study_id=study_id))
            checked = await lake.answer(look, said.ConnectionChecked)
            assert {r.verdict for r in checked.rows} == {"pass"}
            names = [r.name for r in checked.rows]
            assert names[3:] == [
                *("Port", "Round trip", "Coordinator", "Its certificate", "Its version"),
            ]
            assert "relay" not in checked.text.partition("found:")[2].replace("(relay 1)", "")
        finally:
            await lake.close()
            await north.close()

    asyncio.run(story())


class Keys:
    """A key store in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def unavailable(self) -> str:
        return ""

    def read(self, name: str) -> str | None:
        return self.kept.get(name)

    def write(self, name: str, text: str) -> None:
        self.kept[name] = text

    def remove(self, name: str) -> None:
        self.kept.pop(name, None)


class NoKeys(Keys):
    def unavailable(self) -> str:
        return "none here"


def proxy(**changes: object) -> ProxySetting:
    facts = {"host": "proxy.example", "port": 3128, "user": "u", "password": "s3cret"}
    return ProxySetting(**(facts | changes))


def test_the_password_of_the_proxy_is_kept_by_the_key_store_alone(home: Path) -> None:
    keys = Keys()
    ProxyShelf(home, keys).use(proxy(), keep=True)
    assert all(b"s3cret" not in p.read_bytes() for p in home.rglob("*") if p.is_file())
    again = ProxyShelf(home, keys)
    assert again.setting == proxy()
    assert again.password_kept
    again.use(proxy(password="", port=3129), keep=True)
    assert again.setting == proxy(password="", port=3129), "not told to another proxy"
    again.use(None, keep=True)
    assert ProxyShelf(home, keys).setting is None
    assert keys.kept == {}


def test_an_unchanged_password_need_not_be_typed_again(home: Path) -> None:
    shelf = ProxyShelf(home, Keys())
    shelf.use(proxy(), keep=True)
    shelf.use(proxy(password=""), keep=True)
    assert shelf.setting == proxy()


def test_without_a_key_store_the_password_holds_for_the_session(home: Path) -> None:
    shelf = ProxyShelf(home, NoKeys())
    shelf.use(proxy(), keep=True)
    assert (shelf.setting, shelf.password_kept) == (proxy(), False)
    assert ProxyShelf(home, NoKeys()).setting == proxy(password="")


def test_a_session_proxy_leaves_the_kept_one(home: Path) -> None:
    keys = Keys()
    ProxyShelf(home, keys).use(proxy(), keep=True)
    ProxyShelf(home, keys).use(proxy(host="other", password="x"), keep=False)
    assert ProxyShelf(home, keys).setting == proxy()
    (home / "proxy.json").write_text("[]")
    assert ProxyShelf(home, keys).setting is None


@pytest.mark.parametrize(
    ("named", "wanted"),
    [
        ("http://u:s3cret@proxy.example:3128", "proxy.example:3128"),
        ("proxy.example:3128", "proxy.example:3128"),
        ("http://proxy.example", "proxy.example:8080"),
        ("http://[:", ""),
        ("", ""),
    ],
)
def test_the_environment_names_a_proxy_without_its_login(
    named: str, wanted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("https_proxy", named)
    assert environment_proxy() == wanted


def test_what_the_desk_refuses(home: Path) -> None:
    async def story() -> None:
        hospital = HeadlessHospital(home, lambda _event: None)
        try:
            with pytest.raises(WorkerError, match="WO612"):
                await hospital.open("North", "")
            await hospital.open("North", PASSPHRASE)
            direct = MeetingPoint(host="127.0.0.1", port=1, relay=False)
            with pytest.raises(WorkerError, match="WO604"):
                await hospital.ask(ask.CheckConnection(meeting=None, content=""))
            with pytest.raises(StudyError, match="ST713"):
                await hospital.ask(
                    ask.CheckConnection(meeting=None, content="", study_id="0" * 32)
                )
            with pytest.raises(StudyError, match="ST712"):
                await hospital.ask(ask.CreateStudy(**WISHES, meeting=direct, attestations=()))
            with pytest.raises(StudyError, match="ST713"):
                await hospital.ask(ask.RunStudy(study_id="0" * 32))
            proxy = ProxySetting(host="proxy.example", port=3128, user="u", password="secret")
            said_proxy = await hospital.answer(ask.SetProxy(proxy=proxy), said.ProxySet)
            assert said_proxy.host == "proxy.example"
            shown = await hospital.answer(ask.AskConnection(), said.ConnectionShown)
            assert (shown.proxy_user, shown.has_password, shown.password_kept) == (
                "u",
                True,
                False,
            )
            assert "secret" not in repr(shown)
            assert "secret" not in repr(ask.SetProxy(proxy=proxy))
        finally:
            await hospital.close()

    asyncio.run(story())
