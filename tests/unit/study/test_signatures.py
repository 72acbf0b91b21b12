"""core.study.signatures and approvals: other facts, other bytes; another person, no approval."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from core.errors import PlanError, StudyError
from core.study.approvals import LOCK_S, MOST_TRIES, Approver, attempt, same_person, set_up
from core.study.signatures import LineFacts, require_signed, run_statement, statement
from tests.unit.study.joint_study import key_of, secret_of, sign, verify

FACTS = LineFacts(
    token="cd" * 16,
    coordinator=key_of("North"),
    joiner=key_of("River"),
    coordinator_nonce=b"n" * 32,
    joiner_nonce=b"r" * 32,
)
SECRET = secret_of("River")


def test_a_proof_is_good_on_its_own_line_only() -> None:
    proof = FACTS.proof(SECRET)
    assert FACTS.proves(SECRET, proof)
    assert not FACTS.proves(secret_of("Lake"), proof)
    for change in (
        {"token": "ef" * 16},
        {"coordinator": key_of("Thief")},
        {"joiner": key_of("Thief")},
        {"coordinator_nonce": b"x" * 32},
        {"joiner_nonce": b"x" * 32},
    ):
        assert not replace(FACTS, **change).proves(SECRET, proof)
        assert replace(FACTS, **change).frame("a", 1, b"") != FACTS.frame("a", 1, b"")


def test_statements_never_share_their_bytes() -> None:
    made = [
        statement("a", "bc", "d"),
        statement("a", "b", "cd"),
        statement("ab", "c", "d"),
        statement("a", "bcd"),
        FACTS.frame("a", 1, b"x"),
        FACTS.frame("a", 11, b"x"),
        FACTS.frame("a1", 1, b"x"),
        run_statement("d", "k", 0, "c"),
        run_statement("d", "k", 1, "c"),
    ]
    assert len(set(made)) == len(made)


def test_a_signature_that_does_not_fit_names_the_party() -> None:
    require_signed(verify, "PEM River", b"facts", sign("River", b"facts"), "River")
    with pytest.raises(StudyError, match=r"ST707.*River"):
        require_signed(verify, "PEM River", b"other", sign("River", b"facts"), "River")


# ---------------------------------------------------------------- the second person


def derive(passphrase: str, salt: bytes) -> bytes:
    return hashlib.sha256(salt + passphrase.encode()).digest()


PASSPHRASE = "correct horse battery"


@pytest.fixture
def approver() -> Approver:
    return set_up("Grace Hopper", "Ada Byron", PASSPHRASE, b"s" * 16, derive)


def test_the_steward_cannot_be_the_second_person() -> None:
    assert same_person("ADA  byron ", "Ada Byron")
    with pytest.raises(StudyError, match="ST710"):
        set_up("ada byron", "Ada  Byron", PASSPHRASE, b"s" * 16, derive)
    with pytest.raises(StudyError, match="ST716"):
        set_up("Grace Hopper", "Ada Byron", "short", b"s" * 16, derive)
    with pytest.raises(PlanError, match="PL201"):
        set_up("", "Ada Byron", PASSPHRASE, b"s" * 16, derive)


def test_only_the_second_person_approves(approver: Approver) -> None:
    assert attempt(approver, "grace hopper", PASSPHRASE, 0.0, derive).right
    with pytest.raises(StudyError, match="ST710"):
        attempt(approver, "Ada Byron", PASSPHRASE, 0.0, derive)
    assert PASSPHRASE not in repr(approver)
    assert repr(approver.derived) not in repr(approver)


def test_wrong_passphrases_lock_for_a_while(approver: Approver) -> None:
    for left in range(MOST_TRIES - 1, -1, -1):
        tried = attempt(approver, approver.name, "wrong", 10.0, derive)
        assert not tried.right
        approver = tried.approver
        assert approver.tries_left == left
    with pytest.raises(StudyError, match="ST709"):
        attempt(approver, approver.name, PASSPHRASE, 10.0 + LOCK_S - 1, derive)
    tried = attempt(approver, approver.name, PASSPHRASE, 10.0 + LOCK_S, derive)
    assert tried.right
    assert tried.approver.tries_left == MOST_TRIES
