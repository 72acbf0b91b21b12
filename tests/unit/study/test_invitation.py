"""core.study.invitation: what was sent is what is read, or nothing is."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import PlanError, StudyError
from core.study.invitation import (
    MAX_INVITATION_CHARACTERS,
    invite,
    panel_digest,
    read_invitation,
    require_fresh,
    to_file,
    to_text,
)
from tests.unit.study.joint_study import GENES, MEETING, TERMS, key_of, secret_of

INVITATION = invite(
    study_id="ab" * 16,
    token="cd" * 16,
    secret=secret_of("River"),
    meeting=MEETING,
    coordinator="Hôpital du Nord",
    coordinator_sha256=key_of("North"),
    expires=1000,
    terms=TERMS,
    genes=GENES,
)


def refused(content: str) -> str:
    with pytest.raises(StudyError) as caught:
        read_invitation(content)
    assert caught.value.code == "ST701"
    return caught.value.text


def test_both_forms_come_back() -> None:
    assert read_invitation(to_text(INVITATION)) == INVITATION
    assert read_invitation(to_file(INVITATION)) == INVITATION
    assert read_invitation("\ufeff" + to_file(INVITATION)) == INVITATION


def test_a_long_panel_is_left_out_and_its_fingerprint_stays() -> None:
    for n, in_text, in_file in ((900, True, True), (5_000, False, True), (30_000, False, False)):
        genes = tuple(f"GENE{i}" for i in range(n))
        terms = replace(TERMS, n_genes=n, panel_sha256=panel_digest(genes))
        made = replace(INVITATION, terms=terms, genes=genes)
        for form, whole in ((to_text, in_text), (to_file, in_file)):
            content = form(made)
            assert len(content) < MAX_INVITATION_CHARACTERS
            assert read_invitation(content) == (made if whole else replace(made, genes=()))


def test_other_genes_than_the_terms_are_refused() -> None:
    changed = replace(INVITATION, genes=("TP53", "MPO", "KRT5"))
    assert "genes were changed" in refused(to_file(changed))
    with pytest.raises(PlanError, match="PL201"):
        replace(INVITATION, genes=("TP53",))


def test_mail_programs_may_quote_wrap_and_greet() -> None:
    lines = to_text(INVITATION).splitlines()
    assert max(map(len, lines)) <= 64
    quoted = "Dear all,\n\n" + "\r\n".join(f"> > {line} " for line in lines) + "\n\nBest wishes"
    assert read_invitation(quoted) == INVITATION


def test_the_secret_is_not_shown() -> None:
    assert INVITATION.secret not in repr(INVITATION)
    assert INVITATION.token not in repr(INVITATION)


def test_a_cut_or_changed_copy_is_told() -> None:
    text = to_text(INVITATION)
    assert "end is missing" in refused(text[: len(text) // 2])
    assert "checksum" in refused(
        text.replace(text[200:202], "AB" if text[200:202] != "AB" else "CD")
    )
    assert "too long" in refused("x" * (MAX_INVITATION_CHARACTERS + 1))
    assert "start" in refused("hello")
    assert "cut off" in refused(to_file(INVITATION)[:-20])
    for change in ({"format": "other"}, {"more": 1}, {"check": 1}, {"invitation": {}}):
        refused(json.dumps({**json.loads(to_file(INVITATION)), **change}))
    tree = json.loads(to_file(INVITATION))
    tree["invitation"] = tree["invitation"].replace("Leukaemia", "Leukemia")
    assert "checksum" in refused(json.dumps(tree))


def test_a_consistent_forgery_is_still_checked_field_by_field() -> None:
    import hashlib

    for old, new in (
        (INVITATION.secret, "0" * 64),
        ('"expires":1000', '"expires":"never"'),
        ('"epsilon":1.0', '"epsilon":NaN'),
        ('"epsilon":1.0', '"epsilon":1e9'),
        ('"n_genes":3', '"n_genes":-3'),
        ('"version":2', '"version":1'),
        ('"port":443', '"port":0'),
    ):
        tree = json.loads(to_file(INVITATION))
        assert old in tree["invitation"]
        tree["invitation"] = tree["invitation"].replace(old, new)
        tree["check"] = hashlib.sha256(tree["invitation"].encode()).hexdigest()[:16]
        refused(json.dumps(tree))


@given(st.text(max_size=300) | st.text(alphabet='SYNCOHORT1.abc=_-{}" ', max_size=300))
def test_no_text_does_more_than_be_refused(content: str) -> None:
    refused(content)
    refused("SYNCOHORT1." + content)
    refused('{"format":"syncohort-invitation","check":' + content)


def test_an_invitation_expires() -> None:
    require_fresh(INVITATION, 999.9)
    with pytest.raises(StudyError) as caught:
        require_fresh(INVITATION, 1000.0)
    assert caught.value.code == "ST702"


def test_the_panel_digest_tells_order_and_names() -> None:
    digests = {panel_digest(g) for g in (("A", "B"), ("B", "A"), ("A,B",), ("A", "B", ""))}
    assert len(digests) == 4
