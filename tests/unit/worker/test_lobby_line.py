"""core.worker.lines.lobby_line: a frame is good once, in its place, on its own connection."""

from __future__ import annotations

import asyncio

import pytest

from core.errors import ProtocolError
from core.messages.lobby import (
    JOINER_WORDS,
    EndorsementsShown,
    PlanProposed,
    PlanSigned,
    Presence,
    RosterSeat,
    RosterShown,
)
from core.worker.lines.lobby_line import LobbyLine, facts_at_coordinator
from tests.unit.study.joint_study import plan_for
from tests.unit.worker.lobby_twin import Sites, until

STRANGE = RosterSeat(
    certificate_pem="-----BEGIN CERTIFICATE-----",
    name="X",
    has_cohort=True,
    attestations=(),
    accepted=True,
)


def test_replayed_reordered_and_altered_frames_end_the_line(play) -> None:
    async def story(s: Sites) -> None:
        host = await s.north.hosts()
        invitation = host.make_invitation(3600)
        await s.river.joins(invitation)
        sent = next(x for x in s.exchange.streams if x.own_certificate_sha256 == s.river.key).sent
        for frames in (
            sent[1:2],  # not the first
            [sent[0], sent[0]],  # twice
            [sent[0][:-30] + b"A" + sent[0][-29:]],  # altered
            [b"\x00\x00\x00\x02{}"],
            [b""],
            [b"\xff" * 100],
        ):
            stream = await s.river.office.wires.dial(
                s.north.session.meeting,
                s.north.session.token,
                invitation.secret_id,
                s.north.key,
            )
            far = stream.other
            # the same nonces, so that only the order or the bytes are wrong
            first = s.exchange.streams[0]
            stream.own_nonce, stream.peer_nonce = first.own_nonce, first.peer_nonce
            far.own_nonce, far.peer_nonce = first.peer_nonce, first.own_nonce
            facts = facts_at_coordinator(far, s.north.session.token)
            line = LobbyLine(far, facts, s.north.identity, s.north.office.verify, JOINER_WORDS)
            heard = []
            with pytest.raises(ProtocolError) as caught:  # noqa: PT012 - the last frame raises
                for frame in frames:
                    far.frames.put_nowait(frame)
                    heard.append(await line.heard())
            assert caught.value.code == "PR502"
            assert len(heard) == len(frames) - 1
            await stream.aclose()

    play(story)


def test_a_frame_of_another_connection_is_worthless(play) -> None:
    async def story(s: Sites) -> None:
        host = await s.north.hosts()
        invitation = host.make_invitation(3600)
        await s.river.joins(invitation)
        first = next(x for x in s.exchange.streams if x.own_certificate_sha256 == s.river.key)
        thief = s.site("Thief")
        # somebody who recorded everything dials with a certificate of its own
        host._doors.expect(invitation.secret_id)
        stream = await thief.office.wires.dial(
            s.north.session.meeting, s.north.session.token, invitation.secret_id, s.north.key
        )
        for frame in first.sent:
            stream.send(frame)
        async with asyncio.timeout(5):
            while await stream.receive() is not None:
                pass
        assert len(s.north.session.participants) == 2

    play(story)


def test_a_coordinator_says_only_its_own_words(play) -> None:
    async def story(s: Sites) -> None:
        await s.gather()
        await s.river.until(lambda x: len(x.seated) == 3)
        session = s.river.session
        member = s.host._members[s.river.key]
        member.line.say(PlanSigned(digest="0" * 64, signature=b"x"))  # a joiner's word
        await until(lambda: not s.river.part.online)
        await until(lambda: s.river.part.online)
        assert s.river.session == session
        for word in (
            Presence(),
            PlanProposed(plan=plan_for(s.north.session)),
            RosterShown(seats=(), closed=False, plan_digest=""),
            RosterShown(seats=(STRANGE, STRANGE), closed=False, plan_digest=""),
            EndorsementsShown(digest="0" * 64, signatures=(), approvals=()),
        ):
            await until(lambda: s.river.key in s.host.online_keys)
            s.host._members[s.river.key].line.say(word)
            await asyncio.sleep(0.05)
        await until(lambda: s.river.part.online)
        assert s.river.session.plan is None
        assert "IN902" not in s.river.refusals()

    play(story)
