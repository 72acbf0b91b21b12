"""Mailboxes, sessions, the array codec and tables, without a process or a socket."""

from __future__ import annotations

import asyncio
import hashlib
import pickle

import numpy as np
import pytest
from engine_memory import Wire, sessions
from engine_parties import plan_of, stage_of
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InternalError, ProtocolError, SessionError
from core.ports import Loss
from core.protocol import mailbox
from core.protocol.array_codec import ArrayCodec, PeerBytes
from core.protocol.field import MersenneField
from core.protocol.mailbox import Kind, Label, Mailbox, pack, unpack
from core.protocol.table import PART_BYTES, receive_table, send_table

PLAN = plan_of([f"{i:064x}" for i in range(4)], 1, stage_of())


# ---- frames and mailboxes


@given(
    st.sampled_from(list(Kind)),
    st.integers(-(2**63), 2**63 - 1),
    st.integers(0, 2**32 - 1),
    st.binary(),
)
def test_messages_round_trip(kind, major, minor, payload):
    label = Label(kind, major, minor)
    assert unpack(pack(label, payload)) == (label, payload)


@given(st.binary(max_size=40))
def test_any_frame_is_a_message_or_none(frame):
    message = unpack(frame)
    assert message is None or pack(*message) == frame


def test_frames_of_unknown_kinds_are_no_messages():
    assert unpack(bytes(13)) is None
    assert unpack(b"\xff" + bytes(12)) is None
    assert unpack(b"\x01" + bytes(11)) is None


def test_a_message_waits_for_its_reader_and_a_reader_for_its_message():
    async def main():
        box, loop = Mailbox(), asyncio.get_running_loop()
        label, other = Label(Kind.MPYC, 7), Label(Kind.MPYC, 8)
        assert box.deliver(label, b"early") is None
        assert await box.take(label, loop) == b"early"
        waiting = box.take(other, loop)
        assert not waiting.done()
        assert box.deliver(other, b"late") is None
        assert await waiting == b"late"

    asyncio.run(main())


def test_a_mailbox_refuses_doubles_and_floods(monkeypatch):
    box = Mailbox()
    assert box.deliver(Label(Kind.MPYC, 1), b"") is None
    assert "twice" in box.deliver(Label(Kind.MPYC, 1), b"")
    monkeypatch.setattr(mailbox, "MAX_UNREAD_BYTES", 10)
    assert box.deliver(Label(Kind.MPYC, 2), bytes(10)) is None
    assert "ahead" in box.deliver(Label(Kind.MPYC, 3), b"x")
    monkeypatch.setattr(mailbox, "MAX_UNREAD_BYTES", 1000)
    monkeypatch.setattr(mailbox, "MAX_UNREAD", 2)
    assert "ahead" in box.deliver(Label(Kind.MPYC, 4), b"x")


# ---- sessions


def in_session(work):
    async def main():
        wire = Wire()
        return await work(sessions(PLAN, wire, step_s=0.2), wire)

    return asyncio.run(main())


def failure_of(session):
    return session.failure.result() if session.failure.done() else None


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"\xee" * 20,
        pack(Label(Kind.REASON), b"short"),
        pack(Label(Kind.REASON), b"SE999\x00"),
    ],
)
def test_garbage_ends_the_session_and_names_the_sender(frame):
    async def work(found, _wire):
        found[0].received(2, frame)
        return failure_of(found[0])

    error = in_session(work)
    assert isinstance(error, ProtocolError)
    assert dict(error.fields)["party"] == "Hospital C"


@pytest.mark.parametrize(
    ("loss", "code"), [(Loss.CLOSED, "SE406"), (Loss.SILENT, "SE401"), (Loss.MALFORMED, "PR502")]
)
def test_a_lost_party_is_named(loss, code):
    async def work(found, _wire):
        found[0].lost(1, loss)
        found[0].lost(2, Loss.CLOSED)  # a consequence: changes nothing
        return failure_of(found[0])

    error = in_session(work)
    assert error.code == code
    assert dict(error.fields)["party"] == "Hospital B"


def test_everybody_names_the_same_cause():
    """A sees C vanish and tells B; B passes it on to D, who has not noticed anything."""

    async def work(found, _wire):
        found[0].lost(2, Loss.SILENT)
        found[0].tell(failure_of(found[0]))
        await asyncio.sleep(0)
        found[1].tell(failure_of(found[1]))
        await asyncio.sleep(0)
        return [failure_of(s) for s in found]

    errors = in_session(work)
    for number in (0, 1, 3):
        assert errors[number].code == "SE401"
        assert dict(errors[number].fields)["party"] == "Hospital C"
    assert errors[2].code == "SE405"  # C itself is told who gave it up
    assert dict(errors[2].fields)["code"] == "SE401"


