"""What a party and the relay say to each other before the relay goes blind.

    party: Hello -> relay: Accepted (Waiting ...) Spliced -> party: Ready -> bytes of both

or Refused at any moment before Spliced. Every message is one frame of core.messages.codec of at
most MAX_HELLO_BYTES. From Ready on the relay copies bytes and understands none of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from core.messages.codec import language

#: Of this conversation.
RELAY_VERSION: Final = 1
#: Longest message before the splice, bytes.
MAX_HELLO_BYTES: Final = 1024


class Purpose(Enum):
    """What two connections are spliced for; only those of the same purpose meet."""

    LOBBY = "lobby"
    RUN = "run"
    DOCTOR = "doctor"


class Refusal(Enum):
    """Why the relay does not serve a connection."""

    VERSION = "version"
    MALFORMED = "malformed"
    SESSION_FULL = "session full"
    ADDRESS_FULL = "address full"
    FULL = "full"
    REPLACED = "replaced"
    LATE = "late"
    CLOSING = "closing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    """The first message of a party.

    Attributes:
        version: RELAY_VERSION.
        session: Token, 32 hex digits.
        purpose: Of the wanted splice.
        own: Name of this end within the session: a slot token, a party number or ``coordinator``.
        wanted: Name of the other end. The same as ``own``: no splice, only a sign of life.
    """

    version: int
    session: str
    purpose: Purpose
    own: str
    wanted: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The relay knows this connection and looks for its other end.

    Attributes:
        version: RELAY_VERSION of the relay.
        application: Version of SynCohort that the relay runs.
        time: The relay's clock, seconds since the epoch (UTC).
    """

    version: int
    application: str
    time: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Sign of life of the relay while the other end is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spliced:
    """The other end is there. The next bytes after Ready are its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The relay hangs up."""

    reason: Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """The party has prepared for the other end's bytes."""


PARTY_WORDS: Final = language(Hello, Ready)
RELAY_WORDS: Final = language(Accepted, Waiting, Spliced, Refused)
