"""The codec refuses everything that is not exactly a message, and loses nothing."""

import dataclasses
import enum
import json
import typing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import WorkerError
from core.messages import codec, commands, engine, events


class Colour(enum.StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Inner:
    text: str
    numbers: tuple[int, ...]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    flag: bool
    count: int
    size: float
    colour: Colour
    blob: bytes
    inner: Inner
    maybe: Inner | None
    pairs: tuple[tuple[str, int], ...]
    scalar: bool | int | float | str


LANGUAGE = codec.language(Whole, Inner)

inner = st.builds(Inner, text=st.text(), numbers=st.lists(st.integers(-(2**63), 2**63)).map(tuple))
finite = st.floats(allow_nan=False, allow_infinity=False)
whole = st.builds(
    Whole,
    flag=st.booleans(),
    count=st.integers(),
    size=finite,
    colour=st.sampled_from(Colour),
    blob=st.binary(),
    inner=inner,
    maybe=st.none() | inner,
    pairs=st.lists(st.tuples(st.text(), st.integers())).map(tuple),
    scalar=st.one_of(st.booleans(), st.integers(), finite, st.text()),
)


def body(message):
    return codec.encode(message)[4:]


@given(whole)
def test_what_is_sent_is_what_arrives(message):
    arrived = codec.decode(body(message), LANGUAGE)
    assert arrived == message
    assert type(arrived.scalar) is type(message.scalar)


@given(st.lists(whole, max_size=3), st.integers(1, 50))
def test_frames_are_cut_at_any_chunk_size(messages, chunk):
    stream = b"".join(codec.encode(m) for m in messages)
    reader = codec.FrameReader()
    arrived = [
        codec.decode(b, LANGUAGE)
        for i in range(0, len(stream), chunk)
        for b in reader.feed(stream[i : i + chunk])
    ]
    assert arrived == messages
    assert reader.pending == 0


@given(st.binary(max_size=200))
def test_garbage_is_refused_with_our_error(garbage):
    with pytest.raises(WorkerError) as caught:
        codec.decode(garbage, LANGUAGE)
    assert caught.value.code == "WO601"


EXAMPLE = Whole(
    flag=True,
    count=1,
    size=1.5,
    colour=Colour.RED,
    blob=b"x",
    inner=Inner(text="t", numbers=(1,)),
    maybe=None,
    pairs=(("a", 1),),
    scalar="s",
)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("v",), 2),
        (("type",), "Missing"),
        (("type",), 7),
        (("fields",), []),
        (("fields", "count"), True),
        (("fields", "count"), 1.0),
        (("fields", "count"), None),
        (("fields", "flag"), 1),
        (("fields", "size"), "1"),
        (("fields", "colour"), "green"),
        (("fields", "blob"), "%%%"),
        (("fields", "blob"), 3),
        (("fields", "inner"), {"text": "t"}),
        (("fields", "inner", "numbers"), [1, "2"]),
        (("fields", "inner", "numbers"), 4),
        (("fields", "maybe"), 5),
        (("fields", "pairs"), [["a", 1, 2]]),
        (("fields", "scalar"), None),
        (("fields", "scalar"), [1]),
        (("fields", "extra"), 1),
    ],
)
def test_each_wrong_part_is_refused(path, value):
    tree = json.loads(body(EXAMPLE))
    place = tree
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(WorkerError):
        codec.decode(json.dumps(tree).encode(), LANGUAGE)


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_are_not_finite_are_refused(text):
    raw = body(EXAMPLE).replace(b"1.5", text.encode())
    with pytest.raises(WorkerError):
        codec.decode(raw, LANGUAGE)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_they_are_not_sent_either(value):
    with pytest.raises(WorkerError):
        codec.encode(dataclasses.replace(EXAMPLE, size=value))


def test_what_has_no_place_in_a_message_is_not_sent():
    for wrong in ({"a": 1}, [1], object(), Whole):
        with pytest.raises(WorkerError):
            codec.encode(wrong)
    with pytest.raises(WorkerError):
        codec.encode(dataclasses.replace(EXAMPLE, scalar={1}))


def test_frames_are_bounded_on_both_ends():
    with pytest.raises(WorkerError):
        codec.encode(EXAMPLE, limit=10)
    with pytest.raises(WorkerError):
        list(codec.FrameReader(limit=10).feed((11).to_bytes(4, "big")))


def _leaves(hint):
    args = typing.get_args(hint)
    if args:
        for a in args:
            if a is not Ellipsis:
                yield from _leaves(a)
    elif dataclasses.is_dataclass(hint):
        for sub in typing.get_type_hints(hint).values():
            yield from _leaves(sub)
    else:
        yield hint


PLAIN = (bool, int, float, str, type(None))


@pytest.mark.parametrize("kind", events.Event.__args__, ids=lambda k: k.__name__)
def test_no_event_can_carry_bytes_a_share_or_a_key(kind):
    """Every field of every event, down to its leaves, is a plain value or one of our enums."""
    names = set()
    for name, hint in typing.get_type_hints(kind).items():
        names.add(name)
        for leaf in _leaves(hint):
            assert leaf in PLAIN or issubclass(leaf, enum.Enum), (kind, name, leaf)
            assert leaf is not engine.SecretVector
    assert not names & {"share", "shares", "key", "vector", "identifier", "identifiers", "path"}


def test_local_views_are_marked():
    marked = {k.__name__ for k in events.Event.__args__ if issubclass(k, events.LocalView)}
    assert marked == {
        "FileInspected",
        "ReadingProgressed",
        "CohortChecked",
        "PanelShown",
        "CohortsListed",
        "ReportReady",
        "ReportGrew",
        "GeneShown",
        "InvitationMade",  # holds a one-time secret for one joiner
        "OpenFileInspected",
        "ReferenceProgressed",
        "ReferenceShown",  # says of the own cohort which of its diagnoses a reference names
    }


def test_commands_and_events_are_different_words():
    assert not set(commands.COMMANDS) & set(events.EVENTS)
