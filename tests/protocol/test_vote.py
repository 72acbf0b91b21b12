"""The private vote: its outcome for every pattern of votes, and what a party can see of it."""

from __future__ import annotations

import asyncio
import itertools

import numpy as np
import pytest
from engine_memory import Wire, sessions
from engine_parties import plan_of, stage_of

from core.errors import ProtocolError
from core.model.judging import Judging, VotePolicy
from core.protocol.field import LARGE_EXPONENT, MersenneField
from core.protocol.mailbox import Kind
from core.protocol.vote import VOTE, all_agree
from core.randomness import NoiseSource

FIELD = MersenneField(exponent=LARGE_EXPONENT)
P = FIELD.modulus
VOTED = Judging(vote=VotePolicy.YES_NO)


def plan_for(m: int, t: int):
    return plan_of([f"{i:064x}" for i in range(m)], t, stage_of(), judging=VOTED)


class Dealer:
    """Shamir's sharing between sessions of one process; keeps what every party received."""

    def __init__(self, m: int, t: int) -> None:
        self.m, self.t, self.source = m, t, NoiseSource()
        self.calls: dict[tuple[int, int], asyncio.Future] = {}
        self.received: list[list[list[list[int]]]] = []
        self._counts = [0] * m

    def of(self, party: int) -> _Sharing:
        return _Sharing(self, party)

    def deal(self, secret: int) -> list[int]:
        terms = [secret % P, *(self.source.below(P) for _ in range(self.t))]
        return [sum(c * (i + 1) ** k for k, c in enumerate(terms)) % P for i in range(self.m)]


class _Sharing:
    def __init__(self, dealer: Dealer, party: int) -> None:
        self._dealer, self._party = dealer, party

    async def share_sum(self, field, vector, step, step_s):
        dealer, loop = self._dealer, asyncio.get_running_loop()
        call = dealer._counts[self._party]
        dealer._counts[self._party] += 1
        for sender in range(dealer.m):
            dealer.calls.setdefault((call, sender), loop.create_future())
        dealt = [dealer.deal(int(v)) for v in vector]
        dealer.calls[call, self._party].set_result(dealt)
        parts = [await dealer.calls[call, sender] for sender in range(dealer.m)]
        mine = [[values[self._party] for values in part] for part in parts]
        if len(dealer.received) <= call:
            dealer.received.append([[] for _ in range(dealer.m)])
        dealer.received[call][self._party] = mine
        return np.array([sum(column) % P for column in zip(*mine, strict=True)], dtype=np.uint64)


class Fixed:
    """A source that draws what the test says."""

    def __init__(self, value: int) -> None:
        self._value = value

    def below(self, _bound: int) -> int:
        return self._value


def vote(noes, t, sources=None, wire=None):
    """Return every party's outcome, the sessions and the dealer."""
    m = len(noes)

    async def main():
        found = sessions(plan_for(m, t), wire or Wire())
        dealer = Dealer(m, t)
        work = [
            all_agree(
                s,
                dealer.of(i),
                sources[i] if sources else NoiseSource(),
                5.0,
                refuses=noes[i],
            )
            for i, s in enumerate(found)
        ]
        return await asyncio.gather(*work), found, dealer

    return asyncio.run(main())


@pytest.mark.parametrize("noes", list(itertools.product((False, True), repeat=3)))
def test_every_pattern_of_three(noes) -> None:
    outcomes, found, _ = vote(noes, 1)
    assert outcomes == [not any(noes)] * 3
    assert [s.opened for s in found] == [[VOTE]] * 3


@pytest.mark.parametrize(("m", "t"), [(4, 1), (5, 2), (10, 4)])
@pytest.mark.parametrize("n_noes", [0, 1, 2, "all"])
def test_more_parties(m, t, n_noes) -> None:
    noes = [i < (m if n_noes == "all" else n_noes) for i in range(m)]
    outcomes, _, _ = vote(noes[::-1], t)
    assert outcomes == [n_noes == 0] * m


