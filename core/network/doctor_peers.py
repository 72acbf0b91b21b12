"""The other hospitals of a study, as the connection doctor sees them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from core import __version__
from core.errors import ProtocolError, SynCohortError
from core.network.doctor_rows import CheckRow, Verdict, passed, waiting
from core.network.lobby_channel import LOBBY_VERSION
from core.network.relay_dial import DIAL_S

#: In the order in which they are checked.
COORDINATOR_ROWS: Final = ("Coordinator", "Its certificate", "Its version")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hospital:
    """Another hospital of a study.

    Attributes:
        name: As it stands in the study.
        here: Whether there is a live line to it; None where only the coordinator knows.
        planned: Whether the lobby's certificate is the plan's; None without a plan.
    """

    name: str
    here: bool | None
    planned: bool | None = None


def hospital_rows(hospitals: Sequence[Hospital]) -> list[CheckRow]:
    """Return who is there, and whether each is who the study says.

    Args:
        hospitals: All but this one and, at a participant, the coordinator.
    """
    return [_hospital(one) for one in hospitals]


def _hospital(one: Hospital) -> CheckRow:
    if one.planned is False:
        return CheckRow(
            name=one.name,
            verdict=Verdict.FAIL,
            finding="Its certificate is not the one that the study names.",
            advice="Call this hospital, and compare the six words before anything else.",
        )
    whose = "the plan's" if one.planned else "the lobby's"
    if one.here is None:
        finding = f"Its certificate is {whose}; whether it is there, its coordinator sees."
        return CheckRow(name=one.name, verdict=Verdict.WAIT, finding=finding)
    if not one.here:
        return CheckRow(
            name=one.name,
            verdict=Verdict.WARN,
            finding=f"It is not there at the moment; its certificate is to be {whose}.",
            advice="Ask whether its application is open with this study.",
        )
    finding = f"It is there, proved {whose} certificate, and runs our version and protocol."
    return passed(one.name, finding)


async def coordinator_rows(reach: Callable[[], Awaitable[None]]) -> list[CheckRow]:
    """Reach the coordinator as at joining: is it there, whose certificate, which version.

    Args:
        reach: Dials it, proves both certificates, and hangs up.
    """
    there, own, same = COORDINATOR_ROWS
    try:
        async with asyncio.timeout(DIAL_S):
            await reach()
    except TimeoutError:
        return _absent(there, (own, same), "The coordinator is not there at the moment.")
    except ProtocolError as wrong:
        return _stranger(wrong, there, own, same)
    except SynCohortError as wrong:
        if wrong.code == "SE402":
            return _absent(there, (own, same), wrong.text)
        advice = "Call the coordinator."
        return [CheckRow(name=there, verdict=Verdict.FAIL, finding=wrong.text, advice=advice)]
    return [
        passed(there, "The coordinator answers."),
        passed(own, "It proved the certificate that the study names."),
        passed(same, f"It runs SynCohort {__version__} and protocol {LOBBY_VERSION}, as we do."),
    ]


def _absent(there: str, rest: tuple[str, ...], finding: str) -> list[CheckRow]:
    advice = "Ask whether its application is open with this study."
    row = CheckRow(name=there, verdict=Verdict.WARN, finding=finding, advice=advice)
    return [row, *waiting(rest, there)]


def _stranger(wrong: ProtocolError, there: str, own: str, same: str) -> list[CheckRow]:
    """Say what is wrong with whoever answers in the coordinator's place."""
    advice = "Call the coordinator, and compare the six words before anything else."
    if wrong.code != "PR504":
        bad = CheckRow(name=own, verdict=Verdict.FAIL, finding=wrong.text, advice=advice)
        return [passed(there, "Somebody answers in the coordinator's place."), bad]
    advice = "Install the version that the coordinator names; all need the same."
    return [
        passed(there, "The coordinator answers."),
        passed(own, "It proved the certificate that the study names."),
        CheckRow(name=same, verdict=Verdict.FAIL, finding=wrong.text, advice=advice),
    ]
