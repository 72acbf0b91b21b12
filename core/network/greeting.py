"""The first frame between two parties: what both must agree on before anything is computed."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Final

from core.errors import ProtocolError, WorkerError
from core.messages.codec import FrameReader, decode, encode, language
from core.model.plan import Plan

#: Of frames and their order between parties; raised with every change of either.
PROTOCOL_VERSION: Final = 1
_LONGEST: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """What computes here.

    Attributes:
        application: Version of SynCohort.
        mpyc: Version of MPyC.
    """

    application: str
    mpyc: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeting:
    """What a party says first. Every field but ``number`` must be equal on both ends.

    Attributes:
        arithmetic: How this Python numbers MPyC's messages (its hash of a tuple of integers).
    """

    protocol_version: int
    application: str
    mpyc: str
    arithmetic: str
    plan_digest: str
    parties: int
    threshold: int
    number: int


_LABELS: Final = (
    ("protocol_version", "protocol version"),
    ("application", "SynCohort version"),
    ("mpyc", "MPyC version"),
    ("arithmetic", "Python arithmetic"),
    ("plan_digest", "plan"),
    ("parties", "number of parties"),
    ("threshold", "threshold"),
)


def own_greeting(plan: Plan, own_number: int, versions: Versions) -> Greeting:
    """Return what this party says."""
    return Greeting(
        protocol_version=PROTOCOL_VERSION,
        application=versions.application,
        mpyc=versions.mpyc,
        arithmetic=f"{sys.hash_info.width}-{sys.byteorder}-{hash((1, 2, 3)) & 0xFFFFFFFF:08x}",
        plan_digest=plan.digest,
        parties=len(plan.parties),
        threshold=plan.threshold,
        number=own_number,
    )


def write_greeting(greeting: Greeting) -> bytes:
    """Return the greeting's frame payload."""
    return encode(greeting)


def read_greeting(content: bytes, party: str) -> Greeting:
    """Read a peer's greeting strictly.

    Raises:
        ProtocolError: PR502 if it is anything else.
    """
    try:
        bodies = list(FrameReader().feed(content))
        found: Greeting = decode(bodies[0], language(Greeting))
    except (WorkerError, IndexError):
        raise ProtocolError("PR502", party=party, reason="no greeting") from None
    return found


def require_same(ours: Greeting, theirs: Greeting, party: str, number: int) -> None:
    """Refuse a peer that differs.

    Raises:
        ProtocolError: PR504 naming the first difference; PR503 if the number is not its
            certificate's.
    """
    for name, label in _LABELS:
        mine, other = getattr(ours, name), getattr(theirs, name)
        if mine != other:
            raise ProtocolError(
                "PR504", party=party, field=label, theirs=_shown(other), ours=_shown(mine)
            )
    if theirs.number != number:
        raise ProtocolError("PR503", party=party)


def _shown(value: object) -> str:
    """Return a peer's word cut and cleaned for a message."""
    return "".join(c if c.isprintable() and c.isascii() else "?" for c in str(value)[:_LONGEST])
