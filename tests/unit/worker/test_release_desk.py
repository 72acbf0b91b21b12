"""core.worker.runs.release_desk: two people, exactly these bytes, exactly this recipient."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from core.errors import BudgetError, StudyError, SynCohortError, WorkerError
from core.messages.release_commands import ApproveRelease, DropRelease, PrepareRelease
from core.messages.release_events import ReleaseHandedOn, ReleasePrepared
from core.network.installation import verify
from core.privacy.ledger import Ledger, Topic
from core.privacy.ledger.sentences import sentence
from core.release.package.contents import read_contents
from core.release.package.holding import read_package
from core.release.package.verifying import verify_release
from core.worker.home import Home
from core.worker.runs.release_desk import Agreeing, ReleaseDesk
from core.worker.runs.release_shelf import LOCAL_FOLDER, ReleaseShelf
from tests.unit.privacy.signing import new_seals
from tests.unit.release import conftest
from tests.unit.release.released import joint_plan, release_of
from tests.unit.worker.lobby_twin import Clock

SEALS = [new_seals() for _ in range(3)]
KEYS = [s.signer for s in SEALS]
SECRET = "correct horse battery"


class Bench:
    """A desk over a written release and a real ledger."""

    def __init__(self, folder: Path, *, practice: bool = False) -> None:
        self.released = release_of(joint_plan(conftest.a_plan(), KEYS), KEYS)
        self.plan = self.released.plan
        home = Home(folder / "home", rehearsal=False)
        self.study = home.study(self.plan.digest)
        (self.study / "release").mkdir(parents=True)
        for name, content in self.released.files.items():
            (self.study / "release" / name).write_bytes(content)
        home.write_plan(self.plan)
        self.shelf = ReleaseShelf(home)
        self.shelf.keep_signatures(self.plan.digest, self.released.signed(0, 1, 2))
        self.ledger = Ledger.open(folder / "ledger.sqlite", Clock())
        self.events: list[Any] = []
        self.out = folder / "out"
        self.out.mkdir()
        books: Any = type("Books", (), {"main": lambda _self: self.ledger})()
        self.desk = ReleaseDesk(
            home,
            books,
            self.shelf,
            Agreeing(
                waited=lambda: None,
                require=require,
                seals=lambda: SEALS[0],
                practice=lambda digest: self.ledger.state(digest) is None and practice,
            ),
            self.events.append,
        )
        self.desk.introduce("Hospital 0")

    def do(self, command: Any) -> Any:
        asyncio.run(self.desk.perform(command))
        return self.events[-1] if self.events else None

    def prepare(self, **changes: Any) -> ReleasePrepared:
        wish = {
            "digest": self.plan.digest,
            "folder": str(self.out),
            "as_zip": True,
            "forms": (),
            "report": False,
            "local_report": False,
            "recipient": "outside",
            "to": "The public archive",
        }
        prepared = self.do(PrepareRelease(**{**wish, **changes}))
        assert isinstance(prepared, ReleasePrepared)
        return prepared

    def approve(self, contents: str, **changes: Any) -> ReleaseHandedOn:
        wish = {
            "digest": self.plan.digest,
            "contents": contents,
            "requester": "Ada",
            "approver": "Grace",
            "passphrase": SECRET,
            "reason": "For the public archive",
        }
        handed_on = self.do(ApproveRelease(**{**wish, **changes}))
        assert isinstance(handed_on, ReleaseHandedOn)
        return handed_on

    @property
    def written(self) -> list[str]:
        return sorted(p.name for p in self.out.iterdir())

    @property
    def topics(self) -> list[str]:
        return [e.topic for e in self.ledger.entries()]


def require(name: str, passphrase: str) -> str:
    """The port: the second person's name and passphrase are the right ones."""
    if name != "Grace":
        raise StudyError("ST710")
    if passphrase != SECRET:
        raise StudyError("ST709", left=4)
    return name


@pytest.fixture
def bench(tmp_path: Path):
    made = Bench(tmp_path)
    yield made
    made.ledger.close()


def test_what_two_people_agreed_to_is_written_and_verifies(bench: Bench) -> None:
    prepared = bench.prepare(forms=("parquet",), report=True)
    assert bench.written == []
    assert prepared.needs_approval
    assert prepared.signed_by == ("Hospital 0", "Hospital 1", "Hospital 2")
    done = bench.approve(prepared.contents)
    assert bench.written == [done.name]
    files = read_package(bench.out / done.name)
    contents, seal = read_contents(files["contents.json"])
    assert contents.digest == prepared.contents == done.contents
    assert seal is not None
    assert [f.name for f in contents.files] == [f.name for f in prepared.files]
    verdict = verify_release(files, frozenset(k.certificate_sha256 for k in KEYS), verify)
    assert verdict.problems == ()
    assert len(verdict.signed_by) == 3
    (entry,) = bench.ledger.entries()
    assert (entry.topic, entry.people, entry.units) == (Topic.RELEASE_AGREED, ("Ada", "Grace"), 0)
    assert prepared.contents[:16] in sentence(entry)
    assert "uses nothing more of the cap" in sentence(entry)
    assert b"Grace" not in b"".join(files.values()), "who agreed stays in the ledger"


