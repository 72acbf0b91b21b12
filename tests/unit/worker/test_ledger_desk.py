"""core.worker.ledger: what the Privacy ledger page asks, through a whole hospital worker."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from core.messages import commands as ask
from core.messages import events as said
from core.messages import ledger_commands as led
from core.messages import ledger_events as told
from core.messages.identity_commands import AskIdentity
from core.messages.study_commands import SetUpApprover
from core.network.installation import verify
from core.privacy.ledger import Charge, Ledger
from core.privacy.ledger.export import verify_export
from core.worker.home import Home
from core.worker.hospital import Hospital
from core.worker.installation.two_people import WAIT_S
from core.worker.ledger.head_keeper import HeadKeeper
from core.worker.ledger.officer import csv_of

ADA, GRACE = "horse battery staple", "correct horse battery"
UNIT = Charge(units=1.0, epsilon=0.9946, delta=1e-6, mu_sq=0.05, delta_tail=1e-8)


class Clock:
    def __init__(self) -> None:
        self.seconds = 1.7e9

    def now(self) -> float:
        return self.seconds

    def monotonic(self) -> float:
        return self.seconds


class Keys:
    """A key store in memory."""

    def __init__(self, reason: str = "") -> None:
        self.kept: dict[str, str] = {}
        self.reason = reason

    def unavailable(self) -> str:
        return self.reason

    def read(self, name: str) -> str | None:
        return self.kept.get(name)

    def write(self, name: str, text: str) -> None:
        self.kept[name] = text

    def remove(self, name: str) -> None:
        self.kept.pop(name, None)


class Site:
    """One hospital's worker and what it said."""

    def __init__(self, root: Path, keys: Keys | None = None) -> None:
        self.root, self.clock, self.keys = root, Clock(), keys or Keys()
        self.heard: list[Any] = []
        self.start()

    def start(self) -> None:
        self.hospital = Hospital(
            home=Home(self.root, rehearsal=False),
            emit=self.heard.append,
            clock=self.clock,
            keys=self.keys,
        )

    def do(self, command: Any, kind: Any) -> Any:
        """Do one command and return its answer, which must be of ``kind``."""
        before = len(self.heard)
        asyncio.run(self.hospital.perform(command))
        answers = [e for e in self.heard[before:] if isinstance(e, kind)]
        assert answers, self.heard[before:]
        return answers[-1]

    def refused(self, command: Any) -> str:
        return str(self.do(command, said.Refused).code)

    def introduce(self) -> said.WorkerReady:
        ready: said.WorkerReady = self.do(
            ask.Introduce(hospital="North", app_version="1"), said.WorkerReady
        )
        return ready

    @property
    def ledger(self) -> Ledger:
        return self.hospital._books.main()

    def restart(self) -> said.WorkerReady:
        asyncio.run(self.hospital.close())
        self.start()
        return self.introduce()


@pytest.fixture
def site(tmp_path: Path) -> Any:
    one = Site(tmp_path / "home")
    one.introduce()
    asyncio.run(one.hospital.perform(AskIdentity(passphrase="")))
    yield one
    asyncio.run(one.hospital.close())


def studied(site: Site, digest: str = "a" * 64) -> str:
    cohort = site.ledger.register_cohort("Breast", "b.csv", "f" * 64, ["P1", "P2"])
    site.ledger.reserve_charge(cohort.id, digest, UNIT)
    site.ledger.spend(digest)
    return cohort.id


def two(site: Site) -> str:
    """Name both people; return the recovery code."""
    named = SetUpApprover(name="Grace", passphrase=GRACE, steward="Ada", old_passphrase="")
    asyncio.run(site.hospital.perform(named))
    first = led.SetUpRequester(name="Ada", passphrase=ADA, old_passphrase="")
    return str(site.do(first, told.RequesterSetUp).recovery_code)


def consent(**changes: str) -> led.Consent:
    given = {
        "requester": "Ada",
        "requester_passphrase": ADA,
        "approver": "Grace",
        "approver_passphrase": GRACE,
        "reason": "a second study was agreed",
    }
    return led.Consent(**{**given, **changes})


# ---------------------------------------------------------------- shown


def test_the_ledger_is_listed_signed_and_explained(site: Site) -> None:
    cohort = studied(site)
    listed = site.do(led.ListLedger(signatures=True), told.LedgerListed)
    assert (listed.code, listed.broken_entry, listed.omitted) == ("", 0, 0)
    assert [line.kind for line in listed.entries] == ["decision", "reserved", "spent"]
    assert listed.entries[-1].total == 1.0
    assert "used 1 unit of the cap" in listed.entries[-1].sentence
    assert all(line.signed_by == listed.standing.key[:16] for line in listed.entries)
    assert (listed.standing.entries, listed.standing.signed) == (3, 3)
    assert listed.standing.remembered
    assert listed.years == (2023,)
    assert [(c.cohort_id, c.cap.spent, c.standing) for c in listed.cohorts] == [(cohort, 1.0, "")]


