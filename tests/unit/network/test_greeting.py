"""What two parties must agree on before anything is computed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.errors import ProtocolError
from core.messages import codec
from core.messages.engine import Finish
from core.network.greeting import (
    Greeting,
    read_greeting,
    require_same,
    write_greeting,
)

OURS = Greeting(
    protocol_version=1,
    application="0.1.0",
    mpyc="0.11",
    arithmetic="64",
    plan_digest="a" * 64,
    parties=3,
    threshold=1,
    number=0,
)


def test_greetings_round_trip():
    assert read_greeting(write_greeting(OURS), "Hospital B") == OURS


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0\0\0\2{}",
        b"\xff" * 100,
        codec.encode(Finish()),
        write_greeting(OURS)[:-3],
        write_greeting(OURS).replace(b'"0.1.0"', b"5"),
    ],
)
def test_anything_else_is_no_greeting(content):
    with pytest.raises(ProtocolError, match="PR502") as caught:
        read_greeting(content, "Hospital B")
    assert dict(caught.value.fields)["party"] == "Hospital B"


@pytest.mark.parametrize(
    ("field", "theirs", "label"),
    [
        ("protocol_version", 2, "protocol version"),
        ("application", "0.2.0", "SynCohort version"),
        ("mpyc", "0.12", "MPyC version"),
        ("arithmetic", "32", "Python arithmetic"),
        ("plan_digest", "b" * 64, "plan"),
        ("parties", 4, "number of parties"),
        ("threshold", 2, "threshold"),
    ],
)
def test_every_difference_is_refused_and_named(field, theirs, label):
    other = replace(OURS, number=1, **{field: theirs})
    with pytest.raises(ProtocolError, match="PR504") as caught:
        require_same(OURS, other, "Hospital B", 1)
    fields = dict(caught.value.fields)
    assert fields["field"] == label
    assert fields["theirs"] == str(theirs)
    assert fields["ours"] == str(getattr(OURS, field))


def test_the_same_passes_and_a_false_number_does_not():
    require_same(OURS, replace(OURS, number=1), "Hospital B", 1)
    with pytest.raises(ProtocolError, match="PR503"):
        require_same(OURS, replace(OURS, number=2), "Hospital B", 1)


def test_a_peers_words_are_cut_and_cleaned():
    other = replace(OURS, number=1, application="x\n\u202e" + "y" * 500)
    with pytest.raises(ProtocolError) as caught:
        require_same(OURS, other, "Hospital B", 1)
    shown = dict(caught.value.fields)["theirs"]
    assert shown == "x??" + "y" * 61
