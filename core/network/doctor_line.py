"""How fast the way to the others is, and what that means for a run."""

from __future__ import annotations

import asyncio
from typing import Final

from core.errors import SynCohortError
from core.model.peer import ProxySetting, RelayRoute
from core.network.dialling import DialFailed, Target, dial_tcp
from core.network.doctor_rows import CheckRow, Verdict, passed
from core.network.line_speed import Speed, measure_line
from core.network.run_time import TYPICAL, Workload, forecast

_SLOW_MS: Final = 250.0
_SLOW_MBIT: Final = 10.0
_LONG_S: Final = 20 * 60.0
_CONNECTS: Final = 3


async def line_rows(
    route: RelayRoute, proxy: ProxySetting | None, work: Workload
) -> list[CheckRow]:
    """Measure the line to the relay and back; say how long a run of ``work`` would take."""
    try:
        speed = await measure_line(route, proxy)
    except (SynCohortError, OSError):
        return [
            CheckRow(
                name="Round trip",
                verdict=Verdict.FAIL,
                finding="Two connections of this computer did not meet at the relay.",
                advice="Something on the way cuts connections; show this list to the IT.",
            )
        ]
    return [_round_trip(speed.round_trip_ms), _throughput(speed), _run_time(speed, work)]


async def time_connecting(target: Target, proxy: ProxySetting | None) -> CheckRow:
    """Measure the round trip by connecting a few times; nothing is sent."""
    loop = asyncio.get_running_loop()
    trips = []
    try:
        for _ in range(_CONNECTS):
            began = loop.time()
            (await dial_tcp(target, proxy)).close()
            trips.append(loop.time() - began)
    except DialFailed as wrong:
        finding = f"It answered once and then no more: {wrong.words}."
        advice = "Something on the way cuts connections; show this list to the IT."
        return CheckRow(name="Round trip", verdict=Verdict.FAIL, finding=finding, advice=advice)
    return _round_trip(1000 * min(trips))


def _round_trip(milliseconds: float) -> CheckRow:
    slow = milliseconds > _SLOW_MS
    return CheckRow(
        name="Round trip",
        verdict=Verdict.WARN if slow else Verdict.PASS,
        finding=f"A word there and back takes {milliseconds:.1f} ms.",
        advice="Runs will take longer; a wired network helps more than a wireless one."
        if slow
        else "",
    )


def _throughput(speed: Speed) -> CheckRow:
    slow = speed.mbit_s < _SLOW_MBIT
    return CheckRow(
        name="Throughput",
        verdict=Verdict.WARN if slow else Verdict.PASS,
        finding=f"{speed.mbit_s:.0f} Mbit/s to the relay and back.",
        advice="Runs will take longer; start them when the line is quiet." if slow else "",
    )


def _run_time(speed: Speed, work: Workload) -> CheckRow:
    cost = forecast(work, speed)
    which = "A run of 978 genes and five diagnoses" if work == TYPICAL else "The run of this study"
    finding = (
        f"{which} would take about {_spoken(cost.seconds)} over this line; this computer sends "
        f"{cost.bytes_sent / 1e6:.0f} MB."
    )
    if cost.seconds < _LONG_S:
        return passed("Run time", finding)
    advice = "Fewer genes, or a faster line, shorten it; all computers have to stay on."
    return CheckRow(name="Run time", verdict=Verdict.WARN, finding=finding, advice=advice)


def _spoken(seconds: float) -> str:
    if seconds < 90:
        return f"{max(5, 5 * round(seconds / 5))} seconds"
    if seconds < 5400:
        return f"{seconds / 60:.0f} minutes"
    return f"{seconds / 3600:.1f} hours"
