"""What the connection doctor asks about a study: its coordinator, its hospitals, its run."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Final

from core.model.lobby import SeatState
from core.network.doctor import Patient
from core.network.doctor_peers import Hospital, hospital_rows
from core.network.doctor_rows import CheckRow
from core.network.run_time import workload_of
from core.study.session import StudySession
from core.worker.lines.lobby_line import LobbyWires
from core.worker.studies.study_part import StudyPart

#: How long the coordinator's lobby waits for hospitals that dial every few seconds.
_ARRIVAL_S: Final = 17.0
_BREATH_S: Final = 0.2


async def patient_of(part: StudyPart, patient: Patient, wires: LobbyWires) -> Patient:
    """Add to a patient what the study knows. Goes online with the study, as its page does.

    Args:
        part: Of this hospital in the study.
        patient: Route, proxy and clock.
        wires: To reach the coordinator.
    """
    session = part.session
    await part.open()
    work = workload_of(session.plan) if session.plan is not None else patient.work
    reach = None if session.coordinating else _reach(session, wires)
    return replace(patient, work=work, lobby=reach, others=lambda: _others(part))


def _reach(session: StudySession, wires: LobbyWires) -> Callable[[], Awaitable[None]]:
    """Return how a participant dials its coordinator once more, beside its line."""

    async def reach() -> None:
        stream = await wires.dial(
            session.meeting,
            session.token,
            session.invitations[0].secret_id,
            session.coordinator_key,
        )
        await stream.aclose()

    return reach


async def _others(part: StudyPart) -> Sequence[CheckRow]:
    """Look who has a live line; lines prove certificates and send signs of life by themselves."""
    loop = asyncio.get_running_loop()
    if part.session.coordinating:
        end = loop.time() + _ARRIVAL_S
        while loop.time() < end and not _all_here(part):  # noqa: ASYNC110 - lines come and go
            await asyncio.sleep(_BREATH_S)
    session = part.session
    planned = {p.certificate_sha256 for p in session.plan.parties} if session.plan else set()
    return hospital_rows(
        [
            Hospital(
                name=p.name,
                here=p.key in part.online_keys if session.coordinating else None,
                planned=p.key in planned if session.plan is not None else None,
            )
            for p in session.participants
            if p.state is not SeatState.REMOVED
            and p.key not in {session.own_key, session.coordinator_key}
        ]
    )


def _all_here(part: StudyPart) -> bool:
    session = part.session
    wanted = {p.key for p in session.participants if p.state is not SeatState.REMOVED}
    return wanted - {session.own_key} <= part.online_keys
