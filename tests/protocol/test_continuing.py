"""core.protocol.continuing: one total for each stage, whatever ended the runs before."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import replace

import pytest
from engine_memory import Wire, sessions
from engine_parties import plan_of, stage_of
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from core.errors import ProtocolError
from core.model.continuing import Choice, StageLevel, Standing
from core.protocol import continuing
from core.protocol.continuing import agree, all_stored, decide, decode, encode
from core.protocol.mailbox import Kind, Label, pack

ONE, OTHER, Y, Z = ("1" * 64, "2" * 64, "a" * 64, "b" * 64)
NONE = Standing()


def stored(sharing: str = ONE) -> Standing:
    return Standing(level=StageLevel.STORED, sharing=sharing)


def opening(sharing: str = ONE) -> Standing:
    return Standing(level=StageLevel.OPENING, sharing=sharing)


def opened(sharing: str = ONE, totals: str = Y) -> Standing:
    return Standing(level=StageLevel.OPENED, sharing=sharing, totals=totals)


ALL = (NONE, stored(), stored(OTHER), opening(), opening(OTHER), opened(), opened(totals=Z))
ALL += (opened(OTHER), opened(OTHER, Z))


def names(m: int) -> list[str]:
    return [f"H{i}" for i in range(m)]


def choice_of(here: tuple[Standing, ...]) -> Choice | None:
    try:
        return decide(["s"], names(len(here)), [(s,) for s in here])[0]
    except ProtocolError:
        return None


# ---- one stage, every combination


def expected(here: tuple[Standing, ...]) -> Choice | None:
    """The rule in other words: what is public of a total, and who could still make it."""
    leaked = {s.sharing for s in here if s.level >= StageLevel.OPENING}
    whole = {s for s in (ONE, OTHER) if all(h.sharing == s for h in here)}
    if leaked - whole:
        return None  # a total may be known that these parties cannot open again
    if len({s.totals for s in here} - {""}) > 1:
        return None
    if not whole:
        return Choice.AFRESH
    return Choice.KEPT if all(s.totals for s in here) else Choice.AGAIN


@pytest.mark.parametrize("here", list(itertools.product(ALL, repeat=3)), ids=str)
def test_every_combination_of_three_hospitals(here):
    assert choice_of(here) is expected(here)


@given(st.lists(st.sampled_from(ALL), min_size=3, max_size=10), st.randoms())
def test_any_number_of_hospitals_decides_alike_and_in_any_order(here, shuffler):
    found = choice_of(tuple(here))
    assert found is expected(tuple(here))
    shuffler.shuffle(here)
    assert choice_of(tuple(here)) is found


def test_a_refusal_names_the_stage_and_who_lost_its_part():
    with pytest.raises(ProtocolError, match=r"PR509.*tables.*had begun.*H2"):
        decide(["tables"], names(3), [(opening(),), (stored(),), (NONE,)])


def test_a_stage_before_an_unfinished_one_must_be_on_the_disk():
    sound = [(opened(), stored())] * 3
    assert decide(["a", "b"], names(3), sound) == (Choice.KEPT, Choice.AGAIN)
    for first in (NONE, stored(), opening()):
        with pytest.raises(ProtocolError, match="H1 skips a stage"):
            decide(["a", "b"], names(3), [sound[0], (first, stored()), sound[0]])


# ---- whole histories: parties that crash anywhere, again and again


class Hospitals:
    """m hospitals that follow the order of a stage's steps, crash, and meet again. Keeps what a
    coalition could know: the sharings of each stage that any honest share has left for.
    """

    def __init__(self, m: int, n_stages: int) -> None:
        self.m, self.run = m, 0
        self.kept = [[NONE] * n_stages for _ in range(m)]
        self.known: list[set[str]] = [set() for _ in range(n_stages)]

    def meet(self, steps: list[int]) -> None:
        """Run with ``steps``: who does its next step, until they are used up; then all crash."""
        self.run += 1
        sharing = f"{self.run:064x}"
        n_stages = len(self.known)
        choices = decide([str(i) for i in range(n_stages)], names(self.m), self.kept)
        self._walk(list(choices), sharing, steps)

    def _walk(self, choices: list[Choice], sharing: str, steps: list[int]) -> None:
        said = [[False] * len(choices) for _ in range(self.m)]
        at, here = [0] * self.m, set()
        for party in steps:
            if party not in here:  # each forgets by itself, or crashes before it does
                here.add(party)
                for index, choice in enumerate(choices):
                    if choice is Choice.AFRESH:
                        self.kept[party][index] = NONE
            while at[party] < len(choices) and choices[at[party]] is Choice.KEPT:
                at[party] += 1
            index = at[party]
            if index == len(choices):
                continue
            if not said[party][index]:
                self._say(party, index, choices[index], sharing, said)
            elif all(s[index] for s in said):
                self._open(party, index, at)

    def _say(self, party, index, choice, sharing, said) -> None:
        if choice is Choice.AFRESH:
            if index and any(k[index - 1].level < StageLevel.OPENED for k in self.kept):
                return  # the inputs of this stage wait for everybody's totals of the one before
            self.kept[party][index] = stored(sharing)
        said[party][index] = True

    def _open(self, party, index, at) -> None:
        own = self.kept[party][index]
        if own.level is StageLevel.STORED:
            self.kept[party][index] = replace(own, level=StageLevel.OPENING)
            return
        self.known[index].add(own.sharing)  # its share leaves
        others = [k[index] for k in self.kept]
        if all(o.level >= StageLevel.OPENING for o in others):
            self.kept[party][index] = opened(own.sharing, own.sharing)
            at[party] += 1


@settings(max_examples=200, deadline=None)
@given(
    st.integers(3, 10),
    st.integers(1, 3),
    st.lists(st.lists(st.integers(0, 9), max_size=120), min_size=1, max_size=6),
)
def test_honest_hospitals_open_one_total_for_each_stage_and_are_never_refused(m, n, runs):
    hospitals = Hospitals(m, n)
    for steps in runs:
        hospitals.meet([s % m for s in steps])
    assert all(len(known) <= 1 for known in hospitals.known)


@settings(max_examples=200, deadline=None)
@given(
    st.integers(3, 5),
    st.lists(st.integers(0, 9), min_size=8, max_size=60),
    st.integers(0, 9),
    st.lists(st.integers(0, 9), min_size=40, max_size=80),
)
def test_a_record_that_is_rolled_back_never_leads_to_a_second_total(m, before, who, after):
    hospitals = Hospitals(m, 1)
    hospitals.meet([s % m for s in before])
    others = [k[0] for i, k in enumerate(hospitals.kept) if i != who % m]
    assume(any(s.level >= StageLevel.OPENING for s in others))
    hospitals.kept[who % m][0] = NONE
    with pytest.raises(ProtocolError, match="PR509"):
        hospitals.meet([s % m for s in after])
    assert len(hospitals.known[0]) <= 1


def plant(monkeypatch, mistake) -> Hospitals:
    """Let the choice be ``mistake`` of the least level; return three hospitals."""

    def wrong(_stage, _names, here):
        return mistake(min(s.level for s in here))

    monkeypatch.setattr(continuing, "_choose", wrong)
    return Hospitals(3, 1)


def test_planted_mistake_new_noise_after_an_opening_began(monkeypatch):
    hospitals = plant(monkeypatch, lambda _least: Choice.AFRESH)
    for _ in range(2):
        hospitals.meet([0, 1, 2] * 3)
    assert len(hospitals.known[0]) == 2


def test_planted_mistake_stored_shares_of_two_runs(monkeypatch):
    again = lambda least: Choice.AGAIN if least >= StageLevel.STORED else Choice.AFRESH  # noqa: E731
    hospitals = plant(monkeypatch, again)
    hospitals.meet([0, 1])
    hospitals.meet([2])
    hospitals.meet([0, 1, 2] * 3)
    assert len(hospitals.known[0]) == 2
    monkeypatch.undo()
    honest = Hospitals(3, 1)
    for steps in ([0, 1], [2], [0, 1, 2] * 3):
        honest.meet(steps)
    assert len(honest.known[0]) == 1


# ---- messages


standings = st.sampled_from(ALL)


@given(st.lists(standings, max_size=9))
def test_standings_travel(given_standings):
    assert decode(encode(given_standings)) == tuple(given_standings)


@given(st.binary(min_size=65, max_size=65))
def test_any_bytes_are_a_standing_or_none(payload):
    found = decode(payload)
    assert found is None or encode(found) == payload


@pytest.mark.parametrize(
    "payload",
    [
        b"\x04" + bytes(64),
        b"\x00" + b"\1" * 32 + bytes(32),
        b"\x01" + bytes(64),
        b"\x01" + b"\1" * 64,
        b"\x03" + b"\1" * 32 + bytes(32),
    ],
)
def test_what_no_run_leaves_is_no_standing(payload):
    assert decode(payload) is None


def together(plan, steps):
    """Run one coroutine for each party; a failure of one is raised."""

    async def main():
        wire = Wire()
        made = sessions(plan, wire, step_s=2.0)
        return await asyncio.gather(*(step(s) for step, s in zip(steps, made, strict=True)))

    return asyncio.run(main())


PLAN = plan_of([f"{i:064x}" for i in range(3)], 1, stage_of("a"), stage_of("b"))


def test_parties_agree_on_the_same_choices():
    said = ((opened(), stored()), (opened(), NONE), (opened(), NONE))
    steps = [lambda s, own=own: agree(s, own) for own in said]
    assert together(PLAN, steps) == [(Choice.KEPT, Choice.AFRESH)] * 3


def test_parties_that_contradict_each_other_all_refuse():
    said = ((opened(), NONE), (NONE, NONE), (opened(), NONE))
    for number, own in enumerate(said):
        steps = [lambda s, own=o: agree(s, own) for o in said]

        async def alone(session, own=own):
            with pytest.raises(ProtocolError, match="PR509"):
                await agree(session, own)

        steps[number] = alone
        with pytest.raises(ProtocolError, match="PR509"):
            together(PLAN, steps)


def test_a_malformed_standing_is_refused_and_named():
    async def garbage(session):
        session.broadcast(Label(Kind.STANDINGS), b"\xff" * 130)

    def honest(session):
        return agree(session, (NONE, NONE))

    with pytest.raises(ProtocolError, match=r"PR502|Hospital C"):
        together(PLAN, [honest, honest, garbage])


def test_nobody_passes_the_barrier_before_all_have_stored():
    async def main():
        made = sessions(PLAN, Wire(), step_s=5.0)
        waiting = [asyncio.ensure_future(all_stored(s, 0, "a", ONE)) for s in made[:2]]
        await asyncio.sleep(0.05)
        assert not any(w.done() for w in waiting)
        await all_stored(made[2], 0, "a", ONE)
        await asyncio.gather(*waiting)

    asyncio.run(main())


@pytest.mark.parametrize("other", [(1, "a", ONE), (0, "a", OTHER)])
def test_a_statement_about_another_stage_or_sharing_does_not_count(other):
    index, stage, sharing = other

    async def late(session):
        if index:
            message = pack(Label(Kind.STORED, 0), bytes(32))
            for channel in session._channels.values():
                channel.send(message)
        else:
            await all_stored(session, index, stage, sharing)

    steps = [lambda s: all_stored(s, 0, "a", ONE)] * 2
    with pytest.raises(ProtocolError, match="another sharing"):
        together(PLAN, [*steps, late])
