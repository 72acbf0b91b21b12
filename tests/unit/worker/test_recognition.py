"""Who was compared in another study is known again; nothing that is shown is believed unproved."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from core.messages.lobby import Continuity
from core.network.installation import Installation
from core.randomness import NoiseSource
from core.worker.installation.session_shelf import SessionShelf
from core.worker.studies.recognition import recognised
from tests.unit.study.joint_study import lobby

NOW = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
OLD = Installation.new(NoiseSource(), NOW)
NEW, WORD = OLD.successor(NOW)
OTHER = Installation.new(NoiseSource(), NOW)
SHOWN = Continuity(former_pem=WORD.former_pem, signature=WORD.signature)


@pytest.fixture
def shelf(tmp_path: Path) -> SessionShelf:
    """One study, in which the old certificate was compared, and another one that was not."""
    kept = SessionShelf(tmp_path)
    session = lobby()
    own, river, lake = session.participants
    river = replace(
        river, key=OLD.certificate_sha256, certificate_pem=OLD.certificate_pem, compared=True
    )
    lake = replace(
        lake, key=OTHER.certificate_sha256, certificate_pem=OTHER.certificate_pem, compared=False
    )
    kept.keep(replace(session, participants=(own, river, lake)))
    return kept


def known(shelf: SessionShelf, who: Installation, shown: Continuity | None, study="9" * 32):
    return recognised(shelf, study, who.certificate_pem, shown)


def test_the_same_and_the_renewed_are_told(shelf: SessionShelf) -> None:
    assert known(shelf, OLD, None) == "same"
    assert known(shelf, NEW, SHOWN) == "renewed"


def test_what_is_not_proved_or_not_compared_is_not_told(shelf: SessionShelf) -> None:
    assert known(shelf, NEW, None) == ""
    assert known(shelf, OTHER, None) == ""  # it was there, but nobody compared it
    assert known(shelf, OTHER, SHOWN) == ""  # somebody else shows the succession
    forged = replace(SHOWN, signature=OTHER.sign(b"x"))
    assert known(shelf, NEW, forged) == ""
    stranger, word = OTHER.successor(NOW)
    strange = Continuity(former_pem=word.former_pem, signature=word.signature)
    assert known(shelf, stranger, strange) == ""


def test_the_study_itself_does_not_count(shelf: SessionShelf) -> None:
    assert known(shelf, OLD, None, lobby().study_id) == ""


@pytest.mark.parametrize("text", ["", "PEM", "-----BEGIN CERTIFICATE-----\n", "\udcff"])
def test_nonsense_tells_nothing(shelf: SessionShelf, text: str) -> None:
    nonsense = Continuity(former_pem=text, signature=b"")
    assert known(shelf, NEW, nonsense) == ""
