"""Secret uniform numbers and their opened squares, drawn chunk by chunk with the other parties.

Two ways, chosen by m and t alone (core/model/drawing.py): pseudo-random secret sharing
(core/protocol/signs.py), one message round and C(m - 1, t) keys; or dealing and extraction
(core/protocol/dealing.py), three rounds and m keys. Both give shares of degree t that tell any t
parties nothing, and the squares.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

import numpy as np

from core.errors import ProtocolError
from core.protocol.dealing import PairKeys, RootDealer, RootDrawing, slices
from core.protocol.field import MersenneField, Words
from core.protocol.mailbox import Kind, Label
from core.protocol.session import Session
from core.protocol.shares import interpolate
from core.protocol.signs import SharedKeys, SignDealer

_ATTEMPT_BITS: Final = 8


class RootSource(Protocol):
    """Where one party's secret numbers come from."""

    async def draw(self, stage: int, chunk: int, attempt: int, count: int) -> tuple[Words, Words]:
        """Return shares of ``count`` secret uniform numbers, and their opened squares.

        Args:
            stage: Index of the stage in the plan.
            chunk: Index of the chunk in the stage.
            attempt: 0, or how often signs of this chunk had to be drawn again.
            count: At least 1.

        Reveals:
            The squares, to every party: nothing about which of the two roots it was.

        Raises:
            InternalError: If this (stage, chunk, attempt) was drawn before.
            SessionError: SE404 after the step's longest wait.
            ProtocolError: PR502 if a peer's message is malformed.
        """
        ...


def root_source(session: Session, field: MersenneField, keys: SharedKeys | PairKeys) -> RootSource:
    """Return the source that belongs to the kind of ``keys``."""
    if isinstance(keys, PairKeys):
        return DealtRoots(session, field, keys)
    return PseudoRandomRoots(session, field, keys)


class _Exchange:
    """Field elements to and from the other parties of a session."""

    def __init__(self, session: Session, field: MersenneField) -> None:
        self._session, self._field = session, field

    def label(self, kind: Kind, stage: int, chunk: int, attempt: int) -> Label:
        return Label(kind, stage, (chunk << _ATTEMPT_BITS) + attempt)

    async def collect(self, label: Label, counts: Mapping[int, int]) -> dict[int, Words]:
        """Return what each party of ``counts`` sends: so many elements each.

        Raises:
            SessionError: SE404 after the step's longest wait.
            ProtocolError: PR502 naming the party whose message is malformed.
        """
        words = {}
        for party, count in counts.items():
            size = count * self._field.element_bytes
            found = await self._session.collect(label, (party,), size, "noise")
            decoded = self._field.decode(found[party], count)
            if decoded is None:
                raise ProtocolError(
                    "PR502",
                    party=self._session.name(party),
                    reason="a number is no field element",
                )
            words[party] = decoded
        return words


class PseudoRandomRoots(_Exchange):
    """Implements ``RootSource`` by pseudo-random secret sharing."""

    def __init__(self, session: Session, field: MersenneField, keys: SharedKeys) -> None:
        """Draw with this party's keys, bound to the session's plan."""
        super().__init__(session, field)
        self._dealer = SignDealer(field, keys, session.plan.digest)
        self._m, self._t = len(session.plan.parties), session.plan.threshold
        self._computing = asyncio.Lock()

    async def draw(self, stage: int, chunk: int, attempt: int, count: int) -> tuple[Words, Words]:
        """Send masked squares to the 2t parties that open them with us, and open; see the port."""
        roots, squares = np.empty(count, np.uint64), np.empty(count, np.uint64)
        async with self._computing:  # earlier chunks leave first
            done = 0
            for root, square in self._dealer.blocks(stage, chunk, attempt, count):
                part = slice(done, done + len(root))
                roots[part], squares[part] = root, square
                done = part.stop
                await asyncio.sleep(0)
        own, label = self._session.own_number, self.label(Kind.SQUARES, stage, chunk, attempt)
        payload = self._field.encode(squares)
        for ahead in range(1, 2 * self._t + 1):
            self._session.send((own + ahead) % self._m, label, payload)
        before = [(own - back) % self._m for back in range(1, 2 * self._t + 1)]
        found = await self.collect(label, dict.fromkeys(before, count))
        await asyncio.sleep(0)
        return roots, interpolate(self._field, [(own, squares), *found.items()])


