"""Messages that have the right shape and wrong values, at every decoder: a message or our error.

The bytes at random are in tests/unit/network/test_decoders.py and tests/fuzz.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import SynCohortError, WorkerError
from core.messages.codec import decode, encode, language
from core.messages.commands import COMMANDS
from core.messages.engine import ENGINE_COMMANDS, ENGINE_EVENTS
from core.messages.events import EVENTS
from core.messages.lobby import COORDINATOR_WORDS, JOINER_WORDS, SEALED_WORDS
from core.messages.relay import PARTY_WORDS, RELAY_WORDS
from core.model.invitation import Invitation
from core.network.greeting import Greeting
from core.network.lobby_channel import ANSWER_WORDS, APPROACH_WORDS
from core.study.approvals import Approver
from core.study.session import StudySession
from tests.property.shapes import bodies

LANGUAGES = {
    "commands": COMMANDS,
    "events": EVENTS,
    "engine commands": ENGINE_COMMANDS,
    "engine events": ENGINE_EVENTS,
    "joiner": JOINER_WORDS,
    "coordinator": COORDINATOR_WORDS,
    "sealed": SEALED_WORDS,
    "party to relay": PARTY_WORDS,
    "relay to party": RELAY_WORDS,
    "approach": APPROACH_WORDS,
    "answer": ANSWER_WORDS,
    "kept": language(Greeting, Invitation, StudySession, Approver),
}


@pytest.mark.parametrize("name", LANGUAGES)
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(st.data())
def test_a_message_of_the_right_shape_is_a_message_or_our_error(name, data):
    words = LANGUAGES[name]
    kind = data.draw(st.sampled_from(sorted(words)))
    body = data.draw(bodies(words[kind]))
    with contextlib.suppress(SynCohortError):
        found = decode(body, words)
        assert type(found) is words[kind]
        again = encode(found)[4:]  # it can be said on, and to people
        if all(f.compare for f in dataclasses.fields(found)):
            assert encode(decode(again, words))[4:] == again
        str(found).encode()


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("Accepted", {"version": 1, "application": "1", "time": 10**400}),
        ("Accepted", {"version": 1, "application": "\ud800", "time": 1}),
        ("Accepted", {"version": 1, "application": "1", "time": "\ud800"}),
        ("Accepted", {"version": True, "application": "1", "time": 1}),
    ],
)
def test_a_number_beyond_the_doubles_and_half_a_character_are_refused(kind, fields):
    body = json.dumps({"v": 1, "type": kind, "fields": fields}).encode()
    with pytest.raises(WorkerError, match="WO601"):
        decode(body, RELAY_WORDS)
