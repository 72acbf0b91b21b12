"""What a run's joint computation will take: seconds, bytes and memory, before it starts.

    predicted(plan_work(plan), n_parties, line)      of a plan
    predicted([StageWork(values=..., signs=432)], 3, line)      of public sizes alone

The model counts what the protocol does (core/protocol): joint noise is nearly everything, noise
that the parties add themselves costs a microsecond a value and no byte. Bytes follow exactly from
m, t and the number of signs. Seconds are the largest of three, because they
overlap: computing, sending at the line's rate, and waiting for the line's delay, chunk by chunk.
The constants were measured by tests/benchmarks/bench_noise.py on one machine with two cores, and
resources/benchmarks/noise.md has predictions beside measurements; another computer is faster or
slower by its own speed, so seconds are a prediction and bytes are not.

Nothing here depends on a patient.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from core.model.drawing import (
    CHUNK_SIGNS,
    CHUNKS_AT_ONCE,
    deals_numbers,
)
from core.model.plan import Plan, largest_threshold

#: Bytes of one number on the wire, in the small and in the large field.
_NARROW, _WIDE = 4, 8
_SHARE_BYTES: Final = 8
_FRAME_BYTES: Final = 13


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One party's line to the others.

    Attributes:
        mbit_s: Rate in each direction, megabits a second.
        round_trip_s: Time there and back, seconds; through a relay, of the whole way.
    """

    mbit_s: float
    round_trip_s: float


#: Parties on one computer.
LOOPBACK: Final = Line(mbit_s=8000.0, round_trip_s=0.0002)
#: A hospital's line, for a prediction before anything was measured.
USUAL_LINE: Final = Line(mbit_s=50.0, round_trip_s=0.03)


@dataclass(frozen=True, slots=True, kw_only=True)
class StageWork:
    """One stage's public sizes.

    Attributes:
        values: Numbers that are summed and opened.
        signs: Secret signs of one value's noise: 187 with N = 155, 432 with N = 400 (L = 8); 0
            where every party adds noise of its own.
        wide: Whether totals need the large field.
    """

    values: int
    signs: int
    wide: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCost:
    """What one party's joint computation takes.

    Attributes:
        seconds: From connecting to the last opened total, while hospitals are not waited for.
        connecting_s: Of that, until all are connected and have keys.
        computing_s: Of one core of this party's.
        bytes_sent: To all other parties together, without TLS and heartbeats.
        memory_bytes: Of a run worker beyond its imports, at most.
    """

    seconds: float
    connecting_s: float
    computing_s: float
    bytes_sent: int
    memory_bytes: int


def plan_work(plan: Plan) -> tuple[StageWork, ...]:
    """Return the sizes of a plan's stages."""
    return tuple(
        StageWork(
            values=s.values,
            signs=s.noise.bits,
            wide=2 * s.largest_total(len(plan.parties), plan.n_max) >= 2**31 - 1,
        )
        for s in plan.stages
    )


def predicted(
    work: Sequence[StageWork],
    n_parties: int,
    line: Line = USUAL_LINE,
    *,
    threshold: int | None = None,
    parties_per_core: float = 1.0,
) -> RunCost:
    """Predict one run.

    Args:
        work: The stages.
        n_parties: m, 3 to 10.
        line: The slowest party's.
        threshold: t; None: the largest, (m - 1) // 2.
        parties_per_core: 1 where every party has a computer; m / cores where all share one.

    >>> cost = predicted([StageWork(values=19_565, signs=432)], 3, LOOPBACK, parties_per_core=1.5)
    >>> cost.bytes_sent // 10**6
    68
    """
    t = largest_threshold(n_parties) if threshold is None else threshold
    costs = [_stage(w, n_parties, t, line, parties_per_core) for w in work]
    start = _CONNECT_S * max(1.0, parties_per_core) + _PEER_S * n_parties + 6 * line.round_trip_s
    return RunCost(
        seconds=start + sum(c.seconds for c in costs),
        connecting_s=start,
        computing_s=sum(c.computing_s for c in costs),
        bytes_sent=sum(c.bytes_sent for c in costs),
        memory_bytes=max((c.memory_bytes for c in costs), default=0),
    )


def signs_bytes(n_parties: int, threshold: int, *, wide: bool = False) -> float:
    """Return the bytes that one party sends for one sign.

    Pseudo-random: a masked square to each of 2t parties. Dealt: of each polynomial a share to
    m - t - 1 parties, for m - t numbers; a padded square to each king whom the party opens with;
    and as king the squares of an m-th of the numbers to everybody.

    >>> signs_bytes(3, 1), round(signs_bytes(10, 4), 2)
    (8.0, 10.13)
    """
    m, t, width = n_parties, threshold, _WIDE if wide else _NARROW
    if not deals_numbers(m, t):
        return 2.0 * t * width
    return width * ((m - t - 1) / (m - t) + 2 * t / m + (m - 1) / m)


# Measured, seconds: see the module's first lines.
_CONNECT_S: Final = 0.45
_PEER_S: Final = 0.02
_SIGN_S: Final = {False: (55e-9, 4e-9), True: (400e-9, 10e-9)}
_BYTE_S: Final = 3.0e-9
_VALUE_S: Final = 1.2e-6
_OWN_NOISE_S: Final = 1.0e-6
_SIGN_MEMORY: Final = 44
_VALUE_MEMORY: Final = 200


def _stage(work: StageWork, m: int, t: int, line: Line, parties_per_core: float) -> RunCost:
    signs = work.values * work.signs
    width = _WIDE if work.wide else _NARROW
    noise_bytes = signs * signs_bytes(m, t, wide=work.wide)
    chunks = -(-signs // CHUNK_SIGNS)
    rounds = 3 if deals_numbers(m, t) else 1
    other_bytes = (m - 1) * work.values * (_SHARE_BYTES + width)
    other_bytes += 3 * rounds * m * chunks * _FRAME_BYTES
    fixed, each_party = _SIGN_S[work.wide]
    computing = signs * (fixed + each_party * m) + (noise_bytes + other_bytes) * 2 * _BYTE_S
    computing += work.values * m * _VALUE_S
    computing += 0.0 if work.signs else work.values * _OWN_NOISE_S
    busy = computing * max(1.0, parties_per_core)
    sending = (noise_bytes + other_bytes) * 8 / (line.mbit_s * 1e6)
    one_way = line.round_trip_s / 2
    waiting = -(-chunks // CHUNKS_AT_ONCE) * rounds * one_way
    return RunCost(
        seconds=max(busy, sending, waiting) + 4 * one_way,
        connecting_s=0.0,
        computing_s=computing,
        bytes_sent=round(noise_bytes + other_bytes),
        memory_bytes=min(signs, CHUNK_SIGNS * CHUNKS_AT_ONCE) * _SIGN_MEMORY
        + work.values * m * _VALUE_MEMORY,
    )