@pytest.mark.parametrize(
    ("choice", "count"),
    [
        ({}, 3),
        ({"cohort_id": "f" * 32}, 0),
        ({"year": 2023}, 3),
        ({"year": 2022}, 0),
        ({"study": "nothing of this name"}, 0),
    ],
)
def test_lines_are_chosen(site: Site, choice: dict[str, Any], count: int) -> None:
    studied(site)
    listed = site.do(led.ListLedger(**choice), told.LedgerListed)
    assert len(listed.entries) == count
    assert listed.standing.entries == 3


def test_where_the_key_needs_a_passphrase_lines_are_signed_when_it_opens(tmp_path: Path) -> None:
    site = Site(tmp_path / "home", Keys("there is none"))
    try:
        assert site.introduce().ledger_code == ""
        studied(site)
        listed = site.do(led.ListLedger(), told.LedgerListed)
        assert (listed.standing.signed, listed.standing.key) == (0, "")
        assert site.refused(led.ExportLedger(folder=str(tmp_path), formats=("json",))) == "WO612"
        asyncio.run(site.hospital.perform(AskIdentity(passphrase="long enough words")))
        assert site.do(led.ListLedger(), told.LedgerListed).standing.signed == 3
    finally:
        asyncio.run(site.hospital.close())


# ---------------------------------------------------------------- caps


def test_two_people_change_a_cap(site: Site) -> None:
    cohort = studied(site)
    two(site)
    changed = site.do(led.ChangeCap(cohort_id=cohort, cap=6.0, consent=consent()), told.CapChanged)
    assert (changed.cap.cap, changed.cap.spent) == (6.0, 1.0)
    last = site.ledger.entries()[-1]
    assert (last.people, last.reason) == (("Ada", "Grace"), "a second study was agreed")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"requester_passphrase": GRACE}, "ST709"),
        ({"approver_passphrase": ADA}, "ST709"),
        ({"requester": "Grace"}, "BU308"),
        ({"requester": "Alan"}, "ST710"),
        ({"approver": "Alan"}, "ST710"),
        ({"reason": " "}, "BU314"),
    ],
)
def test_a_cap_is_not_changed_without_both(site: Site, changes: dict[str, str], code: str) -> None:
    cohort = studied(site)
    two(site)
    entries = site.ledger.entries()
    command = led.ChangeCap(cohort_id=cohort, cap=6.0, consent=consent(**changes))
    assert site.refused(command) == code
    assert site.ledger.entries() == entries


def test_the_two_people_have_different_passphrases(site: Site) -> None:
    assert (
        site.refused(led.SetUpRequester(name="Ada", passphrase=ADA, old_passphrase="")) == "ST711"
    )
    two(site)
    again = led.SetUpRequester(name="Ada", passphrase=GRACE, old_passphrase=ADA)
    assert site.refused(again) == "ST731"
    swapped = SetUpApprover(name="Grace", passphrase=ADA, steward="Ada", old_passphrase=GRACE)
    assert site.refused(swapped) == "ST731"
    wrong = led.SetUpRequester(name="Ada", passphrase="x" * 12, old_passphrase="x" * 12)
    assert site.refused(wrong) == "ST709"


def test_a_lost_passphrase_is_replaced_in_the_open_and_waits(site: Site) -> None:
    cohort = studied(site)
    two(site)
    lost = led.ReplaceApprover(
        name="Alan",
        passphrase="a third passphrase",
        requester="Ada",
        requester_passphrase=ADA,
        reason="Grace has left",
    )
    replaced = site.do(lost, told.ApproverReplaced)
    assert replaced.waits_until == site.clock.now() + WAIT_S
    last = site.ledger.entries()[-1]
    assert (last.topic, last.people, last.reason) == (
        "second-person-replaced",
        ("Ada",),
        "Grace has left",
    )
    change = led.ChangeCap(
        cohort_id=cohort,
        cap=6.0,
        consent=consent(approver="Alan", approver_passphrase="a third passphrase"),
    )
    assert site.refused(change) == "ST732"
    sooner = SetUpApprover(
        name="Alan",
        passphrase="a fourth passphrase",
        steward="Ada",
        old_passphrase="a third passphrase",
    )
    assert site.refused(sooner) == "ST732"
    site.restart()
    assert site.refused(change) == "ST732"
    site.clock.seconds += WAIT_S
    assert site.do(change, told.CapChanged).cap.cap == 6.0


