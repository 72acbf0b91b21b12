"""The way back for the one who asks: second person, recovery code, a wait, and never a cap."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path
from typing import Any

import pytest

from core.messages import ledger_commands as led
from core.messages import ledger_events as told
from core.messages.identity_commands import AskIdentity
from core.messages.study_commands import SetUpApprover
from core.messages.study_events import ApproverSetUp
from core.worker.installation import second_person
from core.worker.installation.two_people import WAIT_S
from tests.unit.worker.test_ledger_desk import ADA, GRACE, Site, consent, studied, two

NEW = "seven quiet harbours"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(second_person, "_SCRYPT_N", 1 << 8)  # many, and none secret
    one = Site(tmp_path / "home")
    one.introduce()
    asyncio.run(one.hospital.perform(AskIdentity(passphrase="")))
    yield one
    asyncio.run(one.hospital.close())


def lost(code: str, **changes: str) -> led.ReplaceRequester:
    given = {
        "name": "Ada",
        "passphrase": NEW,
        "recovery_code": code,
        "approver": "Grace",
        "approver_passphrase": GRACE,
        "reason": "Ada was ill and forgot it",
    }
    return led.ReplaceRequester(**{**given, **changes})


def raised(cohort: str, passphrase: str) -> led.ChangeCap:
    agreed = consent(requester_passphrase=passphrase)
    return led.ChangeCap(cohort_id=cohort, cap=6.0, consent=agreed)


def test_it_is_an_entry_that_changes_nothing_and_counts_after_three_days(site: Site) -> None:
    cohort, code = studied(site), two(site)
    before = site.ledger.cap_state(cohort)
    typed = code.lower().replace("-", " ")
    replaced = site.do(lost(typed), told.RequesterReplaced)
    assert replaced.waits_until == site.clock.now() + WAIT_S
    assert replaced.recovery_code != code
    last = site.ledger.entries()[-1]
    assert (last.topic, last.people) == ("requester-replaced", ("Grace", "Ada"))
    assert last.reason == "Ada was ill and forgot it"
    line = site.do(led.ListLedger(), told.LedgerListed).entries[-1]
    assert "With the recovery code, Grace arranged a new one for Ada." in line.sentence
    assert site.ledger.cap_state(cohort) == before
    for passphrase in (ADA, NEW):
        assert site.refused(raised(cohort, passphrase)) == "ST732"
    site.restart()
    assert site.refused(raised(cohort, NEW)) == "ST732"
    site.clock.seconds += WAIT_S
    assert site.refused(raised(cohort, ADA)) == "ST709"
    assert site.do(raised(cohort, NEW), told.CapChanged).cap.cap == 6.0


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"recovery_code": "7K3M-9QWX-02FD-HN6T-5RAB"}, "ST741"),
        ({"recovery_code": ""}, "ST741"),
        ({"approver_passphrase": ADA}, "ST709"),
        ({"approver": "Ada", "approver_passphrase": ADA}, "ST710"),
        ({"name": "grace"}, "ST710"),
        ({"passphrase": GRACE}, "ST731"),
        ({"passphrase": "short"}, "ST716"),
        ({"reason": "  "}, "ST706"),
    ],
)
def test_nobody_can_do_it_alone(site: Site, changes: dict[str, str], code: str) -> None:
    right = two(site)
    before = site.ledger.entries()
    assert site.refused(lost(right, **changes)) == code
    assert site.ledger.entries() == before
    assert site.hospital._studies.people.waits().both == 0.0


def test_wrong_codes_lock_the_right_one(site: Site) -> None:
    right = two(site)
    for _ in range(5):
        assert site.refused(lost("0" * 20)) == "ST741"
    site.restart()
    assert site.refused(lost(right)) == "ST741"
    site.clock.seconds += 901
    site.do(lost(right), told.RequesterReplaced)


def test_a_code_opens_once(site: Site) -> None:
    code = two(site)
    fresh = site.do(lost(code), told.RequesterReplaced).recovery_code
    assert site.refused(lost(fresh)) == "ST732", "one replacement at a time"
    site.clock.seconds += WAIT_S
    assert site.refused(lost(code)) == "ST741"
    site.do(lost(fresh, passphrase="eight quiet harbours"), told.RequesterReplaced)


def test_who_still_knows_the_passphrase_takes_it_back(site: Site) -> None:
    cohort, code = studied(site), two(site)
    site.do(lost(code), told.RequesterReplaced)
    again = led.SetUpRequester(name="Ada", passphrase="a fourth passphrase", old_passphrase=NEW)
    assert site.refused(again) == "ST732", "the new one cannot shorten the wait"
    site.restart()
    site.do(dataclasses.replace(again, old_passphrase=ADA), told.RequesterSetUp)
    assert site.refused(raised(cohort, NEW)) == "ST709"
    assert site.do(raised(cohort, "a fourth passphrase"), told.CapChanged).cap.cap == 6.0


def test_a_second_person_who_lost_nothing_takes_it_back(site: Site) -> None:
    cohort, _ = studied(site), two(site)
    taken = led.ReplaceApprover(
        name="Alan",
        passphrase="a third passphrase",
        requester="Ada",
        requester_passphrase=ADA,
        reason="Grace is away",
    )
    site.do(taken, told.ApproverReplaced)
    site.do(taken, told.ApproverReplaced)  # arranged again: still Grace may object
    back = SetUpApprover(
        name="Grace",
        passphrase="a fourth passphrase",
        steward="Ada",
        old_passphrase="a third passphrase",
    )
    assert site.refused(back) == "ST732"
    site.restart()
    site.do(dataclasses.replace(back, old_passphrase=GRACE), ApproverSetUp)
    agreed = consent(approver_passphrase="a fourth passphrase")
    change = led.ChangeCap(cohort_id=cohort, cap=5.0, consent=agreed)
    assert site.do(change, told.CapChanged).cap.cap == 5.0
    line = site.do(led.ListLedger(), told.LedgerListed).entries[-3]
    assert "until then the old one can take it back" in line.sentence


def test_the_waiting_one_cannot_replace_the_other(site: Site) -> None:
    code = two(site)
    site.do(lost(code), told.RequesterReplaced)
    other = led.ReplaceApprover(
        name="Alan",
        passphrase="a third passphrase",
        requester="Ada",
        requester_passphrase=NEW,
        reason="Grace has left",
    )
    assert site.refused(other) == "ST732"


def test_the_wait_holds_where_the_ledger_does_not_open(site: Site, tmp_path: Path) -> None:
    code = two(site)
    studied(site)
    backup = tmp_path / "backup.sqlite"
    site.do(led.BackUpLedger(path=str(backup)), told.LedgerBackedUp)
    site.do(lost(code), told.RequesterReplaced)
    asyncio.run(site.hospital.close())
    (site.root / "ledger.sqlite").write_bytes(backup.read_bytes())
    site.start()
    assert site.introduce().ledger_code == "BU312"
    back = led.RestoreLedger(path=str(backup), consent=consent(requester_passphrase=NEW))
    assert site.refused(back) == "ST732"
    site.clock.seconds += WAIT_S
    assert site.do(back, told.LedgerRestored).missing == 1


def test_both_lost_is_a_new_folder_in_which_every_cohort_is_held(
    site: Site, tmp_path: Path
) -> None:
    cohort = studied(site)
    two(site)
    backup = tmp_path / "backup.sqlite"
    site.do(led.BackUpLedger(path=str(backup)), told.LedgerBackedUp)
    other = Site(tmp_path / "other")
    other.introduce()
    two(other)
    back = led.RestoreLedger(path=str(backup), consent=consent())
    assert other.do(back, told.LedgerRestored).missing >= 1
    listed = other.do(led.ListLedger(), told.LedgerListed)
    assert [(c.cohort_id, c.standing, c.cap.spent) for c in listed.cohorts] == [
        (cohort, "held", 1.0)
    ]
    asyncio.run(other.hospital.close())
