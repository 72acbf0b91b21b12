"""The joint sum: the one program through which anything about patients leaves a hospital.

Who puts in what. Every party puts in one integer vector of the stage's length: the sum of its
patients' encoded records (core/statistics), or zeros if it is a compute partner. Nothing about the
length depends on patients.

What happens.

1. *Share.* Each party splits each of its values into m Shamir shares of degree t and sends share i
   to party i. Each party adds the m shares that it holds of each value: a share of the sum of all
   hospitals.
2. *Noise.* As the plan says of the stage. *Joint:* the parties draw shared noise of exactly the
   planned distribution (core/protocol/noise.py), ahead of time if they can, and add it, share by
   share. *Local:* every party, with patients or without, has added noise of its own to its values
   before 1 (core/protocol/own_noise.py); it leaves the party inside those shares only, and is
   kept nowhere.
3. *Gate.* The party's hospital stores the party's share of the noisy total on its disk; the
   party says so and waits until all have said so. Then it stops until its hospital has recorded
   the spend on disk. No share of the result has left it. An opening that breaks off is finished
   in a later run with the stored shares, so that it opens the same total
   (core/protocol/continuing.py).
4. *Open.* Each party sends its share of each noisy total to every other party, and takes the value
   at 0 of the polynomials through all m shares after checking that all m lie on polynomials of
   degree t.

Who sees what. During 1 and 2 any t parties together see shares that are independent of the others'
inputs and of the noise (Shamir; pseudo-random words up to the security of AES), and squares of
random numbers. In 4 everybody sees the noisy totals. The other coefficients of the opened
polynomials are sums to which every honest party added fresh random ones, so the opened shares tell
nothing beyond the totals: they can be simulated from the totals and the coalition's own shares. So
a coalition's view is a function of the noisy totals and of things independent of the honest
patients. Of local noise it knows its own part too; the plan's variance is that of the rest.

Why the result is right. Sums and weighted sums of shares are shares of the sums. The range check
picks a prime that no total can wrap around, n_max and linf being enforced bounds. Parties that
follow the protocol open identical totals. A party that sends a wrong share in 4 is noticed: m >=
2t + 1 points over-determine a polynomial of degree t.

References:
    protocol.md; privacy.md sections 4, 7, 8.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from core.errors import InternalError, ProtocolError
from core.model.continuing import Choice
from core.model.measurement import Measurement
from core.model.plan import Plan
from core.model.stage import LocalGaussian, StagePlan
from core.ports import OpeningGate, ProgressSink, StageProgress
from core.protocol.continuing import all_stored
from core.protocol.dealing import PairKeys
from core.protocol.field import LARGE_EXPONENT, SMALL_EXPONENT, MersenneField, Words
from core.protocol.mailbox import Kind, Label
from core.protocol.noise import JointNoise
from core.protocol.noise_ahead import NoiseAhead
from core.protocol.own_noise import pieces_of_own
from core.protocol.roots import root_source
from core.protocol.session import Session
from core.protocol.shares import open_checked
from core.protocol.signs import SharedKeys
from core.randomness import NoiseSource

_EXPONENTS: Final = (SMALL_EXPONENT, LARGE_EXPONENT)


class InputSharing(Protocol):
    """What shares the parties' vectors: MPyC (core/protocol/mpyc_backend.py)."""

    async def share_sum(
        self, field: MersenneField, vector: NDArray[np.int64], step: str, step_s: float
    ) -> Words:
        """Return this party's share of the sum of all parties' vectors."""
        ...


def field_for(plan: Plan, stage: StagePlan) -> MersenneField:
    """Return the smaller prime field that no total of the stage can wrap around.

    A total is at most m hospitals x n_max patients x linf, plus the noise's half width, in
    absolute value; decoding is unique if twice that is below p.

    Raises:
        ProtocolError: PR507 if even 2^61 - 1 is too small.
    """
    largest = stage.largest_total(len(plan.parties), plan.n_max)
    for exponent in _EXPONENTS:
        field = MersenneField(exponent=exponent)
        if 2 * largest < field.modulus:
            return field
    raise ProtocolError("PR507", stage=stage.name)


