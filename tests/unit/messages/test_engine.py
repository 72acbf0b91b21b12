"""The language between hospital worker and run worker: exact, and silent about secrets."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from typing import get_args, get_type_hints

import pytest

from core.errors import PlanError
from core.messages import codec, engine
from core.messages.engine import ENGINE_COMMANDS, ENGINE_EVENTS, Measure, SecretVector
from core.model.continuing import Choice
from core.model.peer import DirectRoute, PeerAddress, RelayRoute

SECRET = SecretVector(values=(918_273, -4))
SAMPLES = (
    engine.Prepare(connect_s=1.5),
    engine.PermitOpening(stage="tables"),
    engine.CompareMeasurements(digest="ab"),
    engine.SendTable(content=b"\0\xff"),
    engine.ReceiveTable(),
    engine.Finish(),
    engine.Cancel(),
    engine.Prepared(
        route=DirectRoute(host="h", port=1), certificate_pem="p", certificate_sha256="s"
    ),
    engine.PeerJoined(number=2),
    engine.PeerReached(number=1, stages=2, done=True),
    engine.Connected(choices=(Choice.KEPT, Choice.AGAIN, Choice.AFRESH)),
    engine.ShareStored(stage="tables"),
    engine.OpenAgain(stage="tables", share=engine.StoredShare(sharing="5" * 64, content=b"\0\1")),
    engine.ShareToStore(
        stage="tables", share=engine.StoredShare(sharing="5" * 64, content=b"\0\1")
    ),
    engine.Progress(stage="s", step="noise", done=1, total=2, bytes_sent=3, bytes_received=4),
    engine.ReadyToOpen(stage="s"),
    engine.Opened(stage="s", totals=(1, -(2**60)), seconds=0.5, bytes_sent=9),
    engine.MeasurementsAgree(),
    engine.TableSent(sha256="x"),
    engine.TableReceived(content=b"x", sha256="y"),
    engine.Voted(agreed=True),
    engine.Finished(),
    engine.Failed(code="SE406", fields=(("party", "B"),)),
)


@pytest.mark.parametrize("message", SAMPLES, ids=lambda m: type(m).__name__)
def test_messages_round_trip(message):
    frame = codec.encode(message)
    assert codec.decode(frame[4:], {**ENGINE_COMMANDS, **ENGINE_EVENTS}) == message


def test_a_vector_travels_but_does_not_show():
    frame = codec.encode(Measure(stage="tables", vector=SECRET))
    found = codec.decode(frame[4:], ENGINE_COMMANDS)
    assert found.vector.values == SECRET.values
    assert "918273" not in repr(found) + str(found) + f"{found.vector}"
    assert repr(SECRET) == "SecretVector(2 values, hidden)"


@pytest.mark.parametrize(
    "use",
    [
        lambda v: v == v,  # noqa: PLR0124
        lambda v: v != SecretVector(values=()),
        bool,
        hash,
        pickle.dumps,
        copy.copy,
    ],
)
def test_a_vector_is_neither_compared_nor_tested_nor_pickled(use):
    with pytest.raises(TypeError):
        use(SECRET)


def types_of(hint: object) -> set[object]:
    """Return every type that a field can hold."""
    if dataclasses.is_dataclass(hint):
        inner = get_type_hints(hint).values()
        return {hint}.union(*(types_of(i) for i in inner)) if inner else {hint}
    arguments = [a for a in get_args(hint) if a is not ...]
    return set().union(*(types_of(a) for a in arguments)) if arguments else {hint}


def test_a_share_travels_but_does_not_show_and_is_bounded(monkeypatch):
    share = engine.StoredShare(sharing="5" * 64, content=b"secret share")
    assert "secret" not in repr(engine.ShareToStore(stage="s", share=share))
    monkeypatch.setattr(engine, "MAX_SHARE_BYTES", 11)
    for content in (b"", b"secret share"):
        with pytest.raises(PlanError):
            engine.StoredShare(sharing="5" * 64, content=content)
    with pytest.raises(PlanError):
        engine.StoredShare(sharing="x", content=b"1")


def test_no_event_can_carry_a_vector_or_a_key():
    """Numbers leave a run worker as opened totals only, bytes as the released table, and as this
    party's share of a noisy total, which its hospital keeps on its disk.
    """
    allowed = {bool, int, float, str}
    carried: dict[tuple[str, str], set[object]] = {
        ("TableReceived", "content"): {bytes},
        ("Connected", "choices"): {Choice},
        ("ShareToStore", "share"): {engine.StoredShare, bytes},
        ("Prepared", "route"): {DirectRoute, RelayRoute},  # addresses, made of plain words
    }
    for name, event in ENGINE_EVENTS.items():
        for field, hint in get_type_hints(event).items():
            types = types_of(hint)
            extra = types - allowed - {event}
            assert extra == carried.get((name, field), set())
            is_list = "tuple[int" in str(hint)
            assert is_list == ((name, field) == ("Opened", "totals"))


def test_two_commands_only_carry_secrets():
    carriers = [
        name
        for name, command in ENGINE_COMMANDS.items()
        if any(SecretVector in types_of(h) for h in get_type_hints(command).values())
    ]
    assert carriers == ["Measure", "Vote"]


def test_commands_and_events_are_strangers():
    assert not set(ENGINE_COMMANDS) & set(ENGINE_EVENTS)
    assert {type(m).__name__ for m in SAMPLES} == (set(ENGINE_COMMANDS) | set(ENGINE_EVENTS)) - {
        "Connect",
        "Measure",
        "Vote",
    }
    assert PeerAddress in types_of(engine.Connect)