def opened_value(wire, m) -> int:
    """What was opened, from the frames on the wire."""
    shares = {}
    for sender, _, frame in wire.frames:
        if Kind(frame[0]) is Kind.VOTE:
            shares[sender] = int.from_bytes(frame[13:], "little")
    assert len(shares) == m
    from core.protocol.shares import interpolate

    rows = [(i, np.array([v], dtype=np.uint64)) for i, v in sorted(shares.items())]
    return int(interpolate(FIELD, rows[:2] if m == 3 else rows)[0])


def test_what_is_opened_is_nothing_but_zero_or_chance() -> None:
    """r s of a known r: the number of noes is in it; of an unknown r, one of each half is as
    likely, whoever said no and however many did.
    """
    for noes in ((True, False, False), (False, False, True), (True, True, False)):
        wire = Wire()
        vote(noes, 1, sources=[Fixed(5), Fixed(7), Fixed(0)], wire=wire)
        assert opened_value(wire, 3) == 12 * sum(noes) % P
    for noes in ((True, False, False), (True, True, True)):
        values = []
        for _ in range(60):
            wire = Wire()
            vote(noes, 1, wire=wire)
            values.append(opened_value(wire, 3))
        assert len(set(values)) == 60
        above = sum(v > P // 2 for v in values)
        assert 12 <= above <= 48, "a fair coin is outside once in 300,000 times"


def test_the_opened_polynomial_tells_nothing_more() -> None:
    """All agree and r is known: the product's own polynomial would be fixed; the opened one has a
    fresh coefficient each time.
    """
    slopes = set()
    for _ in range(8):
        wire = Wire()
        vote((False, False, False), 1, sources=[Fixed(1)] * 3, wire=wire)
        shares = {s: f[13:] for s, _, f in wire.frames if Kind(f[0]) is Kind.VOTE}
        slopes.add((shares[0], shares[1]))
    assert len(slopes) == 8


def test_planted_bugs_are_seen() -> None:
    """A vote whose factor is the same at every party, or known, opens the number of noes."""
    wire = Wire()
    vote((True, True, False), 1, sources=[Fixed(1), Fixed(0), Fixed(0)], wire=wire)
    assert opened_value(wire, 3) == 2, "with r = 1 the number of noes is there to read"
    wire = Wire()
    outcomes, _, _ = vote((True, False, False), 1, sources=[Fixed(0)] * 3, wire=wire)
    assert outcomes == [True] * 3, "r = 0, once in 2^61 votes, hides a no"


def test_one_share_of_everything_is_independent_of_the_votes() -> None:
    """What one party receives in 120 votes of a yes and of a no cannot be told apart."""

    def seen(refuses: bool) -> list[float]:
        rows = []
        for _ in range(60):
            _, _, dealer = vote((refuses, False, False), 1)
            rows += [v / P for call in dealer.received for part in call[1][:1] for v in part]
        return rows

    for rows in (seen(False), seen(True)):
        mean, n = float(np.mean(rows)), len(rows)
        assert abs(mean - 0.5) < 5 / np.sqrt(12 * n)


def test_a_wrong_share_is_noticed() -> None:
    def changed(sender, receiver, frame):
        label = Kind(frame[0])
        return frame[:-1] + bytes([frame[-1] ^ 1]) if label is Kind.VOTE and sender == 2 else frame

    wire = Wire(tamper=changed)
    with pytest.raises(ProtocolError, match="PR501"):
        vote((False, False, False), 1, wire=wire)

    def too_large(sender, receiver, frame):
        return frame[:-8] + b"\xff" * 8 if Kind(frame[0]) is Kind.VOTE and sender == 2 else frame

    with pytest.raises(ProtocolError, match="PR502"):
        vote((False, False, False), 1, wire=Wire(tamper=too_large))


def test_digests_are_compared_twice_in_a_judged_run() -> None:
    async def main():
        wire = Wire()
        found = sessions(plan_for(3, 1), wire)
        for digest in ("a" * 64, "b" * 64):
            await asyncio.gather(*(s.compare_digests(digest) for s in found))
        with pytest.raises(ProtocolError, match="PR505"):
            await asyncio.gather(*(s.compare_digests(f"{i}" * 64) for i, s in enumerate(found)))

    asyncio.run(main())
