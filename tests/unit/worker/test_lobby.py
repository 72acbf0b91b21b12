"""core.worker.studies.lobby_host and lobby_guest over lines in memory: nobody is believed."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest

from core.errors import CohortError, SessionError, StudyError, WorkerError
from core.messages.lobby import (
    RunPrepareAsked,
    StartAsked,
)
from core.model.budget import Budget
from core.model.lobby import Phase, SeatState
from tests.unit.study.joint_study import plan_for
from tests.unit.worker.lobby_twin import NOW, Sites, until


def code_of(caught: pytest.ExceptionInfo[Exception]) -> str:
    return caught.value.code


def test_three_installations_agree_and_run(play) -> None:
    async def story(s: Sites) -> None:
        await s.gather()
        plan = await s.agree()
        assert s.north.views()[-1].waiting_for == ()
        ended = await s.north.conducts()
        assert ended.state.value == "finished"
        for site in s.all:
            await site.until(lambda x: x.phase is Phase.FINISHED)
            (ran, seats) = site.run.started[0]
            assert ran == plan
            assert [seat.number for seat in seats] == [0, 1, 2]
            assert site.session.spent

    play(story)


def test_a_joiner_sees_nobody_else_before_it_is_accepted(play) -> None:
    async def story(s: Sites) -> None:
        host = await s.north.hosts()
        await s.river.joins(host.make_invitation(3600))
        await s.lake.joins(host.make_invitation(3600))
        assert [p.name for p in s.lake.session.participants] == ["North", "Lake"]
        host.change(s.north.session.accepted(s.river.key))
        await s.river.until(lambda x: x.participant(s.river.key).state is SeatState.ACCEPTED)
        assert [p.name for p in s.river.session.participants] == ["North", "River"]
        host.change(s.north.session.accepted(s.lake.key))
        await s.river.until(lambda x: len(x.participants) == 3)

    play(story)


# ---------------------------------------------------------------- invitations


def test_a_stolen_invitation_is_refused_and_shown(play) -> None:
    async def story(s: Sites) -> None:
        await s.gather()
        thief = s.site("Thief")
        with pytest.raises(StudyError) as caught:
            await thief.joins(s.invitations[0])
        assert code_of(caught) == "ST703"
        assert s.north.session.warnings == (("secret-used-twice", s.invitations[0].secret_id),)
        assert len(s.north.session.participants) == 3

    play(story)


def test_the_secret_itself_must_be_proved(play) -> None:
    async def story(s: Sites) -> None:
        host = await s.north.hosts()
        good = host.make_invitation(3600)
        guess = replace(good, secret="0" * 64)
        with pytest.raises(StudyError) as caught:
            await s.river.joins(guess)
        assert code_of(caught) == "ST704"
        with pytest.raises(SessionError) as caught:
            await s.river.joins(replace(good, secret_id="0" * 32))
        assert code_of(caught) == "SE402"
        s.north.clock.time = NOW + 3601
        with pytest.raises(StudyError) as caught:
            await s.river.joins(good)
        assert code_of(caught) == "ST702"
        assert s.north.session.participants[1:] == ()

    play(story)


def test_a_cohort_that_does_not_fit_never_asks(play) -> None:
    async def story(s: Sites) -> None:
        host = await s.north.hosts()
        s.river.run.objection = CohortError("CH108", gene="X", file="f", missing=1, wanted=3)
        with pytest.raises(CohortError):
            await s.river.joins(host.make_invitation(3600))
        assert s.north.session.participants[1:] == ()
        assert s.river.office.shelf.sessions() == ()

    play(story)


def test_a_panel_that_is_not_the_invitations_is_refused(play) -> None:
    async def story(s: Sites) -> None:
        host = await s.north.hosts()
        invitation = host.make_invitation(3600)
        host.change(replace(s.north.session, genes=("TP53", "MPO", "KRAS")))
        with pytest.raises(StudyError) as caught:
            await s.river.joins(invitation)
        assert code_of(caught) == "ST715"

    play(story)


# ---------------------------------------------------------------- restarts


def test_everything_survives_a_restart_of_everybody(play) -> None:
    async def story(s: Sites) -> None:
        await s.gather()
        plan = await s.propose()
        s.river.part.sign(plan.digest)
        await s.north.until(lambda x: len(x.signatures) == 1)
        for site in (s.river, s.north, s.lake):
            await site.restarts()
        for site in s.all[1:]:
            await site.until(lambda x: x.plan == plan)
        await s.river.until(lambda x: len(x.signatures) == 1)
        for site in s.all:
            site.part.sign(plan.digest)
            site.part.approve(plan.digest, "Grace")
        await s.north.until(lambda x: x.stage is Phase.APPROVED)
        await s.north.restarts()
        await until(lambda: len(s.host.online_keys) == 2)
        await s.north.conducts()
        await s.lake.until(lambda x: x.phase is Phase.FINISHED)

    play(story)


def test_what_was_signed_offline_arrives_later(play) -> None:
    async def story(s: Sites) -> None:
        await s.gather()
        plan = await s.propose()
        await s.lake.part.aclose()
        s.lake.part.sign(plan.digest)
        s.lake.part.approve(plan.digest, "Grace")
        assert s.north.session.signatures == ()
        await s.lake.restarts()
        await s.north.until(lambda x: len(x.approvals) == 1)

    play(story)


# ---------------------------------------------------------------- agreeing


def test_a_refusal_reaches_everybody_and_voids_everything(play) -> None:
    async def story(s: Sites) -> None:
        await s.gather()
        plan = await s.agree()
        with pytest.raises(StudyError) as caught:
            s.river.part.refuse(plan.digest, "  ")
        assert code_of(caught) == "ST706"
        s.river.part.refuse(plan.digest, "The cap is needed elsewhere.")
        await s.north.until(lambda x: x.phase is Phase.ROSTER_CLOSED)
        assert s.north.session.participant(s.river.key).reason == "The cap is needed elsewhere."
        await s.lake.until(lambda x: x.plan is None and not x.signatures)
        again = await s.propose()
        assert again == plan
        assert s.lake.session.missing("sign") == ("North", "River", "Lake")

    play(story)


def test_a_plan_that_differs_is_refused_by_the_hospitals_themselves(play) -> None:
    async def story(s: Sites) -> None:
        await s.gather()
        s.host.change(s.north.session.closed())
        plan = plan_for(s.north.session, budget=Budget(epsilon=2.0))
        cheated = replace(
            s.north.session,
            terms=replace(s.north.session.terms, budget=Budget(epsilon=2.0)),
        ).proposed(plan)
        s.host.change(cheated)
        await s.north.until(lambda x: x.phase is Phase.ROSTER_CLOSED)
        reasons = {p.reason for p in s.north.session.participants}
        assert any("privacy level" in r for r in reasons)
        assert "ST715" in s.river.refusals() + s.lake.refusals()
        assert not s.river.session.signatures
        assert s.river.session.plan is None

    play(story)


def test_a_private_objection_keeps_its_reason(play) -> None:
    async def story(s: Sites) -> None:
        await s.gather()
        s.lake.run.objection = CohortError("CH109", row=17, file="secret-name.csv")
        s.host.change(s.north.session.closed())
        s.host.change(s.north.session.proposed(plan_for(s.north.session)))
        await s.north.until(lambda x: x.phase is Phase.ROSTER_CLOSED)
        reason = s.north.session.participant(s.lake.key).reason
        assert reason == "The hospital's own check refuses it."
        assert "CH109" in s.lake.refusals()

    play(story)


def test_nothing_runs_that_a_hospital_did_not_see_approved(play) -> None:
    """A cheating coordinator asks for the run itself; every hospital looks at its own session."""

    async def story(s: Sites) -> None:
        await s.gather()
        plan = await s.propose()
        with pytest.raises(StudyError) as caught:
            await s.north.conducts()
        assert code_of(caught) == "ST708"
        for site in s.all[1:]:
            site.part.sign(plan.digest)
        await s.north.until(lambda x: len(x.signatures) == 2)
        for member in s.host.members:
            member.line.say(RunPrepareAsked(digest=plan.digest))
            member.line.say(StartAsked(digest=plan.digest, peers=()))
        await asyncio.sleep(0.2)
        for site in s.all[1:]:
            assert "ST708" in site.refusals()
            assert site.run.started == []
            assert site.session.phase is Phase.PLAN_PROPOSED

    play(story)


def test_forged_endorsements_are_not_believed(play) -> None:
    async def story(s: Sites) -> None:
        await s.gather()
        plan = await s.propose()
        s.north.part.sign(plan.digest)
        await s.river.until(lambda x: len(x.signatures) == 1)
        own = s.north.session.signatures[0]
        forged = replace(own, key=s.lake.key)
        shown = replace(s.north.session, signatures=(own, forged))
        s.host.change(shown)
        await asyncio.sleep(0.2)
        assert [e.key for e in s.river.session.signatures] == [s.north.key]
        assert "ST707" in s.river.refusals()

    play(story)


def test_run_certificates_need_their_installations_word(play) -> None:
    async def story(s: Sites) -> None:
        await s.gather()
        plan = await s.agree()
        seats = [await x.run.prepare(x.session) for x in s.all]
        swapped = replace(seats[1], certificate_pem=seats[2].certificate_pem)
        for wrong in (
            (seats[0], swapped, seats[2]),
            (seats[0], seats[1]),
            (seats[0], replace(seats[1], certificate_pem="x"), seats[2]),
            (seats[0], replace(seats[2], number=1), seats[2]),
        ):
            with pytest.raises(StudyError) as caught:
                s.river.run.require_vouched(s.river.session, plan, wrong)
            assert code_of(caught) == "ST707"
            for member in s.host.members:
                member.line.say(StartAsked(digest=plan.digest, peers=wrong))
        await asyncio.sleep(0.2)
        assert all(x.run.started == [] for x in s.all)
        s.river.run.require_vouched(s.river.session, plan, tuple(seats))

    play(story)


# ---------------------------------------------------------------- leaving


def test_who_was_away_hears_later_why_it_was_taken_out(play) -> None:
    async def story(s: Sites) -> None:
        await s.gather()
        await s.lake.part.aclose()
        await s.host.remove(s.lake.key, "Wrong cohort.")
        await s.lake.restarts()
        await s.lake.until(lambda x: x.phase is Phase.ENDED)
        assert "Wrong cohort." in s.lake.session.reason

    play(story)


def test_leaving_and_removing_reach_the_others(play) -> None:
    async def story(s: Sites) -> None:
        await s.gather()
        await s.agree()
        await s.lake.part.leave("Our grant ended.")
        await s.north.until(lambda x: x.phase is Phase.LOBBY)
        assert s.north.session.participant(s.lake.key).reason == "Our grant ended."
        assert not s.north.session.signatures
        await s.host.remove(s.river.key, "Wrong cohort.")
        await s.river.until(lambda x: x.phase is Phase.ENDED)
        assert s.river.session.reason == "Wrong cohort."
        with pytest.raises(StudyError) as caught:
            await s.site("River").joins(s.invitations[0])
        assert code_of(caught) == "ST703"

    play(story)


def test_words_that_differ_end_it_for_that_hospital(play) -> None:
    async def story(s: Sites) -> None:
        await s.gather()
        await s.host.compare(s.lake.key, same=False)
        await s.lake.until(lambda x: x.over)
        assert ("words-differ", "Lake") in s.north.session.warnings
        await s.host.leave("Something is wrong.")
        await s.river.until(lambda x: x.reason == "Something is wrong.")

    play(story)


def test_sessions_of_older_versions_are_read(play) -> None:
    async def story(s: Sites) -> None:
        await s.gather()
        await s.agree()
        shelf, session = s.lake.office.shelf, s.lake.session
        path = shelf._path(session.study_id)
        tree = json.loads(path.read_bytes())
        for later in ("released", "reference", "noise"):  # version 0.1 did not write them
            del tree["fields"][later]
        del tree["fields"]["terms"]["reference"]
        path.write_text(json.dumps(tree))
        assert shelf.session(session.study_id) == session
        for body in (b"[]", b'{"v": 1}', b"{"):
            path.write_bytes(body)
            with pytest.raises(WorkerError, match="WO606"):
                shelf.session(session.study_id)
        path.write_text(json.dumps(tree))

    play(story)
