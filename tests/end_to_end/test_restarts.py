"""Every phase of a study survives a restart of every application; what became void is told.

Three hospitals with homes, cohorts and certificates of their own meet over loopback. Only the
clock, the key store and the run itself are a test's.
"""

from __future__ import annotations

import asyncio
import csv
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from app.presenters.lobbies import LobbiesPresenter, act_of
from core.cohort.inspection import named_layout
from core.errors import SynCohortError
from core.messages import codec
from core.messages import identity_commands as who
from core.messages import study_commands as ask
from core.messages import study_events as said
from core.messages.commands import Introduce, OpenCohort
from core.messages.events import EVENTS, CohortChecked, Refused
from core.model.invitation import MeetingPoint
from core.model.lobby import LobbyView, Phase
from core.model.plan import Attestation
from core.worker.clock import SystemClock
from core.worker.home import Home
from core.worker.hospital import Hospital
from core.worker.installation.session_shelf import SessionShelf
from tests.gui.script import ScriptLink

pytestmark = [pytest.mark.slow, pytest.mark.timeout(170)]
PASSPHRASE = "the second person's words"
NAMES = ("North", "River", "Lake")


class Keys:
    """The key store of one user."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def unavailable(self) -> str:
        return ""

    def read(self, name):
        return self.kept.get(name)

    def write(self, name, text):
        self.kept[name] = text

    def remove(self, name):
        self.kept.pop(name, None)


class Site:
    """One hospital; its application may end and start again."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name, self.home, self.keys = name, folder / name, Keys()
        self.file = folder / f"{name}.csv"
        with self.file.open("w", newline="", encoding="utf-8") as file:
            table = csv.writer(file)
            table.writerow(["patient", "diagnosis", *[f"GENE{g}" for g in range(6)]])
            for i in range(60):
                values = [round(5 + i % 2 + ((7 * i + 3 * g) % 11) / 5, 3) for g in range(6)]
                table.writerow([f"{name}-{i}", "AB"[i % 2], *values])
        self.cohort_id = ""
        self.study = ""
        self.running = False

    async def starts(self) -> None:
        self.heard: list = []
        self.hospital = Hospital(
            home=Home(self.home, rehearsal=False),
            emit=self.heard.append,
            clock=SystemClock(),
            keys=self.keys,
        )
        self.running = True
        await self.does(Introduce(hospital=self.name, app_version="0"))

    async def stops(self) -> None:
        self.running = False
        await self.hospital.close()

    async def does(self, command, kind=None):
        start = len(self.heard)
        await self.hospital.perform(command)
        found = self.heard[start:]
        for event in found:
            if isinstance(event, Refused) and event.command == type(command).__name__:
                raise SynCohortError.from_code(event.code, event.fields)
        return next((e for e in found if kind is None or isinstance(e, kind)), None)

    async def opens_cohort(self) -> None:
        layout = named_layout(self.file, label="diagnosis", ignored=())
        command = OpenCohort(path=str(self.file), layout=layout, name=self.name)
        self.cohort_id = (await self.does(command, CohortChecked)).cohort.cohort_id

    async def view(self) -> LobbyView:
        """The study as a window that was just opened hears of it."""
        (found,) = (await self.does(ask.ListLobbies(), said.LobbiesListed)).lobbies
        return found

    async def until(self, met: Callable[[LobbyView], bool]) -> LobbyView:
        view = await self.view()
        async with asyncio.timeout(20):
            while not met(view):
                await asyncio.sleep(0.05)
                view = await self.view()
        return view

    async def plan_to_sign(self) -> said.PlanToSign:
        """The plan as this start of the application showed it."""
        async with asyncio.timeout(20):
            while True:
                for event in reversed(self.heard):
                    if isinstance(event, said.PlanToSign):
                        return event
                await asyncio.sleep(0.05)


def at_rest(view: LobbyView) -> LobbyView:
    """A view without what depends on open lines."""
    return replace(
        view,
        online=False,
        participants=tuple(replace(p, online=False) for p in view.participants),
        waiting_for=tuple(w for w in view.waiting_for if w[0] != "online"),
    )


def window(view: LobbyView) -> LobbiesPresenter:
    """A window that was just opened hears of its studies, through the real codec."""
    presenter = LobbiesPresenter(ScriptLink())
    listed = codec.encode(said.LobbiesListed(lobbies=(view,)))
    presenter.receive(codec.decode(listed[4:], EVENTS))
    return presenter


