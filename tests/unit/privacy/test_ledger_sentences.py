"""Every line in a plain sentence, true also for a spend that the program could not explain."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.privacy.ledger import EntryKind, Topic
from core.privacy.ledger.entries import CHARGED_TOPICS, Entry
from core.privacy.ledger.sentences import sentence

LINE = Entry(
    number=1,
    time="",
    cohort_id="c",
    digest="d",
    kind=EntryKind.SPENT,
    units=1.0,
    epsilon=1.0,
    delta=1e-6,
    mu_sq=0.1,
    delta_tail=0.0,
    note="",
    previous="",
)


@pytest.mark.parametrize("topic", sorted(Topic))
def test_every_topic_has_a_sentence_without_an_open_place(topic: Topic) -> None:
    charged = topic in CHARGED_TOPICS
    kinds = tuple(EntryKind)[1:4] if charged else (EntryKind.DECISION,)
    for kind in kinds:
        for people in ((), ("Ada",), ("Ada", "Grace")):
            said = sentence(replace(LINE, kind=kind, topic=topic, people=people, reason="why"))
            assert "{" not in said
            assert said.endswith("Reason: why")


def test_a_spend_says_why_where_it_was_not_the_next_opening() -> None:
    assert "before the first total was opened" in sentence(LINE)
    for note, why in (
        ("the program ended before it could say otherwise", "nobody can know how far"),
        ("it ended before its first opening", "shares had left this computer"),
        ("something else", "because something else."),
    ):
        said = sentence(replace(LINE, note=note))
        assert said.startswith("Counted as used: 1 unit of the cap, because ")
        assert why in said
        assert "first total was opened, and it stays" not in said