class JointAggregator:
    """Implements ``core.ports.SecureAggregator`` among the parties of one session.

    Invariant: stages are measured once each, in the plan's order: labels, and so noise, are never
    used twice.
    """

    def __init__(
        self,
        session: Session,
        sharing: InputSharing,
        keys: SharedKeys | PairKeys,
        gate: OpeningGate,
        progress: ProgressSink,
        step_s: float,
    ) -> None:
        """Measure over ``session``; open a stage only when ``gate`` permits it."""
        self._session, self._sharing, self._gate, self._progress = session, sharing, gate, progress
        self._step_s = step_s
        self._noise = {
            exponent: JointNoise(field, root_source(session, field, keys))
            for exponent in _EXPONENTS
            for field in (MersenneField(exponent=exponent),)
        }
        self._ahead = NoiseAhead(session.plan.stages, self._draw, session.fail)
        session.failure.add_done_callback(lambda _error: self._ahead.stop())
        self._next = 0
        self._choices = (Choice.AFRESH,) * len(session.plan.stages)

    def draw_ahead(self, choices: tuple[Choice, ...]) -> None:
        """Begin to draw the noise of the stages that are done afresh, together with the other
        parties' run workers.

        Args:
            choices: What all parties agreed to do with each stage; what is done afresh comes last.

        Reveals:
            The squares of secret random numbers, to every party: nothing about any patient.
        """
        self._choices = choices
        self._ahead.begin_at(len(choices) - choices.count(Choice.AFRESH))

    async def _draw(self, index: int, stage: StagePlan, on_values: Callable[[int], None]) -> Words:
        """Return this party's shares of the stage's joint noise, or its own local noise."""
        field, noise = field_for(self._session.plan, stage), stage.noise
        if isinstance(noise, LocalGaussian):
            return await _own_noise(field, noise, stage.values, on_values)
        joint = self._noise[field.exponent]
        return await joint.draw(index, noise, stage.values, on_values)

    async def measure(self, stage: StagePlan, vector: NDArray[np.int64]) -> Measurement:
        """Sum this party's vector with everybody's and open the noisy total; see the port.

        Reveals:
            The noisy total, to every party, at the spend that the gate recorded.
        """
        plan, index = self._session.plan, self._begin(stage, Choice.AFRESH)
        field = field_for(plan, stage)
        _require_bounded(plan, stage, vector)
        if isinstance(stage.noise, LocalGaussian):
            own = await self._ahead.take(index, self._teller(stage, "noise"))
            noisy = await self._share(field, stage, vector + field.centred(own))
        else:
            total = await self._share(field, stage, vector)
            drawn = await self._ahead.take(index, self._teller(stage, "noise"))
            noisy = field.add(total, drawn)
        await self._gate.store(stage, plan.digest, field.encode(noisy))
        return await self._pass(field, index, plan.digest, noisy)

    async def _share(
        self, field: MersenneField, stage: StagePlan, vector: NDArray[np.int64]
    ) -> Words:
        """Return this party's share of the sum of all parties' vectors.

        Reveals:
            To each party one share of each value: any t of them are independent of the values.
        """
        self._tell(stage, "share", 0)
        total = await self._sharing.share_sum(field, vector, stage.name, self._step_s)
        self._tell(stage, "share", stage.values)
        return total

    async def open_again(self, stage: StagePlan, sharing: str, share: bytes) -> Measurement:
        """Open exactly the stored shares of an earlier run of this plan.

        Reveals:
            The noisy total that the earlier run opened, or would have opened, to every party, at
            the spend that the gate recorded.

        Raises:
            ProtocolError: PR509 if the own stored share is none, PR501 if the shares do not fit.
        """
        index = self._begin(stage, Choice.AGAIN)
        field = field_for(self._session.plan, stage)
        whole = len(share) == stage.values * field.element_bytes
        words = field.decode(share, stage.values) if whole else None
        if words is None:
            raise ProtocolError("PR509", stage=stage.name, reason="the own stored part is damaged")
        return await self._pass(field, index, sharing, words)

    def _begin(self, stage: StagePlan, choice: Choice) -> int:
        """Return the index of the next stage that is not kept, which must be this one."""
        plan, index = self._session.plan, self._next
        while index < len(plan.stages) and self._choices[index] is Choice.KEPT:
            index += 1
        here = index < len(plan.stages) and plan.stages[index] == stage
        if not here or self._choices[index] is not choice:
            raise InternalError("IN901", rule="stages are measured once each, in the plan's order")
        self._next = index + 1
        return index

    async def _pass(
        self, field: MersenneField, index: int, sharing: str, noisy: Words
    ) -> Measurement:
        """Pass the gate and open.

        Reveals:
            The noisy total, to every party, at the spend that the gate recorded.
        """
        stage = self._session.plan.stages[index]
        await all_stored(self._session, index, stage.name, sharing)
        await self._gate.permit(stage)
        self._session.opened.append(stage.name)
        self._tell(stage, "open", 0)
        opened = await self._open(field, index, stage, noisy)
        self._tell(stage, "open", stage.values)
        return Measurement(stage=stage, totals=opened)

    async def _open(
        self, field: MersenneField, index: int, stage: StagePlan, own: Words
    ) -> NDArray[np.int64]:
        """Exchange the shares of the noisy totals and decode them.

        Reveals:
            The noisy totals, to every party, at the spend that the gate recorded.
        """
        session = self._session
        label = Label(Kind.OPENING, index)
        session.broadcast(label, field.encode(own))
        size = stage.values * field.element_bytes
        found = await session.collect(label, session.others, size, stage.name)
        shares = {session.own_number: own}
        for party, payload in found.items():
            words = field.decode(payload, stage.values)
            if words is None:
                raise ProtocolError(
                    "PR502", party=session.name(party), reason="a number is no field element"
                )
            shares[party] = words
        names = [p.name for p in session.plan.parties]
        await asyncio.sleep(0)
        opened = open_checked(
            field, sorted(shares.items(), key=_number), session.plan.threshold, stage.name, names
        )
        totals = field.centred(opened)
        largest = stage.largest_total(len(names), session.plan.n_max)
        if bool((np.abs(totals) > largest).any()):
            raise ProtocolError("PR502", party="a hospital", reason="a total is out of range")
        return totals

    def _tell(self, stage: StagePlan, step: str, done: int) -> None:
        session = self._session
        self._progress(
            StageProgress(
                stage=stage.name,
                step=step,
                done=done,
                total=stage.values,
                bytes_sent=session.bytes_sent,
                bytes_received=session.bytes_received,
            )
        )

    def _teller(self, stage: StagePlan, step: str) -> Callable[[int], None]:
        def tell(done: int) -> None:
            self._tell(stage, step, done)

        return tell


async def _own_noise(
    field: MersenneField, noise: LocalGaussian, n_values: int, on_values: Callable[[int], None]
) -> Words:
    """Draw the noise that this party adds itself, pausing for the event loop."""
    own = np.empty(n_values, np.uint64)
    done = 0
    for piece in pieces_of_own(noise, n_values, NoiseSource()):
        own[done : done + len(piece)] = np.mod(piece, field.modulus)
        done += len(piece)
        on_values(done)
        await asyncio.sleep(0)
    return own


def _number(share: tuple[int, Words]) -> int:
    return share[0]


def _require_bounded(plan: Plan, stage: StagePlan, vector: NDArray[np.int64]) -> None:
    """Check this party's own vector before anything is sent.

    Raises:
        InternalError: If it has another shape or type, or a value that n_max encoded patients
            cannot reach.
    """
    if vector.dtype != np.int64 or vector.shape != (stage.values,):
        raise InternalError(
            "IN901", rule="a hospital's vector has the stage's length and whole numbers"
        )
    bound = plan.n_max * stage.linf
    if any(abs(int(v)) > bound for v in (vector.min(), vector.max())):
        raise InternalError("IN901", rule="a hospital's vector stays within n_max times linf")