def endorsed(view: LobbyView) -> set[tuple[str, bool]]:
    """Who has signed and approved the plan on the table."""
    return {(p.key, p.approved) for p in view.participants if p.signed}


async def restart(sites: list[Site], phase: Phase) -> None:
    """All applications end and start again; nothing that people agreed to has changed."""
    given = endorsed(await sites[0].until(lambda v: v.phase is phase))
    before = {
        s.name: await s.until(lambda v: v.phase is phase and endorsed(v) == given) for s in sites
    }
    for site in sites:
        await site.stops()
    for site in sites:
        await site.starts()
        kept = await site.view()
        assert at_rest(kept) == at_rest(before[site.name])
        presenter = window(kept)
        assert presenter.state.of(site.study) == kept
        assert act_of(at_rest(kept)) is act_of(at_rest(before[site.name]))
        await site.does(ask.OpenLobby(study_id=site.study))
    if phase not in {Phase.FINISHED, Phase.FAILED, Phase.ENDED, Phase.INTERRUPTED}:
        for site in sites:
            await site.until(lambda v: v.online)
        await sites[0].until(
            lambda v: all(p.online for p in v.participants if p.state != "removed")
        )


async def created(north: Site) -> str:
    """Create a study with the coordinator's own genes; return its key."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    made = await north.does(
        ask.CreateStudy(
            title="Leukaemia",
            purpose="To learn.",
            cohort_id=north.cohort_id,
            genes=(),
            label_name="diagnosis",
            classes=("A", "B"),
            recipe="marginals",
            epsilon=1.0,
            delta=1e-6,
            n_max=1000,
            n_records=None,
            meeting=MeetingPoint(host="127.0.0.1", port=port, relay=False),
            attestations=tuple(Attestation),
        ),
        said.LobbyChanged,
    )
    return made.lobby.study_id


async def began(folder: Path) -> tuple[list[Site], list[str]]:
    """Create the study and invite, with a restart at every step."""
    north, *guests = sites = [Site(folder, name) for name in NAMES]
    for site in sites:
        await site.starts()
        await site.opens_cohort()
        approver = ask.SetUpApprover(
            name="Grace", passphrase=PASSPHRASE, steward="Ada", old_passphrase=""
        )
        await site.does(approver)
    study_id = await created(north)
    for site in sites:
        site.study = study_id
    await restart([north], Phase.DRAFTED)
    invitations = []
    for _ in guests:
        wish = ask.MakeInvitation(study_id=north.study, valid_s=1000)
        invitations.append((await north.does(wish, said.InvitationMade)).content)
    await restart([north], Phase.INVITING)
    return sites, invitations


async def joined(sites: list[Site], invitations: list[str]) -> None:
    """The others join, are accepted and compared, with a restart at every step."""
    north, *guests = sites
    for site, content in zip(guests, invitations, strict=True):
        wish = ask.JoinStudy(
            content=content, cohort_id=site.cohort_id, attestations=tuple(Attestation)
        )
        await site.does(wish)
    await restart(sites, Phase.LOBBY)
    for party in (await north.view()).participants[1:]:
        await north.does(ask.AcceptParticipant(study_id=north.study, key=party.key))
        await north.does(ask.MarkCompared(study_id=north.study, key=party.key, same=True))
    for site in guests:
        coordinator = (await site.until(lambda v: len(v.participants) == 3)).participants[0]
        compared = ask.MarkCompared(study_id=site.study, key=coordinator.key, same=True)
        await site.does(compared)
    await restart(sites, Phase.LOBBY)


async def agreed(sites: list[Site]) -> str:
    """All sign and approve the plan that each start shows again."""
    digest = (await sites[0].until(lambda v: bool(v.plan_digest))).plan_digest
    for number, site in enumerate(sites):
        await site.until(lambda v: v.plan_digest == digest)
        assert (await site.plan_to_sign()).digest == digest
        await site.does(ask.SignPlan(study_id=site.study, digest=digest))
        if number == 0:
            await restart(sites, Phase.PLAN_PROPOSED)
    await restart(sites, Phase.SIGNED)
    for site in sites:
        assert (await site.plan_to_sign()).digest == digest
        approve = ask.ApprovePlan(
            study_id=site.study, digest=digest, approver="Grace", passphrase=PASSPHRASE
        )
        await site.does(approve)
    await restart(sites, Phase.APPROVED)
    return digest


def test_every_phase_survives_a_restart_of_everybody(tmp_path: Path) -> None:
    async def story() -> None:
        sites, invitations = await began(tmp_path)
        north, river, lake = sites
        try:
            await joined(sites, invitations)
            await north.does(ask.CloseRoster(study_id=north.study))
            await restart(sites, Phase.PLAN_PROPOSED)
            digest = await agreed(sites)

            # the coordinator takes somebody out while another application is closed
            await river.stops()
            key = next(p.key for p in (await north.view()).participants if p.name == "Lake")
            gone = ask.RemoveParticipant(study_id=north.study, key=key, reason="No ethics vote.")
            await north.does(gone)
            told = await north.view()
            assert ("void-approval", "Grace") in told.warnings
            await river.starts()
            assert (await river.view()).own_signed  # it does not know yet
            await river.does(ask.OpenLobby(study_id=river.study))
            told = await river.until(lambda v: bool(v.warnings))
            assert dict(told.warnings)["void-signature"] == "the hospitals of the study changed"
            assert not told.own_signed
            await river.stops()  # before anybody read it
            await river.starts()
            assert window(await river.view()).state.voided == {river.study}
            await river.does(ask.OpenLobby(study_id=river.study))
            ended = await lake.until(lambda v: v.phase is Phase.ENDED)
            assert "No ethics vote." in ended.reason
            await restart([lake], Phase.ENDED)
            assert digest
        finally:
            for site in sites:
                if site.running:
                    await site.stops()

    asyncio.run(story())


def test_a_run_that_a_restart_broke_can_go_on_or_is_over(tmp_path: Path) -> None:
    async def story() -> None:
        sites, invitations = await began(tmp_path)
        north = sites[0]
        try:
            await joined(sites, invitations)
            await north.does(ask.CloseRoster(study_id=north.study))
            await agreed(sites)
            for site in sites:
                await site.stops()
                shelf = SessionShelf(site.home / "joint")
                shelf.keep(shelf.session(site.study).running())  # power fails in the run
            await north.starts()
            view = await north.view()
            assert (view.phase, view.code, view.spent) == (Phase.INTERRUPTED, "SE406", False)
            assert not [kind for kind, _ in view.warnings if kind.startswith("void")]
            assert all(p.signed and p.approved for p in view.participants)
            await restart([north], Phase.INTERRUPTED)
            await north.stops()
            for phase in (Phase.FINISHED, Phase.FAILED):
                shelf = SessionShelf(north.home / "joint")
                over = replace(shelf.session(north.study), phase=phase, spent=True)
                shelf.keep(over)
                await north.starts()
                await restart([north], phase)
                await north.stops()
        finally:
            for site in sites:
                if site.running:
                    await site.stops()

    asyncio.run(story())


def test_who_was_compared_before_is_known_again_also_after_a_renewal(tmp_path: Path) -> None:
    async def story() -> None:
        sites, invitations = await began(tmp_path)
        north, river, lake = sites
        try:
            await joined(sites, invitations)
            assert {p.known for p in (await north.view()).participants} == {""}
            for site in reversed(sites):  # the study is over; its comparisons are remembered
                await site.does(ask.LeaveStudy(study_id=site.study, reason="Over."))
                await site.opens_cohort()
            await river.does(who.RenewIdentity(passphrase=""))
            await north.does(who.RenewIdentity(passphrase=""))
            second = await created(north)
            for site in (river, lake):
                wish = ask.MakeInvitation(study_id=second, valid_s=1000)
                made = await north.does(wish, said.InvitationMade)
                await north.does(ask.OpenLobby(study_id=second))
                join = ask.JoinStudy(
                    content=made.content,
                    cohort_id=site.cohort_id,
                    attestations=tuple(Attestation),
                )
                await site.does(join)
                shown = await seen(site, second, lambda v: v.participants[0].known)
                assert shown.participants[0].known == "renewed"
                assert not shown.participants[0].compared  # people compare the new words
            view = await seen(north, second, lambda v: len(v.participants) == 3)
            assert {p.name: p.known for p in view.participants} == {
                "North": "",
                "River": "renewed",
                "Lake": "same",
            }
        finally:
            for site in sites:
                if site.running:
                    await site.stops()

    asyncio.run(story())


async def seen(site: Site, study: str, met: Callable[[LobbyView], object]) -> LobbyView:
    """Wait for one of several studies."""
    async with asyncio.timeout(20):
        while True:
            listed = await site.does(ask.ListLobbies(), said.LobbiesListed)
            for view in listed.lobbies:
                if view.study_id == study and met(view):
                    return view
            await asyncio.sleep(0.05)