class DealtRoots(_Exchange):
    """Implements ``RootSource`` by dealing and extraction."""

    def __init__(self, session: Session, field: MersenneField, keys: PairKeys) -> None:
        """Draw with this party's keys, bound to the session's plan."""
        super().__init__(session, field)
        self._dealer = RootDealer(field, keys, session.plan.digest)
        self._scheme, self._own = self._dealer.scheme, keys.party
        self._computing = asyncio.Lock()

    async def draw(self, stage: int, chunk: int, attempt: int, count: int) -> tuple[Words, Words]:
        """Deal, extract, and open the squares through the kings; see the port."""
        labels = (stage, chunk, attempt)
        drawing = self._dealer.start(*labels)
        async with self._computing:
            dealt = await self._deal(drawing, labels, -(-count // self._scheme.n_extracted))
        await self._receive(dealt, labels)
        async with self._computing:
            roots = await self._extract(drawing, dealt, count)
            own = await self._send_parts(drawing, labels, roots)
        return roots, await self._open(labels, own, count)

    async def _deal(
        self, drawing: RootDrawing, labels: tuple[int, int, int], n_deals: int
    ) -> list[Words]:
        """Deal our polynomials; return our shares by dealer, as far as no message brings them."""
        scheme = self._scheme
        dealt = [np.empty(n_deals, np.uint64) for _ in range(scheme.m)]
        outgoing = {j: np.empty(n_deals, np.uint64) for j in scheme.told(self._own)}
        for part, sent, held in drawing.deal(n_deals):
            for receiver, words in sent.items():
                outgoing[receiver][part] = words
            for dealer, words in held.items():
                dealt[dealer][part] = words
            await asyncio.sleep(0)
        label = self.label(Kind.DEALT, *labels)
        for receiver, words in outgoing.items():
            self._session.send(receiver, label, self._field.encode(words))
        return dealt

    async def _receive(self, dealt: list[Words], labels: tuple[int, int, int]) -> None:
        dealers = [i for i in range(self._scheme.m) if self._own in self._scheme.told(i)]
        counts = dict.fromkeys(dealers, len(dealt[self._own]))
        found = await self.collect(self.label(Kind.DEALT, *labels), counts)
        for dealer, words in found.items():
            dealt[dealer] = words

    async def _extract(self, drawing: RootDrawing, dealt: Sequence[Words], count: int) -> Words:
        roots, done = np.empty(count, np.uint64), 0
        for block in drawing.extract(dealt, count):
            roots[done : done + len(block)] = block
            done += len(block)
            await asyncio.sleep(0)
        return roots

    async def _send_parts(
        self, drawing: RootDrawing, labels: tuple[int, int, int], roots: Words
    ) -> Words:
        """Send our padded squares to each king; return what we have for ourselves as king."""
        label, own = self.label(Kind.PARTS, *labels), np.empty(0, np.uint64)
        for king, part in enumerate(slices(len(roots), self._scheme.m)):
            if self._own not in self._scheme.openers(king) or part.start == part.stop:
                continue
            blocks = []
            for block in drawing.part(king, roots[part]):
                blocks.append(block)
                await asyncio.sleep(0)
            words = np.concatenate(blocks)
            if king == self._own:
                own = words
            else:
                self._session.send(king, label, self._field.encode(words))
        return own

    async def _open(self, labels: tuple[int, int, int], own: Words, count: int) -> Words:
        """Add up our part as king and tell everybody; return all the squares."""
        parts = slices(count, self._scheme.m)
        sizes = {k: p.stop - p.start for k, p in enumerate(parts) if p.stop > p.start}
        squares, told = np.empty(count, np.uint64), self.label(Kind.SQUARES, *labels)
        if self._own in sizes:
            others = self._scheme.openers(self._own)[1:]
            counts = dict.fromkeys(others, sizes[self._own])
            found = await self.collect(self.label(Kind.PARTS, *labels), counts)
            for words in found.values():
                own = self._field.add(own, words)
            self._session.broadcast(told, self._field.encode(own))
            squares[parts[self._own]] = own
        kings = {k: size for k, size in sizes.items() if k != self._own}
        for king, words in (await self.collect(told, kings)).items():
            squares[parts[king]] = words
        return squares
