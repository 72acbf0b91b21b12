"""Stages to which every party adds noise of its own, through the protocol, and what can go wrong.

The parties run in memory; what each puts in is recorded, so that its noise is known to the test.
Statistical tests run at six standard deviations.
"""

from __future__ import annotations

import asyncio
import itertools
import math
from collections import Counter

import numpy as np
import pytest
from engine_memory import Wire, all_or_first_failure, meeting_of, parties_of, split
from engine_parties import connected, plan_of, stage_of

from core.model.continuing import Choice
from core.model.stage import LocalGaussian
from core.privacy.accountant import Exposure, compose
from core.protocol import aggregation
from core.protocol.aggregation import field_for
from core.protocol.mailbox import NOISE_KINDS, Kind
from core.protocol.own_noise import PIECE, draw_own
from core.protocol.plaintext import PlaintextTwin, sample_noise
from core.randomness import NoiseSource
from core.study.cost import plan_work, predicted

N = 8_000
SIX = 6.0
#: Standard errors by which the attack must be above a claim: an honest one is refused once in
#: 300,000 runs, and a bug that is planted below is missed less often still.
SURE = 4.5


def noise_of(m=3, t=1, exponent=9):
    return LocalGaussian(sigma_sq=(m - t) << 2 * exponent, contributors=m, colluders=t)


def plan_for(m, t, *stages, **changes):
    return plan_of([f"{i:064x}" for i in range(m)], t, *stages, **changes)


def local_plan(m=3, t=1, values=N, **changes):
    return plan_for(m, t, stage_of("long", values, noise=noise_of(m, t)), **changes)


def vectors_of(m, values, compute_partner=True):
    """Hospitals' totals; the last party has no patients."""
    rng = np.random.default_rng(20261128)
    rows = rng.integers(-500, 500, (m, values))
    rows[-1] *= not compute_partner
    return rows


def measured(plan, wire=None, choices=None):
    """Measure every stage; return per stage the totals by party, what went in, and the vectors."""
    m = len(plan.parties)
    rows = {s.name: vectors_of(m, s.values) for s in plan.stages}

    async def main():
        parties, meeting = meeting_of(plan, wire or Wire())
        for party in parties:
            party.aggregator.draw_ahead(choices or (Choice.AFRESH,) * len(plan.stages))
        found = {}
        for stage in plan.stages:
            done = await all_or_first_failure(
                parties,
                [p.aggregator.measure(stage, rows[stage.name][i]) for i, p in enumerate(parties)],
            )
            found[stage.name] = [one.totals for one in done]
        return found, meeting.inputs, parties

    return (*asyncio.run(main()), rows)


def own_noises(inputs, rows):
    """What each party added: (m, values)."""
    return np.array([inputs[i] - rows[i] for i in range(len(rows))])


def variance_is(values, variance):
    """At six standard deviations of a Gaussian sample's variance."""
    return abs(values.var() / variance - 1) < SIX * math.sqrt(2 / values.size)


# ---------------------------------------------------------------- what is opened


@pytest.mark.parametrize(("m", "t"), [(3, 1), (4, 1), (5, 2), (10, 4)])
@pytest.mark.parametrize("n_max", [1000, 1_000_000], ids=["small-field", "large-field"])
def test_all_open_exactly_the_sum_of_all_vectors_and_all_noises(m, t, n_max):
    stage = stage_of("long", 300, noise=noise_of(m, t), linf=400, l2_sq=400**2)
    plan = plan_for(m, t, stage, n_max=n_max)
    assert field_for(plan, plan.stages[0]).exponent == (31 if n_max == 1000 else 61)
    totals, inputs, _, rows = measured(plan)
    noises = own_noises(inputs["long"], rows["long"])
    expected = rows["long"].sum(axis=0) + noises.sum(axis=0)
    assert all((one == expected).all() for one in totals["long"])
    assert (np.abs(noises).max(axis=1) > 512).all(), "the compute partner's is there, too"


def test_the_twin_opens_the_same_integers():
    plan = local_plan(values=200)
    totals, inputs, _, _ = measured(plan)
    first, *others = (inputs["long"][i] for i in range(3))
    twin = PlaintextTwin.that_protects_nobody(plan, {"long": others}, None)
    run = twin.measure(plan.stages[0], first)
    with pytest.raises(StopIteration) as done:
        run.send(None)
    assert (done.value.value.totals == totals["long"][0]).all()


def test_the_twins_own_noise_is_that_of_all_parties():
    noise = noise_of(5, 2)
    found = sample_noise(noise, 40_000, NoiseSource())
    assert variance_is(found, noise.opened_variance)


