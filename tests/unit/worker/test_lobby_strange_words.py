"""A member, or a coordinator, whose words have the right shape and any content at any moment.

Whoever holds a seat is authenticated, so its words reach the session. None of them may end in an
error of ours, stop the line of another, or move a study past what all have signed.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import SynCohortError
from core.messages.codec import decode
from core.messages.events import Refused
from core.messages.lobby import COORDINATOR_WORDS, JOINER_WORDS
from core.model.lobby import Phase
from tests.property.shapes import fields_of
from tests.unit.worker.lobby_twin import Sites, until

FEW = settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def words_of(data: st.DataObject, kinds: dict[str, type], known: dict[str, Any]) -> list[Any]:
    """Words that decode; facts of the study stand in many of them."""
    found = []
    for _ in range(data.draw(st.integers(1, 6))):
        name = data.draw(st.sampled_from(sorted(kinds)))
        tree = data.draw(fields_of(kinds[name]))
        for field, value in known.items():
            if field in tree and data.draw(st.booleans()):
                tree[field] = value
        body = json.dumps({"v": 1, "type": name, "fields": tree}).encode()
        try:
            found.append(decode(body, kinds))
        except SynCohortError:
            continue
    return found


def facts(s: Sites, digest: str) -> dict[str, Any]:
    seats = [
        {
            "certificate_pem": site.identity.certificate_pem,
            "name": site.name,
            "has_cohort": True,
            "attestations": [a.value for a in site.seat().attestations],
            "accepted": True,
        }
        for site in s.all
    ]
    return {"digest": digest, "plan_digest": digest, "seats": seats, "name": "River"}


def ours_at_fault(s: Sites) -> list[str]:
    return [
        e.code
        for site in s.all
        for e in site.events
        if isinstance(e, Refused) and e.code.startswith("IN9")
    ]


def play(story) -> None:
    async def main() -> None:
        with tempfile.TemporaryDirectory() as folder:
            s = Sites(Path(folder))
            try:
                async with asyncio.timeout(30):
                    await story(s)
            finally:
                await s.close()

    asyncio.run(main())


@FEW
@given(st.data())
def test_no_word_of_a_member_breaks_the_lobby(data):
    async def story(s: Sites) -> None:
        await s.gather()
        digest = (await s.agree()).digest if data.draw(st.booleans()) else "f" * 64
        line = s.river.part._line
        before = set(s.north.part.online_keys)
        for word in words_of(data, JOINER_WORDS, facts(s, digest)):
            line.say(word)
        await asyncio.sleep(0.02)
        assert ours_at_fault(s) == []
        assert s.north.session.phase is not Phase.RUNNING
        assert before - {s.river.key} <= s.north.part.online_keys  # nobody else is hurt
        endorsed = {e.key for e in s.north.session.signatures}
        if endorsed:
            assert s.north.session.plan is not None

    play(story)


@FEW
@given(st.data())
def test_no_word_of_a_coordinator_breaks_a_participant(data):
    async def story(s: Sites) -> None:
        await s.gather()
        digest = (await s.agree()).digest if data.draw(st.booleans()) else "f" * 64
        member = s.host._members[s.river.key]
        said = words_of(data, COORDINATOR_WORDS, facts(s, digest))
        for word in said:
            member.line.say(word)
        await asyncio.sleep(0.02)
        assert ours_at_fault(s) == []
        assert s.river.run.started == []  # nobody vouched for these run certificates
        assert s.river.session.phase is not Phase.RUNNING

    play(story)


def test_nothing_starts_without_everybodys_voucher():
    """The strongest wrong word: a start with all the right facts and a voucher of nobody."""

    async def story(s: Sites) -> None:
        from core.messages.lobby import RunSeat, StartAsked
        from core.model.peer import DirectRoute

        await s.gather()
        plan = await s.agree()
        seats = tuple(
            RunSeat(
                number=i,
                route=DirectRoute(host="127.0.0.1", port=1),
                certificate_pem=site.identity.certificate_pem,
                voucher=site.identity.sign(b"something else"),
            )
            for i, site in enumerate(s.all)
        )
        s.host._members[s.river.key].line.say(StartAsked(digest=plan.digest, peers=seats))
        await until(lambda: "ST707" in s.river.refusals())
        assert s.river.run.started == []
        assert s.river.session.phase is Phase.PLAN_PROPOSED
        assert asdict(s.river.session)["attempt"] == 0

    play(story)
