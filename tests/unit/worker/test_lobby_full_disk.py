"""A disk that fills up at one party: that party is told, the others wait or hear of it, and
everything goes on once there is room.
"""

from __future__ import annotations

import asyncio

import pytest

from core.errors import WorkerError
from core.messages.events import RunEnded
from core.model.lobby import Phase
from core.model.study import StudyState
from tests.unit.worker.lobby_twin import Site, Sites, until


class Disk:
    """What a site keeps; full when told so."""

    def __init__(self, site: Site) -> None:
        self.full = False
        self._keep = site.office.shelf.keep
        site.office.shelf.keep = self.keep

    def keep(self, session) -> None:
        if self.full:
            raise WorkerError("WO603", file="session.json", reason="No space left on device")
        self._keep(session)


@pytest.fixture(autouse=True)
def quick(monkeypatch) -> None:
    monkeypatch.setattr("core.worker.studies.lobby_guest._FIRST_PAUSE_S", 0.02)


def test_a_coordinators_full_disk_is_its_own_word_and_loses_no_signature(play) -> None:
    async def story(s: Sites) -> None:
        await s.gather()
        plan = await s.propose()
        disk = Disk(s.north)
        disk.full = True
        s.river.part.sign(plan.digest)
        await until(lambda: "WO603" in s.north.refusals())
        assert not s.north.session.signatures  # not counted: it could not be kept
        assert "WO603" not in s.river.refusals()  # the joiner's disk is well
        await asyncio.sleep(0.1)
        assert s.north.refusals().count("WO603") == 1  # said once, tried again and again
        disk.full = False
        await s.north.until(lambda x: [e.key for e in x.signatures] == [s.river.key])

    play(story)


def test_a_participants_full_disk_is_its_own_word_and_it_follows_later(play) -> None:
    async def story(s: Sites) -> None:
        await s.gather()
        disk = Disk(s.river)
        disk.full = True
        s.host.change(s.north.session.closed())
        await until(lambda: "WO603" in s.river.refusals())
        assert s.river.session.phase is Phase.LOBBY
        disk.full = False
        await s.river.until(lambda x: x.phase is Phase.ROSTER_CLOSED)
        assert s.north.refusals() == []

    play(story)


def test_who_asks_to_join_a_coordinator_with_a_full_disk_hears_so(play) -> None:
    async def story(s: Sites) -> None:
        await s.north.hosts()
        invitation = s.host.make_invitation(3600)
        disk = Disk(s.north)
        disk.full = True
        with pytest.raises(Exception, match="SE405") as caught:
            await s.river.joins(invitation)
        assert dict(caught.value.fields)["code"] == "WO603"
        disk.full = False
        await s.river.joins(invitation)

    play(story)


def test_a_disk_that_is_full_at_the_end_of_a_run_keeps_nobody_waiting(play) -> None:
    async def story(s: Sites) -> None:
        await s.gather()
        await s.agree()
        disk = Disk(s.river)
        started = s.river.run.start

        async def fill_up(plan, seats):
            disk.full = True
            return await started(plan, seats)

        s.river.run.start = fill_up
        async with asyncio.timeout(5):
            ended = await s.north.conducts()
        assert ended.state is StudyState.FINISHED
        assert any(isinstance(e, RunEnded) for e in s.river.events)
        await until(lambda: "WO603" in s.river.refusals())

    play(story)
