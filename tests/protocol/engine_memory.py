"""Parties of one session in one event loop: the protocol room without MPyC or TLS."""

from __future__ import annotations

import asyncio
import itertools
import os
import struct
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from core.model.drawing import deals_numbers
from core.model.plan import Plan
from core.model.stage import StagePlan
from core.protocol.aggregation import JointAggregator
from core.protocol.dealing import PairKeys
from core.protocol.field import MersenneField
from core.protocol.mailbox import Kind
from core.protocol.session import Session
from core.protocol.signs import SharedKeys


@dataclass
class Wire:
    """Every frame of a session, as (from, to, frame). ``tamper`` may change what is sent."""

    frames: list[tuple[int, int, bytes]] = field(default_factory=list)
    tamper: Callable[[int, int, bytes], bytes] = lambda _sender, _receiver, frame: frame

    def kinds(self, sender: int | None = None) -> list[Kind]:
        return [Kind(f[0]) for s, _, f in self.frames if sender in {None, s}]

    def sizes(self) -> list[tuple[int, int, int, int]]:
        return sorted((s, r, f[0], len(f)) for s, r, f in self.frames)


class MemoryChannel:
    def __init__(self, wire: Wire, sender: int, receiver: Session) -> None:
        self.party = receiver.own_number
        self._wire, self._sender, self._receiver = wire, sender, receiver

    def send(self, frame: bytes) -> None:
        self._wire.frames.append((self._sender, self.party, frame))
        frame = self._wire.tamper(self._sender, self.party, frame)
        asyncio.get_running_loop().call_soon(self._receiver.received, self._sender, frame)

    async def drain(self) -> None:
        await asyncio.sleep(0)


def sessions(plan: Plan, wire: Wire, step_s: float = 20.0) -> list[Session]:
    found = [Session(plan, i, step_s) for i in range(len(plan.parties))]
    for one, other in itertools.permutations(found, 2):
        one.joined(MemoryChannel(wire, one.own_number, other))
    return found


def deal(n_parties: int, threshold: int) -> list[SharedKeys]:
    size = n_parties - threshold
    keys = {s: os.urandom(16) for s in itertools.combinations(range(n_parties), size)}
    return [
        SharedKeys(
            n_parties=n_parties,
            threshold=threshold,
            party=i,
            keys={s: k for s, k in keys.items() if i in s},
        )
        for i in range(n_parties)
    ]


def deal_pairs(n_parties: int, threshold: int) -> list[PairKeys]:
    """One fresh key for each pair of parties and one for each party alone."""
    keys = {
        frozenset(pair): os.urandom(32)
        for pair in itertools.combinations_with_replacement(range(n_parties), 2)
    }
    return [
        PairKeys(
            n_parties=n_parties,
            threshold=threshold,
            party=i,
            keys={j: keys[frozenset({i, j})] for j in range(n_parties)},
        )
        for i in range(n_parties)
    ]


def random_elements(modulus: int, count: int) -> list[int]:
    words = struct.unpack(f"<{count}Q", os.urandom(8 * count))
    return [w % modulus for w in words]


def split(modulus: int, values: list[int], n_parties: int, threshold: int) -> list[np.ndarray]:
    """Shamir shares in plain Python integers: shares[i] is what party i holds."""
    rows = [[] for _ in range(n_parties)]
    for value in values:
        polynomial = [value, *random_elements(modulus, threshold)]
        for i, row in enumerate(rows):
            row.append(sum(c * (i + 1) ** k for k, c in enumerate(polynomial)) % modulus)
    return [np.array(row, dtype=np.uint64) for row in rows]


@dataclass
class Party:
    session: Session
    aggregator: JointAggregator
    permit: asyncio.Event
    waiting: asyncio.Event
    shares: dict[str, tuple[str, bytes]]


class _Gate:
    def __init__(self, permit: asyncio.Event, waiting: asyncio.Event) -> None:
        self._permit, self._waiting = permit, waiting
        self.shares: dict[str, tuple[str, bytes]] = {}

    async def store(self, stage: StagePlan, sharing: str, share: bytes) -> None:
        self.shares[stage.name] = (sharing, share)

    async def permit(self, _stage: StagePlan) -> None:
        self._waiting.set()
        await self._permit.wait()


def parties_of(
    plan: Plan,
    wire: Wire,
    shares: list[np.ndarray],
    step_s: float = 20.0,
    dealt: bool | None = None,
) -> list[Party]:
    """Parties whose input shares were dealt already, each with a gate that the test opens.

    ``dealt`` says how noise is drawn; None: as a run worker would.
    """
    found = []
    m, t = len(plan.parties), plan.threshold
    keys = deal_pairs(m, t) if (deals_numbers(m, t) if dealt is None else dealt) else deal(m, t)
    for session, own_keys, share in zip(sessions(plan, wire, step_s), keys, shares, strict=True):
        permit, waiting = asyncio.Event(), asyncio.Event()

        gate = _Gate(permit, waiting)
        aggregator = JointAggregator(
            session, _Dealt(share), own_keys, gate, lambda _progress: None, step_s
        )
        found.append(Party(session, aggregator, permit, waiting, gate.shares))
    return found


class Meeting:
    """Shares what the parties really put in: a stage's sum is split when all of them have come.

    ``inputs`` keeps what each party put in, stage by stage: with its own noise, if it adds any.
    """

    def __init__(self, n_parties: int, threshold: int) -> None:
        self._m, self._t = n_parties, threshold
        self.inputs: dict[str, dict[int, np.ndarray]] = {}
        self._shares: dict[str, asyncio.Future[list[np.ndarray]]] = {}

    def seat(self, number: int) -> _Seat:
        return _Seat(self, number)

    async def add(self, number: int, field: MersenneField, vector, step: str) -> np.ndarray:
        here = self.inputs.setdefault(step, {})
        here[number] = vector.copy()
        done = self._shares.setdefault(step, asyncio.get_running_loop().create_future())
        if len(here) == self._m:
            sums = [int(v) % field.modulus for v in sum(here.values())]
            done.set_result(split(field.modulus, sums, self._m, self._t))
        return (await done)[number]


class _Seat:
    def __init__(self, meeting: Meeting, number: int) -> None:
        self._meeting, self._number = meeting, number

    async def share_sum(self, field: MersenneField, vector, step, step_s) -> np.ndarray:
        return await self._meeting.add(self._number, field, vector, step)


def meeting_of(plan: Plan, wire: Wire) -> tuple[list[Party], Meeting]:
    """Parties that share what they are given, every gate open."""
    meeting = Meeting(len(plan.parties), plan.threshold)
    parties = parties_of(plan, wire, [np.zeros(0, np.uint64)] * len(plan.parties))
    for party in parties:
        party.aggregator._sharing = meeting.seat(party.session.own_number)
        party.permit.set()
    return parties, meeting


class _Dealt:
    def __init__(self, share: np.ndarray) -> None:
        self._share = share

    async def share_sum(self, field: MersenneField, vector, step, step_s) -> np.ndarray:
        await asyncio.sleep(0)
        return self._share


async def all_or_first_failure(parties: list[Party], coroutines: list) -> list:
    """Run the parties; stop at the first session failure or exception, as the run worker does."""
    tasks = [asyncio.ensure_future(c) for c in coroutines]
    failures = [p.session.failure for p in parties]
    try:
        waiting: set = {*tasks, *failures}
        while not all(t.done() for t in tasks):
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for failure in failures:
                if failure.done():
                    raise failure.result()
            for task in tasks:
                if task.done():
                    task.result()
            waiting = {w for w in waiting if not w.done()}
        return [t.result() for t in tasks]
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
