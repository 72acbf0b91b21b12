"""Every decoder that a stranger's bytes reach: a message, a clean end, or our error; no more."""

from __future__ import annotations

import asyncio
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import SynCohortError
from core.messages.codec import FrameReader, decode
from core.messages.engine import ENGINE_COMMANDS, ENGINE_EVENTS
from core.messages.relay import PARTY_WORDS, RELAY_WORDS
from core.network.greeting import read_greeting
from core.network.link import MAX_FRAME_BYTES, Kind, Link
from core.network.lobby_channel import ANSWER_WORDS, APPROACH_WORDS
from core.network.prelude import Prelude, PreludeEnded

LANGUAGES = (
    *(APPROACH_WORDS, ANSWER_WORDS, PARTY_WORDS, RELAY_WORDS),
    *(ENGINE_COMMANDS, ENGINE_EVENTS),
)
CHUNKS = st.lists(st.binary(max_size=400), max_size=8)
#: Frames with a right header more often than chance has it.
FRAMES = st.lists(
    st.tuples(st.integers(0, 6), st.binary(max_size=100)).map(
        lambda f: len(f[1]).to_bytes(4, "little") + bytes([f[0]]) + f[1]
    ),
    max_size=6,
)


class Wire(asyncio.Transport):
    """Takes what is written and notes that it was closed."""

    def __init__(self):
        super().__init__()
        self.written, self.aborted = bytearray(), False

    def write(self, content):
        self.written += content

    def is_closing(self):
        return self.aborted

    def abort(self):
        self.aborted = True


def fed(chunks, admitted):
    """Return (link, wire, frames) after these bytes."""

    async def main():
        link, wire, frames, losses = Link(asyncio.get_running_loop()), Wire(), [], []
        link.connection_made(wire)
        if admitted:
            link.greeting.set_result(b"")
            link.admit(lambda _party, frame: frames.append(frame), lambda *a: losses.append(a))
        for chunk in chunks:
            link.data_received(chunk)
        assert len(losses) <= 1
        assert wire.aborted == (link.ended and (bool(losses) or not admitted))
        return link, frames

    return asyncio.run(main())


@settings(max_examples=60)
@given(CHUNKS | FRAMES, st.booleans())
def test_a_link_delivers_whole_frames_or_ends(chunks, admitted):
    link, frames = fed(chunks, admitted)
    assert sum(map(len, frames)) <= sum(map(len, chunks))
    if not admitted:
        assert frames == []
    assert link.ended or len(link._buffer) <= sum(map(len, chunks))


@settings(max_examples=30)
@given(st.lists(st.binary(max_size=2000), max_size=6), st.integers(1, 500))
def test_frames_come_out_as_they_went_in_however_they_are_cut(payloads, step):
    stream = b"".join(len(p).to_bytes(4, "little") + bytes([Kind.PAYLOAD]) + p for p in payloads)
    chunks = [stream[i : i + step] for i in range(0, len(stream), step)]
    link, frames = fed(chunks, admitted=True)
    assert frames == payloads
    assert not link.ended


def test_a_frame_beyond_the_bound_ends_the_link_at_once():
    header = (MAX_FRAME_BYTES + 1).to_bytes(4, "little") + bytes([Kind.PAYLOAD])
    link, frames = fed([header], admitted=True)
    assert link.ended
    assert frames == []


@settings(max_examples=60)
@given(CHUNKS)
def test_a_prelude_gives_bounded_frames_or_ends(chunks):
    async def main():
        prelude, wire = Prelude(64), Wire()
        prelude.connection_made(wire)
        for chunk in chunks:
            prelude.data_received(chunk)
        prelude.connection_lost(None)
        try:
            while True:
                assert len(await prelude.next()) <= 64
        except PreludeEnded as ended:
            assert wire.aborted == ended.malformed  # noqa: PT017

    asyncio.run(main())


@settings(max_examples=200)
@given(st.binary(max_size=600))
def test_bytes_are_a_message_or_our_error(body):
    for words in LANGUAGES:
        with pytest.raises(SynCohortError, match="WO601"):
            decode(body, words)
    with pytest.raises(SynCohortError, match="PR502"):
        read_greeting(body, "Hospital B")


@pytest.mark.slow
def test_ten_million_random_bytes_at_every_decoder():
    noise = os.urandom(10_000_000)
    for admitted in (True, False):
        for start in range(0, 1_000_000, 50_000):  # each start is another first header
            fed([noise[start : start + 50_000]], admitted)
        fed([noise], admitted)
    for start in range(0, len(noise), 10_000):
        piece = noise[start : start + 10_000]
        for words in LANGUAGES:
            with pytest.raises(SynCohortError):
                decode(piece, words)
        with pytest.raises(SynCohortError):
            read_greeting(piece, "Hospital B")
        for limit in (64, 1024):
            try:
                list(FrameReader(limit).feed(piece))
            except SynCohortError as wrong:
                assert wrong.code == "WO601"  # noqa: PT017
