"""Ledgers of every released format are opened for ever."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.model.budget import CapState
from core.network.installation import verify
from core.privacy.ledger import Ledger

Reopen = Callable[[Path], Ledger]


def test_the_golden_ledger_is_opened_for_ever(path: Path, reopened: Reopen, clock: Any) -> None:
    """Written by the first version, with a reservation that its program never closed."""
    clock.seconds += 3600
    golden = Path(__file__).resolve().parents[2] / "golden" / "ledger-1.sqlite"
    path.write_bytes(golden.read_bytes())
    again = reopened(path)
    assert again.entries()[-2].sha256.startswith("06083c27b5957f68")
    assert [e.kind.value for e in again.entries()] == [
        "decision",
        "decision",
        "reserved",
        "spent",
        "reserved",
        "returned",
        "decision",
        "reserved",
        "spent",
    ]
    breast = again.register_cohort("x", "x.csv", "0" * 64, ["P3"])
    assert (breast.name, breast.n_patients) == ("Breast", 10)
    assert again.cap_state(breast.id) == CapState(cap=6.0, spent=2.0)
    assert [c.cap for c in again.cohorts()] == [6.0, 2.0]


def test_the_second_golden_ledger_is_opened_for_ever(
    path: Path, reopened: Reopen, clock: Any
) -> None:
    """Signed, with a statement, a withdrawn cohort, and a reservation that was never closed."""
    clock.seconds += 7200
    golden = Path(__file__).resolve().parents[2] / "golden" / "ledger-2.sqlite"
    path.write_bytes(golden.read_bytes())
    again = reopened(path)
    kinds = [e.topic or e.kind.value for e in again.entries()]
    assert kinds == [
        "second-person-named",
        "cohort-registered",
        "cohort-registered",
        "cohort-registered",
        "cap-changed",
        "reserved",
        "spent",
        "reserved",
        "returned",
        "cohort-withdrawn",
        "reserved",
        "spent",
    ]
    assert again.entries()[5].reason == "the classes are rare"
    assert len(again.signers()) == 11  # the twelfth was written now, without a key
    again.verify_signatures(verify)
    assert [s.name for s in again.statements()] in (["North", "River"], ["River", "North"])
    assert len(again.countersignatures()) == 2
    breast = again.register_cohort("x", "x.csv", "0" * 64, ["P3"])
    assert again.cap_state(breast.id) == CapState(cap=6.0, spent=2.0)
    assert [again.standing(c.id) for c in again.cohorts()] == [
        "",
        "withdrawn",
        "withdrawn in part",
    ]


def test_the_topics_that_came_later_are_read_for_ever(
    path: Path, reopened: Reopen, clock: Any
) -> None:
    """Noisy class counts, published once and broken off once, and a lost passphrase."""
    clock.seconds += 7200
    golden = Path(__file__).resolve().parents[2] / "golden" / "ledger-2-topics.sqlite"
    path.write_bytes(golden.read_bytes())
    again = reopened(path)
    assert [(e.kind.value, str(e.topic)) for e in again.entries()][3:] == [
        ("reserved", "counts-published"),
        ("spent", "counts-published"),
        ("decision", "requester-replaced"),
        ("reserved", "counts-published"),
        ("spent", "counts-published"),  # charged now: nobody knows whether it got out
    ]
    assert again.entries()[5].people == ("Grace", "Ada")
    breast = again.register_cohort("x", "x.csv", "0" * 64, ["P3"])
    assert again.cap_state(breast.id) == CapState(cap=4.0, spent=0.25)
    again.verify()