def test_joint_and_local_stages_follow_each_other():
    stages = (
        stage_of("one", 40),
        stage_of("two", 60, noise=noise_of()),
        stage_of("three", 40),
        stage_of("four", 30, noise=noise_of(exponent=11)),
    )
    wire = Wire()
    totals, inputs, _, rows = measured(plan_for(3, 1, *stages), wire)
    for stage in stages:
        local = isinstance(stage.noise, LocalGaussian)
        noises = own_noises(inputs[stage.name], rows[stage.name])
        assert bool(noises.any()) is local
        added = totals[stage.name][0] - rows[stage.name].sum(axis=0)
        assert 0 < np.abs(added).max() <= stage.noise.half_width
        assert all((one == totals[stage.name][0]).all() for one in totals[stage.name])


# ---------------------------------------------------------------- what is sent


def test_no_noise_is_drawn_jointly_and_the_sizes_do_not_depend_on_the_values():
    plan = local_plan(values=500)
    wires = [Wire(), Wire()]
    for wire in wires:
        measured(plan, wire)
    assert NOISE_KINDS.isdisjoint(wires[0].kinds())
    assert Counter(wires[0].kinds()) == {Kind.STORED: 6, Kind.OPENING: 6}
    assert wires[0].sizes() == wires[1].sizes()
    assert plan_work(plan)[0].signs == 0
    joint = plan_for(3, 1, stage_of("long", 500))
    ours, theirs = (predicted(plan_work(p), 3).bytes_sent for p in (plan, joint))
    assert ours == 2 * 500 * (8 + 4) < theirs


def test_a_stage_that_goes_on_opens_the_same_total_and_draws_nothing(monkeypatch):
    plan = local_plan(values=80)
    stage = plan.stages[0]
    rows = vectors_of(3, 80)

    async def begun():
        parties, meeting = meeting_of(plan, Wire())
        for party in parties:
            party.permit.clear()
        tasks = [
            asyncio.ensure_future(p.aggregator.measure(stage, rows[i]))
            for i, p in enumerate(parties)
        ]
        for party in parties:
            await asyncio.wait_for(party.waiting.wait(), 20)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return [p.shares["long"] for p in parties], meeting.inputs["long"]

    async def again(stored):
        parties, meeting = meeting_of(plan, Wire())
        for party in parties:
            party.aggregator.draw_ahead((Choice.AGAIN,))
        steps = [
            p.aggregator.open_again(stage, *share)
            for p, share in zip(parties, stored, strict=True)
        ]
        done = await all_or_first_failure(parties, steps)
        assert meeting.inputs == {}
        return [one.totals for one in done]

    stored, inputs = asyncio.run(begun())
    monkeypatch.setattr(aggregation, "pieces_of_own", lambda *_: pytest.fail("noise was drawn"))
    totals = asyncio.run(again(stored))
    assert all((one == sum(inputs.values())).all() for one in totals)


def test_a_vector_that_no_cohort_can_have_is_refused_before_noise_could_hide_it():
    from core.errors import InternalError

    plan = local_plan(values=5)

    async def main():
        parties, meeting = meeting_of(plan, Wire())
        with pytest.raises(InternalError, match="IN901"):
            await parties[0].aggregator.measure(plan.stages[0], np.full(5, 10_001))
        assert meeting.inputs == {}

    asyncio.run(main())


def test_noise_is_drawn_in_pieces_between_which_the_loop_turns():
    plan = local_plan(values=3 * PIECE)
    turns = []

    async def main():
        field = field_for(plan, plan.stages[0])
        shares = split(field.modulus, [0], 3, 1)
        party = parties_of(plan, Wire(), shares)[0]
        draw = asyncio.ensure_future(
            party.aggregator._draw(0, plan.stages[0], lambda n: turns.append(("drawn", n)))
        )
        while not draw.done():
            await asyncio.sleep(0)
            turns.append(("loop", 0))

    asyncio.run(main())
    drawn = [i for i, (what, _) in enumerate(turns) if what == "drawn"]
    assert [turns[i][1] for i in drawn] == [PIECE, 2 * PIECE, 3 * PIECE]
    assert all(b - a > 1 for a, b in itertools.pairwise(drawn))


# ---------------------------------------------------------------- what a coalition is left with


def left_for_coalition(plan, t=1):
    """The noise that stays when the last ``t`` parties subtract their own data and noise."""
    totals, inputs, _, rows = measured(plan)
    own = sum(inputs["long"][i] for i in range(len(rows["long"]) - t, len(rows["long"])))
    honest = rows["long"][: len(rows["long"]) - t].sum(axis=0)
    return totals["long"][0] - own - honest


@pytest.mark.parametrize(("m", "t"), [(3, 1), (5, 2)])
def test_what_the_honest_add_has_the_planned_variance(m, t):
    """Row 6: what is left to a coalition is sigma^2, at each party sigma^2 / (m - t)."""
    plan = local_plan(m, t)
    noise = plan.stages[0].noise
    assert variance_is(left_for_coalition(plan, t), noise.variance)
    totals, inputs, _, rows = measured(plan)
    opened = totals["long"][0] - rows["long"].sum(axis=0)
    assert variance_is(opened, noise.opened_variance)
    for own in own_noises(inputs["long"], rows["long"]):
        assert variance_is(own, noise.own_variance)


