"""Labelled messages between parties: what arrives is kept until the step that needs it asks.

A frame is one byte of kind, an 8-byte and a 4-byte number, and the payload. The numbers say which
step the payload belongs to, so two parties need not run in lockstep, and a message cannot be taken
for another one.
"""

from __future__ import annotations

import asyncio
import struct
from enum import IntEnum
from typing import Final, NamedTuple

_LABEL: Final = struct.Struct("<BqI")
#: What a peer may send ahead: the masked squares of a whole large stage, and some.
MAX_UNREAD_BYTES: Final = 256 * 1024 * 1024
MAX_UNREAD: Final = 20_000


class Kind(IntEnum):
    """What a message between parties is."""

    KEYS = 1
    MPYC = 2
    SQUARES = 3
    OPENING = 4
    DIGEST = 5
    TABLE_HEAD = 6
    TABLE_PART = 7
    DONE = 8
    REASON = 9
    DEALT = 10
    PARTS = 11
    STANDINGS = 12
    STORED = 13
    VOTE = 14


#: Kinds that bring the noise of the stage whose index is the label's first number.
NOISE_KINDS: Final = frozenset({Kind.SQUARES, Kind.DEALT, Kind.PARTS})


class Label(NamedTuple):
    """Names one message: its kind and two numbers whose meaning is the kind's."""

    kind: Kind
    major: int = 0
    minor: int = 0


def pack(label: Label, payload: bytes) -> bytes:
    """Return the frame of one message."""
    return _LABEL.pack(*label) + payload


def unpack(frame: bytes) -> tuple[Label, bytes] | None:
    """Return label and payload of a peer's frame, or None if it is not a message."""
    if len(frame) < _LABEL.size:
        return None
    kind, major, minor = _LABEL.unpack_from(frame)
    if kind not in set(Kind):
        return None
    return Label(Kind(kind), major, minor), frame[_LABEL.size :]


class Mailbox:
    """What one peer has sent, by label.

    Invariant: each label is delivered once and read once, within bounds.
    """

    def __init__(self) -> None:
        self._unread: dict[Label, bytes] = {}
        self._awaited: dict[Label, asyncio.Future[bytes]] = {}
        self._unread_bytes = 0

    def deliver(self, label: Label, payload: bytes) -> str | None:
        """Keep or hand on one message.

        Returns:
            Why the peer may not send it, or None.
        """
        waiting = self._awaited.pop(label, None)
        if waiting is not None:
            if not waiting.done():
                waiting.set_result(payload)
            return None
        if label in self._unread:
            return "a message came twice"
        self._unread_bytes += len(payload)
        if self._unread_bytes > MAX_UNREAD_BYTES or len(self._unread) >= MAX_UNREAD:
            return "too much was sent ahead"
        self._unread[label] = payload
        return None

    def take(self, label: Label, loop: asyncio.AbstractEventLoop) -> asyncio.Future[bytes]:
        """Return a future of the message called ``label``."""
        future: asyncio.Future[bytes] = loop.create_future()
        payload = self._unread.pop(label, None)
        if payload is None:
            self._awaited[label] = future
        else:
            self._unread_bytes -= len(payload)
            future.set_result(payload)
        return future
