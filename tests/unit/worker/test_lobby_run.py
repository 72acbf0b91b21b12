"""core.worker.studies.joint_conductor: a run that fails somewhere ends everywhere."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from core.errors import SessionError, StudyError
from core.messages.events import HospitalChanged
from core.messages.study_events import ContinuationAwaited
from core.model.lobby import Phase
from core.study.rules import plan_id
from core.worker.studies.conducting import Conducting
from tests.unit.study.joint_study import plan_for
from tests.unit.worker.lobby_twin import Sites, until


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
        await s.river.until(lambda x: x.phase is Phase.INTERRUPTED and x.code == "SE403")

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
        assert (s.north.session.phase, s.north.session.released) == (Phase.INTERRUPTED, True)

    play(story)


@pytest.mark.parametrize("ended", ["finished", "failed"])
def test_a_party_that_never_says_how_its_run_ended_is_given_up(play, monkeypatch, ended) -> None:
    """Its line is open, its heartbeats come, and something in it is broken."""
    for name in ("_GRACE_S", "_PROMPT_S", "_REPORT_S"):
        monkeypatch.setattr(f"core.worker.studies.joint_conductor.{name}", 0.05)

    async def story(s: Sites) -> None:
        await s.gather()
        await s.agree()
        if ended == "failed":
            s.north.run.outcome = ("SE402", False)

        async def broken(_plan, _seats):
            await asyncio.sleep(60)

        s.lake.run.start = broken
        async with asyncio.timeout(5):
            own = await s.north.conducts()
        assert (own.code == "") == (ended == "finished")
        told = {e.hospital.name: e.hospital.code for e in s.north.events if _is_outcome(e)}
        assert told["Lake"] == "SE401"

    play(story)


def _is_outcome(event: object) -> bool:
    return isinstance(event, HospitalChanged)


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


def test_a_party_lost_before_it_connected_ends_the_wait_of_the_others_promptly(play) -> None:
    async def story(s: Sites) -> None:
        await s.gather()
        await s.agree()
        s.river.run.outcome = s.north.run.outcome = ("SE403", False)
        s.north.run.reached = False
        ends = {site: asyncio.Event() for site in (s.north, s.river)}
        for site, end in ends.items():
            start = site.run.start

            async def hang(plan, seats, start=start, end=end):
                await end.wait()
                return await start(plan, seats)

            async def cancel(end=end) -> None:
                end.set()

            site.run.start, site.run.cancel = hang, cancel

        async def vanish(_plan, _seats):
            for stream in s.exchange.streams:
                if stream.own_certificate_sha256 == s.lake.key:
                    await stream.aclose()
            await asyncio.sleep(60)

        s.lake.run.start = vanish
        async with asyncio.timeout(3):
            await s.north.conducts()
        assert s.north.session.phase is Phase.INTERRUPTED

    play(story)


def test_a_line_that_broke_between_preparing_and_starting_is_lost_at_once(play) -> None:
    async def story(s: Sites) -> None:
        await s.gather()
        await s.agree()
        members = s.host.members
        for stream in s.exchange.streams:
            if stream.own_certificate_sha256 == s.lake.key:
                await stream.aclose()
        await until(lambda: members[1] not in s.host._members.values())
        async with asyncio.timeout(2):
            for step in (members[1].start("d" * 64, ()), members[1].prepare("d" * 64, 2)):
                with pytest.raises(SessionError, match=r"SE401.*Lake"):
                    await step

    play(story)


# ---------------------------------------------------------------- going on


def test_it_goes_on_by_itself_when_everybody_is_back_without_new_signatures(play) -> None:
    async def story(s: Sites) -> None:
        await s.gather()
        plan = await s.agree()
        for site in s.all:
            site.run.before = [("SE406", True)]
        signed = s.north.session.signatures, s.north.session.approvals
        ended = await s.north.conducts(patience_s=5.0)
        assert ended.code == ""
        for site in s.all:
            await site.until(lambda x: x.phase is Phase.FINISHED)
            assert [p for p, _ in site.run.started] == [plan, plan]
            assert site.session.released
        assert (s.north.session.signatures, s.north.session.approvals) == signed
        waits = [e for e in s.north.events if isinstance(e, ContinuationAwaited)]
        assert [(w.waiting_for, w.attempt, w.most) for w in waits] == [((), 1, 3)]
        phases = [v.phase for v in s.lake.views()]
        assert phases.index(Phase.INTERRUPTED) < phases.index(Phase.FINISHED)

    play(story)


def test_it_waits_for_who_is_away_and_says_so(play) -> None:
    async def story(s: Sites) -> None:
        await s.gather()
        await s.agree()
        for site in s.all:
            site.run.before = [("SE407", True)]
        start = s.lake.run.start

        async def vanish(plan, seats):
            ended = await start(plan, seats)
            asyncio.get_running_loop().call_soon(lambda: closing.append(s.lake.part.aclose()))
            return ended

        closing: list = []
        s.lake.run.start = vanish
        running = asyncio.create_task(s.north.conducts(patience_s=20.0))
        await until(lambda: closing)
        await closing[0]
        s.lake.run.start = start
        said = lambda: [e for e in s.north.events if isinstance(e, ContinuationAwaited)]  # noqa: E731
        await until(lambda: any(w.waiting_for == ("Lake",) for w in said()))
        await s.lake.restarts()
        assert (await running).code == ""
        assert said()[-1].waiting_for == ()

    play(story)


def test_it_tries_three_times_by_itself_and_then_waits_for_a_person(play) -> None:
    async def story(s: Sites) -> None:
        await s.gather()
        await s.agree()
        for site in s.all:
            site.run.outcome = ("SE407", True)
        await s.north.conducts(patience_s=5.0)
        assert len(s.north.run.started) == 4
        assert s.north.session.phase is Phase.INTERRUPTED
        for site in s.all:
            site.run.outcome = ("", True)
        await s.north.conducts()
        assert s.north.session.phase is Phase.FINISHED

    play(story)


@pytest.mark.parametrize("code", ["SE403", "WO603", "PR501"])
def test_what_is_nobodys_loss_waits_for_a_person(play, code) -> None:
    async def story(s: Sites) -> None:
        await s.gather()
        await s.agree()
        for site in s.all:
            site.run.outcome = (code, True)
        await s.north.conducts(patience_s=5.0)
        assert len(s.north.run.started) == 1
        assert s.north.session.phase is Phase.INTERRUPTED

    play(story)


def test_records_that_contradict_end_the_study_for_good(play) -> None:
    async def story(s: Sites) -> None:
        await s.gather()
        await s.agree()
        for site in s.all:
            site.run.outcome = ("PR509", True)
        await s.north.conducts(patience_s=5.0)
        for site in s.all:
            await site.until(lambda x: x.phase is Phase.FAILED)
        with pytest.raises(StudyError, match="ST705"):
            await s.north.conducts()

    play(story)


def test_a_person_who_waits_for_it_cannot_start_it_twice(play) -> None:
    async def story(s: Sites) -> None:
        await s.gather()
        await s.agree()
        for site in s.all:
            site.run.before = [("SE406", True)]
        conducting = Conducting(s.north.events.append)
        running = asyncio.create_task(conducting.conduct(s.host, s.north.run, 5.0))
        await until(lambda: s.north.run.started)
        with pytest.raises(StudyError, match="continues by itself"):
            await conducting.conduct(s.host, s.north.run, 5.0)
        await running

    play(story)


def test_a_finished_hospital_helps_another_to_its_release(play) -> None:
    async def story(s: Sites) -> None:
        await s.gather()
        await s.agree()
        s.lake.run.before = [("WO603", True)]
        assert (await s.north.conducts()).code == ""
        assert (s.north.session.phase, s.north.session.code) == (Phase.INTERRUPTED, "WO603")
        assert s.north.session.released
        await s.river.until(lambda x: x.phase is Phase.FINISHED)
        await s.river.restarts()
        await until(lambda: len(s.host.online_keys) == 2)
        assert (await s.north.conducts()).code == ""
        for site in s.all:
            await site.until(lambda x: x.phase is Phase.FINISHED)
        assert len(s.river.run.started) == 2

    play(story)


def test_a_report_that_was_lost_is_said_again(play) -> None:
    async def story(s: Sites) -> None:
        await s.gather()
        await s.agree()
        start = s.lake.run.start

        async def finish_unheard(plan, seats):
            for stream in s.exchange.streams:
                if stream.own_certificate_sha256 == s.lake.key:
                    await stream.aclose()
            return await start(plan, seats)

        s.lake.run.start = finish_unheard
        await s.north.conducts()
        await s.north.until(lambda x: x.phase is Phase.FINISHED)

    play(story)


def test_a_hospital_that_left_is_taken_out_and_the_study_planned_again(play) -> None:
    async def story(s: Sites) -> None:
        s.all.append(s.site("Hill"))
        await s.gather()
        first = await s.agree()
        for site in s.all:
            site.run.outcome = ("SE406", True)
        await s.north.conducts()
        await s.lake.until(lambda x: x.phase is Phase.INTERRUPTED)
        await s.host.remove(s.all[3].key, "It left.")
        for site in s.all[:3]:
            await site.until(lambda x: x.plan is None and not x.signatures)
            assert site.session.spent
            site.run.outcome = ("", True)
        gone = s.all.pop()
        changes = {"study_id": plan_id(s.north.session.study_id, s.north.session.attempt)}
        second = await s.propose(**changes)
        assert second.study_id != first.study_id
        for site in s.all:
            site.part.sign(second.digest)
            site.part.approve(second.digest, "Grace")
        for site in s.all:
            await site.until(lambda x: x.stage is Phase.APPROVED)
        assert (await s.north.conducts()).code == ""
        await gone.part.aclose()

    play(story)


def test_an_interrupted_study_survives_a_restart_of_everybody(play) -> None:
    async def story(s: Sites) -> None:
        await s.gather()
        await s.agree()
        for site in s.all:
            site.run.before = [("SE407", True)]
        await s.north.conducts()
        for site in (s.river, s.north, s.lake):
            await site.until(lambda x: x.phase is Phase.INTERRUPTED)
            await site.restarts()
        await until(lambda: len(s.host.online_keys) == 2)
        assert (await s.north.conducts()).code == ""
        await s.lake.until(lambda x: x.phase is Phase.FINISHED)

    play(story)
