"""The transcript of a session against its plan: what is opened is the plan's list, nothing else.

Every frame between the parties is kept. The audit knows the plan only: from it follows, for each
stage, how many elements of which kind pass, and the totals that anybody with all frames decodes
are exactly the measurements (privacy.md section 10, rows 22 and 23).
"""

from __future__ import annotations

import asyncio
import struct
from collections import Counter

import numpy as np
import pytest
from engine_memory import Wire, all_or_first_failure, meeting_of
from engine_parties import plan_of, stage_of

from core.model.stage import LocalGaussian
from core.protocol import aggregation
from core.protocol.aggregation import JointAggregator, field_for
from core.protocol.mailbox import Kind, Label
from core.protocol.shares import open_checked

LABEL = struct.Struct("<BqI")


def own(m, t):
    return LocalGaussian(sigma_sq=(m - t) << 18, contributors=m, colluders=t)


def plan_for(m, t):
    """Joint noise, noise of the parties' own, joint noise again."""
    stages = (stage_of("one", 40), stage_of("two", 70, noise=own(m, t)), stage_of("three", 30))
    return plan_of([f"{i:064x}" for i in range(m)], t, *stages)


def run(plan, patients=50):
    """Measure every stage of hospitals with so many patients; return the wire and the totals."""
    rng = np.random.default_rng(patients)
    wire = Wire()

    async def main():
        parties, _ = meeting_of(plan, wire)
        found = {}
        for stage in plan.stages:
            rows = rng.integers(-stage.linf, stage.linf + 1, (len(parties), stage.values))
            steps = [
                p.aggregator.measure(stage, row * patients)
                for p, row in zip(parties, rows, strict=True)
            ]
            measured = await all_or_first_failure(parties, steps)
            found[stage.name] = measured[0].totals
        return found

    return wire, asyncio.run(main())


def audit(plan, wire):
    """Return what passed that the plan does not explain, as (kind, stage, bytes) with counts."""
    m, strange = len(plan.parties), Counter()
    opened: Counter[tuple[int, int]] = Counter()
    squares: Counter[int] = Counter()
    for sender, receiver, frame in wire.frames:
        kind, major, _ = LABEL.unpack_from(frame)
        size = len(frame) - LABEL.size
        stage = plan.stages[major] if 0 <= major < len(plan.stages) else None
        width = field_for(plan, stage).element_bytes if stage else 1
        match Kind(kind):
            case Kind.OPENING if stage and size == stage.values * width:
                opened[sender, receiver, major] += 1
            case Kind.STORED if stage and size == 32:
                pass  # a hash of public values
            case Kind.SQUARES | Kind.DEALT | Kind.PARTS if stage and stage.noise.bits:
                squares[major] += size // width  # shares, and squares, of random numbers
            case other:
                strange[other.name, major, size] += 1
    expected = {
        (i, j, k): 1 for i in range(m) for j in range(m) for k in range(len(plan.stages)) if i != j
    }
    strange.update(Counter(opened) - Counter(expected))
    strange.update(Counter(expected) - Counter(opened))
    for index, stage in enumerate(plan.stages):  # no more than the signs need, a few drawn again
        most = stage.values * stage.noise.bits * m * (m - 1) * 4
        if squares[index] > most:
            strange["noise", index, squares[index]] += 1
    return strange


def decoded(plan, wire):
    """What anybody decodes who sees every opening, by stage."""
    found = {}
    names = [p.name for p in plan.parties]
    for index, stage in enumerate(plan.stages):
        field = field_for(plan, stage)
        shares = {}
        for sender, _, frame in wire.frames:
            kind, major, _ = LABEL.unpack_from(frame)
            if kind == Kind.OPENING and major == index:
                shares[sender] = field.decode(frame[LABEL.size :], stage.values)
        ordered = sorted(shares.items())
        words = open_checked(field, ordered, plan.threshold, stage.name, names)
        found[stage.name] = field.centred(words)
    return found


@pytest.mark.parametrize(("m", "t"), [(3, 1), (5, 2)])
def test_what_is_opened_is_the_plans_list(m, t):
    plan = plan_for(m, t)
    wire, totals = run(plan)
    assert audit(plan, wire) == Counter()
    seen = decoded(plan, wire)
    assert list(seen) == [s.name for s in plan.stages]
    for name, values in seen.items():
        assert (values == totals[name]).all()


def test_ten_and_ten_thousand_patients_send_the_same_sizes():
    """Row 23, frame by frame: who sends how much to whom, of which kind."""
    plan = plan_for(3, 1)
    object.__setattr__(plan, "n_max", 10_000)
    few, many = (run(plan, patients=n)[0].sizes() for n in (10, 10_000))
    assert few == many


# ---------------------------------------------------------------- planted bugs


def opens_the_exact_sum(monkeypatch):
    """Beside the noisy total, the exact one: a helper value that somebody found useful."""
    share = JointAggregator._share

    async def both(self, field, stage, vector):
        total = await share(self, field, stage, vector)
        index = self._session.plan.stages.index(stage)
        self._session.broadcast(Label(Kind.OPENING, 100 + index), field.encode(total))
        return total

    monkeypatch.setattr(JointAggregator, "_share", both)


def tells_how_many_patients(monkeypatch):
    """A message whose length is the number of patients."""
    store = aggregation.all_stored

    async def longer(session, index, stage, sharing):
        session.broadcast(Label(Kind.DIGEST, index), bytes(50))
        await store(session, index, stage, sharing)

    monkeypatch.setattr(aggregation, "all_stored", longer)


def opens_in_two_parts(monkeypatch):
    """One more opening of the same stage, of its first value."""
    passes = JointAggregator._pass

    async def twice(self, field, index, sharing, noisy):
        label = Label(Kind.OPENING, index, 1)
        self._session.broadcast(label, field.encode(noisy[:1]))
        return await passes(self, field, index, sharing, noisy)

    monkeypatch.setattr(JointAggregator, "_pass", twice)


@pytest.mark.parametrize("bug", [opens_the_exact_sum, tells_how_many_patients, opens_in_two_parts])
def test_whatever_else_passes_is_found(monkeypatch, bug):
    bug(monkeypatch)
    plan = plan_for(3, 1)
    wire, _ = run(plan)
    found = audit(plan, wire)
    assert sum(found.values()) == 3 * 2 * len(plan.stages)
