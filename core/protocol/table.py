"""A synthetic table travels from the sampler to every party, in bounded parts; where there are
several candidate tables, one after the other.
"""

from __future__ import annotations

import hashlib
import struct
from typing import Final

from core.errors import InternalError, ProtocolError
from core.protocol.mailbox import Kind, Label
from core.protocol.session import Session

PART_BYTES: Final = 1024 * 1024
_HEAD: Final = struct.Struct("<Q32s")


async def send_table(session: Session, content: bytes, limit: int) -> str:
    """Send the table to every party; return its SHA-256.

    Reveals:
        The released table, to every party: post-processing of what was opened.

    Raises:
        InternalError: If it is longer than ``limit`` bytes.
    """
    if len(content) > limit:
        raise InternalError("IN901", rule=f"a released table has at most {limit} bytes")
    digest, number = hashlib.sha256(content).digest(), session.next_table()
    session.broadcast(Label(Kind.TABLE_HEAD, number), _HEAD.pack(len(content), digest))
    for part, start in enumerate(range(0, len(content), PART_BYTES)):
        label = Label(Kind.TABLE_PART, number, part)
        session.broadcast(label, content[start : start + PART_BYTES])
        await session.drain()
    return digest.hex()


async def receive_table(session: Session, sender: int, limit: int) -> tuple[bytes, str]:
    """Receive the table; return it and its SHA-256.

    Raises:
        ProtocolError: PR502 if it is longer than ``limit`` bytes or is not what its head
            announced.
    """
    number = session.next_table()
    head = await session.collect(Label(Kind.TABLE_HEAD, number), (sender,), _HEAD.size, "table")
    length, digest = _HEAD.unpack(head[sender])
    if length > limit:
        raise ProtocolError("PR502", party=session.name(sender), reason="the table is too long")
    parts = []
    for part, start in enumerate(range(0, length, PART_BYTES)):
        size = min(PART_BYTES, length - start)
        label = Label(Kind.TABLE_PART, number, part)
        found = await session.collect(label, (sender,), size, "table")
        parts.append(found[sender])
    content = b"".join(parts)
    if hashlib.sha256(content).digest() != digest:
        raise ProtocolError(
            "PR502", party=session.name(sender), reason="the table is not what was announced"
        )
    return content, digest.hex()