def test_the_loss_that_a_coalition_sees_is_the_one_that_is_claimed():
    """One patient moves one value by what protects it: privacy.md section 10.1."""
    plan = local_plan()
    noise = plan.stages[0].noise
    sigma = math.sqrt(noise.variance)
    exposure = Exposure(
        name="long", noise=noise, l2_sq=round(sigma) ** 2, linf=round(sigma), touched=1
    )
    claim = compose([exposure], 1e-5).mu
    left = left_for_coalition(plan)
    assert not refuses(left, sigma, round(sigma), claim)


def refuses(left, sigma, shift, claim):
    """Whether an attacker who knows all but ``left`` sees more than ``claim``, by half the values
    with the patient and half without.
    """
    half = len(left) // 2
    spread = min(1.0, left.std() / sigma)
    seen = (left[half:].mean() + shift - left[:half].mean()) / (sigma * max(spread, 1e-9))
    return seen - SURE * math.sqrt(2 / half) > claim


def sized_for_all(noise, count, source):
    """The mistake of privacy.md's row 6: sigma^2 / m at each party."""
    scale = math.sqrt((noise.contributors - noise.colluders) / noise.contributors)
    yield np.rint(draw_own(noise, count, source) * scale).astype(np.int64)


def one_party_forgets():
    calls = []

    def draw(noise, count, source):
        calls.append(count)
        yield draw_own(noise, count, source) * (len(calls) > 1)

    return draw


def drawn_once():
    kept = {}

    def draw(noise, count, source):
        if count not in kept:
            kept[count] = draw_own(noise, count, source)
        yield kept[count]

    return draw


@pytest.mark.parametrize(
    "bug", [lambda: sized_for_all, one_party_forgets], ids=["sized for all", "one missing"]
)
def test_a_planted_bug_leaves_a_coalition_too_little(monkeypatch, bug):
    """Both the variance and the attack catch it; what recipients see alone would not tell."""
    monkeypatch.setattr(aggregation, "pieces_of_own", bug())
    plan = local_plan()
    noise = plan.stages[0].noise
    sigma = math.sqrt(noise.variance)
    left = left_for_coalition(plan)
    assert not variance_is(left, noise.variance)
    assert refuses(left, sigma, round(sigma), math.sqrt(1.0005))


def two_stages():
    stages = tuple(stage_of(name, N, noise=noise_of()) for name in ("long", "longer"))
    _, inputs, _, rows = measured(plan_for(3, 1, *stages))
    return [own_noises(inputs[s.name], rows[s.name]) for s in stages]


def alike(first, second):
    """Correlation in standard deviations of independent noises'."""
    return abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) * math.sqrt(first.size)


def test_no_noise_is_used_twice():
    """Row 11: not by two parties, in two stages, or within one."""
    first, second = two_stages()
    assert alike(first, second) < SIX
    for one, other in ((0, 1), (0, 2), (1, 2)):
        assert alike(first[one], first[other]) < SIX
    blocks = [tuple(row[i : i + 20]) for row in (*first, *second) for i in range(0, N, 20)]
    assert len(set(blocks)) == len(blocks)


def test_noise_that_is_used_twice_is_noticed(monkeypatch):
    monkeypatch.setattr(aggregation, "pieces_of_own", drawn_once())
    first, second = two_stages()
    assert alike(first, second) > SIX
    blocks = [tuple(row[i : i + 20]) for row in (*first, *second) for i in range(0, N, 20)]
    assert len(set(blocks)) < len(blocks)


# ---------------------------------------------------------------- real run workers


def test_run_workers_add_noise_that_their_hospitals_never_see():
    """Through MPyC's sharing: all open one total, with the noise of all three, and what each run
    worker says to its hospital is that total and a share.
    """
    stage = stage_of("long", 30_000, noise=noise_of(), linf=600, l2_sq=600**2)
    with connected(3, 1, stage) as parties:
        opened = parties.measure(
            parties.plan.stages[0], [[7] * 30_000, [5] * 30_000, [0] * 30_000]
        )
        totals = np.array(opened[0].totals)
        assert all(one.totals == opened[0].totals for one in opened)
        shares = [parties[i].shares["long"].content for i in range(3)]
    assert variance_is(totals - 12, stage.noise.opened_variance)
    words = np.array([np.frombuffer(s, "<u4") for s in shares], dtype=float)
    for row in words:  # a share is uniform: nothing of the noise's size shows in it
        assert abs(row.mean() / 2**31 - 0.5) < SIX / math.sqrt(12 * 30_000)
        assert abs(np.corrcoef(row, totals)[0, 1]) * math.sqrt(30_000) < SIX
    assert opened[0].bytes_sent < 3 * 30_000 * 12