@pytest.mark.parametrize(
    ("error", "code", "inner"),
    [
        (SessionError("SE403", party="Hospital A", spent=""), "SE403", None),
        (SessionError("SE405", party="Hospital A", code="BU306", spent=""), "SE405", "BU306"),
        (InternalError("IN902", kind="X"), "SE405", "IN902"),
        (ProtocolError("PR501", stage="s", party="a hospital"), "SE405", "PR501"),
        (SessionError("SE402", party="Hospital A", seconds=1, spent=""), "SE405", "SE402"),
        (SessionError("SE406", party="Hospital B or Hospital C", spent=""), "SE406", None),
    ],
)
def test_reasons_carry_the_code_and_the_party(error, code, inner):
    async def work(found, wire):
        found[0].fail(error)
        found[0].tell(error)
        await asyncio.sleep(0)
        assert all(len(f) == 13 + 6 for _, _, f in wire.frames)
        return failure_of(found[3])

    told = in_session(work)
    assert told.code == code
    assert dict(told.fields)["party"] == "Hospital A"
    assert dict(told.fields).get("code") == inner


def test_a_party_that_was_done_may_leave():
    async def work(found, _wire):
        found[0].received(1, pack(Label(Kind.DONE), b""))
        found[0].lost(1, Loss.CLOSED)
        return failure_of(found[0])

    assert in_session(work) is None


def test_digests_agree_or_the_party_that_differs_is_named():
    async def work(found, _wire):
        digests = ["a" * 64, "a" * 64, "b" * 64, "a" * 64]
        work = [s.compare_digests(d) for s, d in zip(found, digests, strict=True)]
        return await asyncio.gather(*work, return_exceptions=True)

    results = in_session(work)
    assert [r.code for r in results] == ["PR505"] * 4
    assert dict(results[0].fields)["party"] == "Hospital C"

    async def same(found, _wire):
        return await asyncio.gather(*(s.compare_digests("a" * 64) for s in found))

    assert in_session(same) == [None] * 4


def test_a_wait_without_end_ends_after_the_limit():
    async def work(found, _wire):
        with pytest.raises(SessionError, match="SE404"):
            await found[0].collect(Label(Kind.DIGEST), (1,), 4, "comparison")

    in_session(work)


def test_messages_need_all_channels():
    async def work(found, _wire):
        found[0].require_all_joined()
        del found[0]._channels[2]
        with pytest.raises(InternalError, match="IN901"):
            found[0].require_all_joined()

    in_session(work)


# ---- tables


@pytest.mark.parametrize("length", [0, 1, PART_BYTES, PART_BYTES + 1, 3 * PART_BYTES])
def test_tables_arrive_as_they_were_sent(length):
    content = (b"label,gene\n" * (length // 11 + 1))[:length]

    async def work(found, wire):
        receiving = [asyncio.ensure_future(receive_table(s, 0, 2**24)) for s in found[1:]]
        sent = await send_table(found[0], content, 2**24)
        received = await asyncio.gather(*receiving)
        assert max(len(f) for _, _, f in wire.frames) <= PART_BYTES + 64
        return sent, received

    sent, received = in_session(work)
    assert sent == hashlib.sha256(content).hexdigest()
    assert all(r == (content, sent) for r in received)


def test_tables_beyond_the_limit_are_neither_sent_nor_awaited():
    async def work(found, _wire):
        with pytest.raises(InternalError, match="IN901"):
            await send_table(found[0], bytes(11), 10)
        await send_table(found[0], bytes(11), 11)
        with pytest.raises(ProtocolError, match="too long"):
            await receive_table(found[1], 0, 10)

    in_session(work)


# ---- what MPyC sends


def codec(exponent=31, count=3):
    made = ArrayCodec()
    made.expect(MersenneField(exponent=exponent), count)
    return made


@pytest.mark.parametrize("exponent", [31, 61])
def test_arrays_round_trip_as_python_integers(exponent):
    values = [0, 5, 2**exponent - 2]
    arrays = codec(exponent)
    found = arrays.loads(arrays.dumps(np.array(values, dtype=object)))
    assert found.tolist() == values
    assert found.dtype == object
    assert {type(v) for v in found} == {int}


def test_arrays_of_another_length_or_range_are_never_sent():
    for wrong in ([1, 2], [1, 2, 3, 4], [1, 2, -1], [1, 2, 2**31 - 1]):
        with pytest.raises(InternalError, match="IN901"):
            codec().dumps(np.array(wrong, dtype=object))


@given(st.binary(max_size=60))
def test_bytes_are_the_expected_array_or_refused(content):
    words = np.frombuffer(content, dtype="<u8") if len(content) == 24 else None
    payload = PeerBytes.of("Hospital B", content)
    if words is not None and int(words.max()) < 2**31 - 1:
        assert codec().dumps(codec().loads(payload)) == content
        return
    with pytest.raises(ProtocolError, match="PR502") as refused:
        codec().loads(payload)
    assert dict(refused.value.fields)["party"] == "Hospital B"


class Bomb:
    def __reduce__(self):
        return (exit, ())


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickles_are_refused(protocol):
    for content in (pickle.dumps(Bomb(), protocol), pickle.dumps(np.arange(3), protocol)):
        with pytest.raises(ProtocolError, match="PR502"):
            codec().loads(PeerBytes.of("Hospital B", content))
        with pytest.raises(ProtocolError, match="PR502"):
            codec().loads(content)
