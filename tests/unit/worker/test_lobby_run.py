"""core.worker.studies.joint_conductor: a run that fails somewhere ends everywhere."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from core.errors import StudyError
from core.messages.events import HospitalChanged
from tests.unit.study.joint_study import plan_for
from tests.unit.worker.lobby_twin import Sites


def test_a_party_that_never_ends_is_cancelled_when_another_failed(play, monkeypatch) -> None:
    monkeypatch.setattr("core.worker.studies.joint_conductor._GRACE_S", 0.05)

    async def story(s: Sites) -> None:
        await s.gather()
        await s.agree()
        s.lake.run.outcome = ("SE402", False)
        stopped = asyncio.Event()
        started = s.river.run.start

        async def hang(plan, seats):
            await stopped.wait()
            s.river.run.outcome = ("SE403", False)
            return await started(plan, seats)

        async def cancel() -> None:
            stopped.set()

        monkeypatch.setattr(s.river.run, "start", hang)
        monkeypatch.setattr(s.river.run, "cancel", cancel)
        async with asyncio.timeout(5):
            await s.north.conducts()
        await s.river.until(lambda x: x.attempt == 1)

    play(story)


def test_a_line_that_breaks_during_the_run_counts_as_lost(play) -> None:
    async def story(s: Sites) -> None:
        await s.gather()
        await s.agree()

        async def vanish(_plan, _seats):
            for stream in s.exchange.streams:
                if stream.own_certificate_sha256 == s.lake.key:
                    await stream.aclose()
            await asyncio.sleep(60)

        s.lake.run.start = vanish
        ended = await s.north.conducts()
        assert ended.code == ""
        lost = [e for e in s.north.events if isinstance(e, HospitalChanged) and e.hospital.code]
        assert [(e.hospital.name, e.hospital.code) for e in lost] == [("Lake", "SE401")]

    play(story)


def test_who_was_taken_out_cannot_sign(play) -> None:
    async def story(s: Sites) -> None:
        s.all.append(s.site("Hill"))
        await s.gather()
        plan = await s.propose()
        hill = s.all[3]
        hill.part.sign(plan.digest)
        signature = hill.session.signatures[-1]
        await s.host.remove(hill.key, "It has another panel.")
        s.host.change(s.north.session.closed())
        fewer = plan_for(s.north.session)
        s.host.change(s.north.session.proposed(fewer))
        with pytest.raises(StudyError, match="ST705"):
            s.north.session.signed(replace(signature, digest=fewer.digest), s.north.office.verify)

    play(story)
