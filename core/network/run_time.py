"""How long a run will take over a measured line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from core.model.plan import Plan
from core.network.line_speed import Speed

#: Measured with tests/benchmarks/bench_relay.py (resources/benchmarks/relay.md): what drawing one
#: secret bit costs a party for each other party, in processor seconds and in bytes sent.
_BIT_CPU_S: Final = 0.1e-6
_BIT_BYTES: Final = 4.1
#: Starting the run workers, fitting, drawing and writing the release.
_FIXED_S: Final = 4.0
#: Messages that follow each other in one stage: each waits for a round trip.
_ROUNDS: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """What a run has to do: public facts of a plan.

    Attributes:
        bits: Secret random bits, all stages together.
        n_parties: Computing parties.
        n_stages: Stages.
    """

    bits: int
    n_parties: int
    n_stages: int

    @property
    def bytes_sent(self) -> float:
        """What one party sends."""
        return self.bits * _BIT_BYTES * (self.n_parties - 1)


#: Three hospitals, 978 genes, five classes, the widest noise (README, "How fast").
TYPICAL: Final = Workload(bits=9_300_000, n_parties=3, n_stages=3)


def workload_of(plan: Plan) -> Workload:
    """Return what a plan's run has to do."""
    return Workload(
        bits=sum(stage.values * stage.noise.bits for stage in plan.stages),
        n_parties=len(plan.parties),
        n_stages=len(plan.stages),
    )


def run_seconds(work: Workload, speed: Speed) -> float:
    """Return how long a run takes over this computer's line, seconds.

    Sending and computing are counted one after the other: a forecast should rather be too long.

    >>> line = Speed(round_trip_ms=30.0, mbit_s=50.0)
    >>> round(run_seconds(Workload(bits=1_000_000, n_parties=3, n_stages=2), line), 1)
    6.2
    """
    computing = work.bits * _BIT_CPU_S * (work.n_parties - 1)
    sending = work.bytes_sent * 8 / 1e6 / speed.mbit_s
    waiting = work.n_stages * _ROUNDS * speed.round_trip_ms / 1000
    return _FIXED_S + computing + sending + waiting
