"""How long a run will take over a measured line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from core.model.plan import Plan
from core.network.line_speed import Speed
from core.study.cost import Line, StageWork, plan_work, predicted

#: Starting the run workers, fitting, drawing and writing the release (README, "How fast").
_FIXED_S: Final = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """What a run has to do: public facts of a plan.

    Attributes:
        stages: Sizes.
        n_parties: Computing parties.
        threshold: Of them; None: the largest.
    """

    stages: tuple[StageWork, ...]
    n_parties: int
    threshold: int | None = None


#: Three hospitals, 978 genes, five classes, the default recipe with the widest noise: values and
#: signs of a value, stage by stage.
_DEFAULT_RUN: Final = ((5, 424), (5, 424), (978, 424), (978, 432), (4_890, 424))
TYPICAL: Final = Workload(
    stages=tuple(StageWork(values=values, signs=signs) for values, signs in _DEFAULT_RUN),
    n_parties=3,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Of one run over this computer's line.

    Attributes:
        seconds: From the start to the written release.
        bytes_sent: By this computer.
    """

    seconds: float
    bytes_sent: int


def workload_of(plan: Plan) -> Workload:
    """Return what a plan's run has to do."""
    return Workload(stages=plan_work(plan), n_parties=len(plan.parties), threshold=plan.threshold)


def forecast(work: Workload, speed: Speed) -> Forecast:
    """Predict a run, as if the others' lines were as fast as this one.

    >>> forecast(TYPICAL, Speed(round_trip_ms=30.0, mbit_s=50.0)).bytes_sent // 10**6
    23
    """
    line = Line(mbit_s=speed.mbit_s, round_trip_s=speed.round_trip_ms / 1000)
    cost = predicted(work.stages, work.n_parties, line, threshold=work.threshold)
    return Forecast(seconds=_FIXED_S + cost.seconds, bytes_sent=cost.bytes_sent)
