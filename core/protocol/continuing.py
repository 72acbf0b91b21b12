"""What the parties do with each stage of a plan of which an earlier run ended early.

A stage may be opened to exactly one total (privacy.md 8.1). A total is given by its *sharing*: the
run in which all parties shared their inputs and drew the noise. Every party makes each step
durable before its effect can leave the computer:

    STORED   its share of the noisy total, then it says so to all others
    OPENING  that all others have said so, then its share may leave
    OPENED   the totals, then it goes on

So if any share of a sharing may have left anybody, every party holds its share of that sharing.
When the parties meet again, each says how far it came, and all come to the same choice:

    all OPENED, one sharing, one total      use it
    all STORED or further, one sharing      send exactly the stored shares: the same total
    nobody OPENING or further               nothing of it can be known to t parties: do it afresh
    anything else                           somebody's record was lost or rolled back: refuse

Doing a stage afresh after an opening had begun would be a second release of the same patients.

References:
    privacy.md section 8.1; resources/decisions/008-continuing-a-study.md.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from typing import Final

from core.errors import PlanError, ProtocolError
from core.model.continuing import Choice, StageLevel, Standing
from core.protocol.mailbox import Kind, Label
from core.protocol.session import Session

_STANDING: Final = struct.Struct("<B32s32s")
_NOTHING: Final = bytes(32)
_STATEMENT_BYTES: Final = 32


def decide(
    stages: Sequence[str], names: Sequence[str], standings: Sequence[Sequence[Standing]]
) -> tuple[Choice, ...]:
    """Return what is done with each stage; the same at every party, whatever the order.

    Args:
        stages: Names, in the plan's order.
        names: Of the parties.
        standings: What each party says of each stage.

    Raises:
        ProtocolError: PR509 if what they say cannot be gone on from.
    """
    for name, own in zip(names, standings, strict=True):
        _require_in_order(stages, name, own)
    return tuple(
        _choose(stage, names, [own[index] for own in standings])
        for index, stage in enumerate(stages)
    )


def _require_in_order(stages: Sequence[str], name: str, own: Sequence[Standing]) -> None:
    """A party goes on to a stage when the one before is on its disk."""
    for index in range(1, len(stages)):
        if own[index].level > StageLevel.NONE and own[index - 1].level < StageLevel.OPENED:
            raise ProtocolError(
                "PR509", stage=stages[index], reason=f"the record of {name} skips a stage"
            )


def _choose(stage: str, names: Sequence[str], here: Sequence[Standing]) -> Choice:
    least, most = min(s.level for s in here), max(s.level for s in here)
    sharings = {s.sharing for s in here}
    if least >= StageLevel.STORED and len(sharings) == 1:
        if len({s.totals for s in here if s.level is StageLevel.OPENED}) > 1:
            raise ProtocolError("PR509", stage=stage, reason="the opened totals differ")
        return Choice.KEPT if least is StageLevel.OPENED else Choice.AGAIN
    if most >= StageLevel.OPENING:
        begun = {s.sharing for s in here if s.level >= StageLevel.OPENING}
        lacking = [n for n, s in zip(names, here, strict=True) if {s.sharing} != begun]
        reason = f"its opening had begun, and {lacking[0]} no longer holds its part of it"
        raise ProtocolError("PR509", stage=stage, reason=reason)
    return Choice.AFRESH


async def agree(session: Session, own: Sequence[Standing]) -> tuple[Choice, ...]:
    """Exchange how far each party came, and return what is done with each stage.

    Reveals:
        To every party how far each stage of this plan came here, and hashes of what was opened:
            nothing about any patient.

    Raises:
        SessionError: SE404 after the step's longest wait.
        ProtocolError: PR502 for what is none, PR509 if it cannot be gone on from.
    """
    plan, label = session.plan, Label(Kind.STANDINGS)
    session.broadcast(label, encode(own))
    size = len(plan.stages) * _STANDING.size
    found = await session.collect(label, session.others, size, "beginning")
    standings: dict[int, Sequence[Standing]] = {session.own_number: own}
    for party, payload in found.items():
        theirs = decode(payload)
        if theirs is None:
            raise ProtocolError("PR502", party=session.name(party), reason="not a standing")
        standings[party] = theirs
    return decide(
        [s.name for s in plan.stages],
        [p.name for p in plan.parties],
        [standings[p.number] for p in plan.parties],
    )


def encode(standings: Sequence[Standing]) -> bytes:
    """Return the message that says how far each stage came."""
    return b"".join(
        _STANDING.pack(
            s.level,
            bytes.fromhex(s.sharing) if s.sharing else _NOTHING,
            bytes.fromhex(s.totals) if s.totals else _NOTHING,
        )
        for s in standings
    )


def decode(payload: bytes) -> tuple[Standing, ...] | None:
    """Return what a party says of its stages, or None if it is none; the length is checked."""
    found = []
    for level, sharing, totals in _STANDING.iter_unpack(payload):
        try:
            known = StageLevel(level)
            found.append(
                Standing(
                    level=known,
                    sharing="" if sharing == _NOTHING else sharing.hex(),
                    totals="" if totals == _NOTHING else totals.hex(),
                )
            )
        except (ValueError, PlanError):
            return None
    return tuple(found)


async def all_stored(session: Session, index: int, stage: str, sharing: str) -> None:
    """Say that the own share of this sharing is on the disk, and wait until all have said so.

    When this returns, every party holds its share durably: an opening that breaks off can be
    finished with the same shares.

    Reveals:
        Nothing beside the plan: a hash of public values.

    Raises:
        SessionError: SE404 after the step's longest wait.
        ProtocolError: PR502 if a party stored another sharing.
    """
    content = f"syncohort-stored-1 {session.plan.digest} {index} {sharing}"
    statement, label = hashlib.sha256(content.encode()).digest(), Label(Kind.STORED, index)
    session.broadcast(label, statement)
    found = await session.collect(label, session.others, _STATEMENT_BYTES, stage)
    for party, theirs in found.items():
        if theirs != statement:
            raise ProtocolError(
                "PR502", party=session.name(party), reason="it stored another sharing"
            )