# ---------------------------------------------------------------- kept safe


def test_an_older_copy_blocks_and_two_people_go_on(site: Site, tmp_path: Path) -> None:
    two(site)
    cohort = studied(site)
    backup = tmp_path / "backup.sqlite"
    made = site.do(led.BackUpLedger(path=str(backup)), told.LedgerBackedUp)
    assert (made.file_name, made.entries) == ("backup.sqlite", 5)
    studied(site, "b" * 64)
    asyncio.run(site.hospital.close())
    (site.root / "ledger.sqlite").write_bytes(backup.read_bytes())
    site.start()
    ready = site.introduce()
    assert (ready.ledger_code, ready.broken_entry) == ("BU312", 7)
    listed = site.do(led.ListLedger(), told.LedgerListed)
    assert (listed.code, listed.entries) == ("BU312", ())
    wrong = led.RestoreLedger(path="", consent=consent(approver_passphrase="wrong"))
    assert site.refused(wrong) == "ST709"
    found = site.do(led.RestoreLedger(path=str(backup), consent=consent()), told.LedgerRestored)
    assert (found.entries, found.missing) == (5, 2)
    listed = site.do(led.ListLedger(signatures=True), told.LedgerListed)
    assert (listed.code, listed.standing.signed) == ("", listed.standing.entries)
    assert [c.standing for c in listed.cohorts] == ["held"]
    change = led.ChangeCap(cohort_id=cohort, cap=2.0, consent=consent())
    assert site.do(change, told.CapChanged).cap.cap == 2.0


def test_the_file_remembers_where_there_is_no_key_store(tmp_path: Path) -> None:
    keeper = HeadKeeper(tmp_path, Keys("none"))  # type: ignore[arg-type]
    assert keeper.read() == ""
    keeper.write(f"3:{'a' * 64}")
    assert keeper.read() == f"3:{'a' * 64}"
    keys = Keys()
    both = HeadKeeper(tmp_path, keys)  # type: ignore[arg-type]
    both.write(f"9:{'b' * 64}")
    (tmp_path / "joint" / "ledger-head").write_text(f"4:{'c' * 64}")
    assert both.read() == f"9:{'b' * 64}"


def test_withdrawn_and_forgotten(site: Site) -> None:
    cohort = studied(site)
    two(site)
    gone = led.WithdrawCohort(cohort_id=cohort, person="Ada", reason="consent withdrawn")
    site.do(gone, told.CohortWithdrawn)
    forget = led.ForgetIdentifiers(cohort_id=cohort, consent=consent())
    site.do(forget, told.IdentifiersForgotten)
    assert site.ledger.cohort(cohort).n_patients == 0
    text = (site.root / "activity.jsonl").read_text()
    assert "a cohort was withdrawn" in text
    assert ADA not in text


# ---------------------------------------------------------------- exports


def test_the_privacy_officer_gets_three_files(site: Site, tmp_path: Path) -> None:
    studied(site)
    two(site)
    files = site.do(
        led.ExportLedger(folder=str(tmp_path), formats=("json", "csv", "pdf")),
        told.LedgerExported,
    ).files
    assert files == ("privacy-ledger.json", "privacy-ledger.csv", "privacy-ledger.pdf")
    key = site.hospital._books.key
    content = (tmp_path / files[0]).read_bytes()
    found = verify_export(content, frozenset({key}), verify, files[0])
    assert len(found.entries) == 5
    rows = list(csv.reader(io.StringIO((tmp_path / files[1]).read_text("utf-8-sig"))))
    assert len(rows) == 6
    assert rows[3][4] == "spent"
    pdf = (tmp_path / files[2]).read_bytes()
    assert pdf.startswith(b"%PDF")
    assert len(pdf) > 10_000
    assert json.loads(content)["hospital"] == "North"


@pytest.mark.parametrize("formats", [(), ("xlsx",)])
def test_what_is_no_format(site: Site, tmp_path: Path, formats: tuple[str, ...]) -> None:
    assert site.refused(led.ExportLedger(folder=str(tmp_path), formats=formats)) == "WO604"
    assert not list(tmp_path.glob("privacy-ledger*"))


def test_a_spreadsheet_runs_nothing(site: Site) -> None:
    cohort = studied(site)
    site.ledger.withdraw(cohort, "=cmd", "@SUM(A1)")
    from core.worker.ledger.ledger_view import lines_of

    text = csv_of(lines_of(site.ledger, {})).decode("utf-8-sig")
    assert "'=cmd" in text
    assert "'@SUM(A1)" in text
