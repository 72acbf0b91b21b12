"""Numbers with their units, as the reader's eye wants them."""

from __future__ import annotations

import math
import os
from datetime import datetime
from typing import Final

from app.presenters.wording.language import say
from core.model.plan import Plan
from core.study.cost import LOOPBACK, USUAL_LINE, RunCost, plan_work, predicted

_MINUTE: Final = 60
_HOUR: Final = 3600
_KILO: Final = 1000


def count(number: int) -> str:
    """Return a whole number with its thousands apart.

    >>> count(19160)
    '19,160'
    """
    return f"{number:,}"


def units(amount: float) -> str:
    """Return an amount of the cap; 1 unit is epsilon 1.

    >>> units(1.0), units(0.5)
    ('1 unit', '0.5 units')
    """
    return say("1 unit") if amount == 1 else say("{amount} units", amount=f"{amount:g}")


def odds_sentence(odds: int) -> str:
    """Return the worst case for one patient."""
    return say("At most {odds} in 100 instead of 50", odds=odds)


def size(n_bytes: int) -> str:
    """Return a number of bytes.

    >>> size(940), size(62_000_000)
    ('940 B', '62 MB')
    """
    amount = float(n_bytes)
    for name in ("B", "kB", "MB"):
        if amount < _KILO:
            return (
                f"{amount:.0f} {name}" if amount >= 10 or name == "B" else f"{amount:.1f} {name}"
            )
        amount /= _KILO
    return f"{amount:.1f} GB"


def duration(seconds: float) -> str:
    """Return how long something took.

    >>> duration(0.2), duration(42), duration(180), duration(3900)
    ('under 1 s', '42 s', '3 min', '1 h 5 min')
    """
    if seconds < 1:
        return say("under 1 s")
    if seconds < _MINUTE:
        return say("{n} s", n=round(seconds))
    if seconds < _HOUR:
        return say("{n} min", n=round(seconds / _MINUTE))
    hours, rest = divmod(round(seconds / _MINUTE), 60)
    return say("{h} h {m} min", h=hours, m=rest)


def left(seconds: float) -> str:
    """Return the time left as large words; negative while it is not known.

    >>> left(-1), left(20), left(700)
    ('Estimating the time left', 'Less than a minute left', 'About 12 minutes left')
    """
    if seconds < 0:
        return say("Estimating the time left")
    if seconds < _MINUTE:
        return say("Less than a minute left")
    minutes = math.ceil(seconds / _MINUTE)
    if minutes == 1:
        return say("About 1 minute left")
    return say("About {n} minutes left", n=minutes)


def moment(seconds: float) -> str:
    """Return a date with its time on this computer's clock, from seconds since the epoch."""
    return datetime.fromtimestamp(seconds).astimezone().strftime("%d %b %Y, %H:%M")


def day(seconds: float) -> str:
    """Return a date on this computer's clock."""
    when = datetime.fromtimestamp(seconds).astimezone()
    return f"{when.day} {when.strftime('%B %Y')}"


def time_of_day(seconds: float) -> str:
    """Return hours and minutes on this computer's clock."""
    return datetime.fromtimestamp(seconds).astimezone().strftime("%H:%M")


def predicted_cost(plan: Plan) -> RunCost:
    """Return what the joint computation of a plan will take, before anything is measured.

    Parties of a rehearsal share this computer; others have one each, and a usual line.
    """
    n_parties = len(plan.parties)
    if plan.rehearsal:
        each = max(1.0, n_parties / (os.cpu_count() or 1))
        return predicted(plan_work(plan), n_parties, LOOPBACK, parties_per_core=each)
    return predicted(plan_work(plan), n_parties, USUAL_LINE, threshold=plan.threshold)


def run_words(plan: Plan) -> str:
    """Return how long the joint computation will take and how much this computer sends."""
    cost = predicted_cost(plan)
    time, sent = duration(cost.seconds), size(cost.bytes_sent)
    if plan.rehearsal:
        return say("about {time} on this computer; each party sends {sent}", time=time, sent=sent)
    return say(
        "about {time} on a line of {rate} Mbit/s; this computer sends {sent} to the others",
        time=time,
        rate=f"{USUAL_LINE.mbit_s:g}",
        sent=sent,
    )