def test_a_decision_after_a_local_report_is_recorded_as_not_covered(bench: Bench) -> None:
    """privacy.md 8.3: it stays possible, and the ledger says what it is."""
    prepared = bench.prepare(forms=("parquet",), report=False)
    bench.approve(prepared.contents)
    assert "not covered" not in bench.ledger.entries()[-1].note
    assert not bench.shelf.reported(bench.plan.digest)
    (bench.shelf._folder(bench.plan.digest) / "report.json").write_text("{}")
    again = bench.prepare(as_zip=False, to="Another archive")
    bench.approve(again.contents)
    assert "not covered by the guarantee" in bench.ledger.entries()[-1].note


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"passphrase": "another one here"}, "ST709"),
        ({"approver": "Ada"}, "ST710"),
        ({"approver": "Mallory"}, "ST710"),
        ({"requester": ""}, "ST710"),
        ({"reason": " "}, "WO604"),
        ({"contents": "a" * 64}, "WO604"),
        ({"digest": "b" * 64}, "WO604"),
    ],
)
def test_nothing_is_written_without_both(bench: Bench, changes, code) -> None:
    prepared = bench.prepare()
    with pytest.raises(SynCohortError, match=code):
        bench.approve(**{"contents": prepared.contents, **changes})
    assert bench.written == []
    assert bench.topics == []
    bench.approve(prepared.contents)


@pytest.mark.parametrize(
    "change",
    [
        {"to": "Somebody else"},
        {"recipient": "inside"},
        {"report": True},
        {"forms": ("h5ad",)},
    ],
)
def test_a_change_cancels_what_was_asked_before(bench: Bench, change) -> None:
    before = bench.prepare()
    after = bench.prepare(**change)
    assert after.contents != before.contents
    with pytest.raises(WorkerError, match="something was changed"):
        bench.approve(before.contents)
    bench.do(DropRelease(digest=bench.plan.digest))
    with pytest.raises(WorkerError, match="something was changed"):
        bench.approve(after.contents)
    assert bench.written == []


def test_a_ledger_that_cannot_be_written_stops_the_release(bench: Bench, monkeypatch) -> None:
    prepared = bench.prepare()
    refused = BudgetError("BU308", step="x", state="y")
    monkeypatch.setattr(bench.ledger, "record", lambda _words: (_ for _ in ()).throw(refused))
    with pytest.raises(BudgetError):
        bench.approve(prepared.contents)
    assert bench.written == []


def test_the_local_report_goes_inside_only(bench: Bench) -> None:
    with pytest.raises(WorkerError, match="not made yet"):
        bench.prepare(local_report=True, recipient="inside", to="")
    local = bench.study / LOCAL_FOLDER
    local.mkdir()
    (local / "internal-report.html").write_bytes(b"<p>312 patients</p>")
    with pytest.raises(SynCohortError, match="PL231"):
        bench.prepare(local_report=True)
    prepared = bench.prepare(local_report=True, recipient="inside", to="", as_zip=False)
    done = bench.approve(prepared.contents, reason="")
    files = read_package(bench.out / done.name)
    assert files["internal-report.html"] == b"<p>312 patients</p>"


def test_what_was_changed_on_the_disk_is_not_handed_on(bench: Bench) -> None:
    with (bench.study / "release" / "synthetic.csv").open("ab") as stream:
        stream.write(b"Basal,0,0,0\n")
    with pytest.raises(WorkerError, match="WO606"):
        bench.prepare()


def test_strange_wishes_are_refused(bench: Bench) -> None:
    for wish in ({"recipient": "both"}, {"forms": ("xlsx",)}, {"to": ""}, {"to": "x" * 200}):
        with pytest.raises(WorkerError, match="WO604"):
            bench.prepare(**wish)


def test_simulated_patients_need_nobody(tmp_path: Path) -> None:
    bench = Bench(tmp_path, practice=True)
    prepared = bench.prepare(as_zip=False)
    assert not prepared.needs_approval
    done = bench.approve(prepared.contents, approver="", passphrase="", reason="")
    assert done.approver == ""
    assert bench.topics == []
    bench.ledger.close()
