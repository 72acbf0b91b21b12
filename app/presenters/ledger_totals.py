"""The running total of each cohort, for the chart and the table behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from app.presenters.ledger import LedgerFilter, LedgerState
from app.presenters.wording import moment, say
from app.presenters.wording.figures import units
from app.presenters.wording.ledger import entry_words
from core.figures.ledger import MOST_LINES, CapHistory
from core.model.budget import CapState
from core.model.ledger import CohortStanding, LedgerLine

_HEADS: Final = ("When", "Entry", "Cohort", "Units", "Total", "Cap")


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What the chart shows.

    Attributes:
        histories: At most five cohorts, those that used most.
        finding: The chart in a sentence or two.
        heads: Of the table behind it.
        rows: The same, newest first.
    """

    histories: tuple[CapHistory, ...]
    finding: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def totals_of(state: LedgerState) -> Totals:
    """Return the running totals of the entries that are shown."""
    cohorts = [c for c in state.cohorts if any(e.cohort_id == c.cohort_id for e in state.entries)]
    cohorts.sort(key=lambda c: -c.cap.spent)
    shown = cohorts[:MOST_LINES]
    last = max((e.time for e in state.entries), default=0.0)
    whole = state.wanted == LedgerFilter(cohort_id=state.wanted.cohort_id)
    found = [_history(c, state.entries, last, whole=whole) for c in shown]
    ids = {c.cohort_id for c in shown}
    rows = tuple(_row(e) for e in reversed(state.entries) if e.cohort_id in ids and _moves(e))
    return Totals(
        histories=tuple(h for h in found if h.times),
        finding=_finding(shown, len(cohorts)),
        heads=tuple(say(head) for head in _HEADS),
        rows=rows,
    )


def _moves(line: LedgerLine) -> bool:
    return line.kind in ("spent", "decision")


def _history(
    cohort: CohortStanding, entries: tuple[LedgerLine, ...], last: float, *, whole: bool
) -> CapHistory:
    """Return one cohort's steps; ``whole`` means that its newest entry is among ``entries``."""
    times: list[float] = []
    totals: list[float] = []
    caps: list[float] = []
    cap = 0.0
    for line in entries:
        if line.cohort_id != cohort.cohort_id or not _moves(line):
            continue
        if line.kind == "decision":
            cap = line.units or cap
        before = max(0.0, line.total - line.units) if line.kind == "spent" else line.total
        if not times and line.kind == "spent":  # older entries are not in the list
            times, totals, caps = [line.time], [before], [cap]
        times.append(max(line.time, times[-1] if times else line.time))
        totals.append(line.total)
        caps.append(cap)
    if times:
        times.append(max(last, times[-1]))
        totals.append(max(cohort.cap.spent, totals[-1]) if whole else totals[-1])
        caps.append(caps[-1])
    known = next((c for c in caps if c), cohort.cap.cap)
    return CapHistory(
        name=cohort.name,
        times=tuple(times),
        totals=tuple(totals),
        caps=tuple(c or known for c in caps),
    )


def _row(line: LedgerLine) -> tuple[str, ...]:
    cap = f"{line.units:g}" if line.kind == "decision" and line.units else ""
    used = f"{line.units:g}" if line.kind == "spent" else ""
    entry = entry_words(line) if line.kind == "decision" else line.study or entry_words(line)
    return (moment(line.time), entry, line.cohort_name, used, f"{line.total:g}", cap)


def _finding(shown: list[CohortStanding], total: int) -> str:
    if not shown:
        return say("No cohort has used anything yet.")
    if len(shown) == 1:
        cap = shown[0].cap
        return say(
            "“{name}” has used {spent} of {cap}; {left} left{aside}.",
            name=shown[0].name,
            spent=f"{cap.spent:g}",
            cap=units(cap.cap),
            left=f"{cap.left:g}",
            aside=_aside(cap),
        )
    nearest = min(shown, key=lambda c: c.cap.left)
    words = say(
        "Nearest to its cap is “{name}”: {left} of {cap} left{aside}.",
        name=nearest.name,
        left=f"{nearest.cap.left:g}",
        cap=units(nearest.cap.cap),
        aside=_aside(nearest.cap),
    )
    if total > len(shown):
        words += " " + say("Shown are the {n} cohorts that used most.", n=len(shown))
    return words


def _aside(cap: CapState) -> str:
    """What is neither used nor left."""
    if not cap.reserved:
        return ""
    return say(", with {n} set aside for a study that is about to run", n=units(cap.reserved))
