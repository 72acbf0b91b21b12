"""Publishing class counts: two people, charged first, told to the coordinator, added up there."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.cohort.inspection import inspect
from core.messages.commands import OpenCohort
from core.messages.events import CohortChecked
from core.messages.identity_commands import AskIdentity
from core.messages.lobby import CountsShown
from core.messages.study_commands import CreateStudy, PublishCounts
from core.messages.study_events import LobbyChanged
from core.model.counts import HospitalCounts, StudyCounts
from core.model.invitation import MeetingPoint
from core.model.plan import Attestation
from core.privacy.ledger import EntryKind, Topic
from core.worker.cohorts.cohort_desk import EXAMPLE_LABEL, example_file
from core.worker.cohorts.layouts import with_label
from core.worker.installation import second_person
from core.worker.studies import class_counts
from tests.unit.worker.lobby_twin import Sites, until
from tests.unit.worker.test_ledger_desk import GRACE, Site, two


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(second_person, "_SCRYPT_N", 1 << 8)  # many, and none secret
    one = Site(tmp_path / "home")
    one.introduce()
    asyncio.run(one.hospital.perform(AskIdentity(passphrase="")))
    two(one)
    yield one
    asyncio.run(one.hospital.close())


def created(site: Site) -> str:
    """A study of this hospital's own, with its cohort; return its key."""
    path = example_file("hospital-north.csv")
    layout = with_label(inspect(path)[0], EXAMPLE_LABEL)
    command = OpenCohort(path=str(path), layout=layout, name="Leukaemias")
    opened = site.do(command, CohortChecked)
    create = CreateStudy(
        title="Three hospitals",
        purpose="To tell leukaemias apart.",
        cohort_id=opened.cohort.cohort_id,
        genes=(),
        label_name=EXAMPLE_LABEL,
        classes=("ALL", "AML", "CLL"),
        recipe="moments",
        epsilon=1.0,
        delta=1e-6,
        n_max=10_000,
        n_records=None,
        meeting=MeetingPoint(host="relay.example", port=443, relay=True),
        attestations=tuple(Attestation),
    )
    return str(site.do(create, LobbyChanged).lobby.study_id)


def publish(study_id: str, **changes: Any) -> PublishCounts:
    given = {"scale": 20, "approver": "Grace", "passphrase": GRACE}
    return PublishCounts(study_id=study_id, **{**given, **changes})


def charges(site: Site) -> list[tuple[EntryKind, float]]:
    return [(e.kind, e.units) for e in site.ledger.entries() if e.kind is not EntryKind.DECISION]


ONCE = [(EntryKind.RESERVED, 0.05), (EntryKind.SPENT, 0.05)]


def test_counts_are_charged_then_shown_and_charged_again(site: Site) -> None:
    study_id = created(site)
    view = site.do(publish(study_id), LobbyChanged).lobby
    assert charges(site) == ONCE
    assert {e.topic for e in site.ledger.entries()[-2:]} == {Topic.COUNTS_PUBLISHED}
    assert (view.counts.published, view.counts.silent) == (("North",), ())
    assert view.counts.own_epsilon == 0.05
    assert view.counts.usefulness_low.ratio <= view.counts.usefulness.ratio
    assert view.counts.usefulness.ratio <= view.counts.usefulness_high.ratio
    first = view.counts.totals
    site.restart()
    asyncio.run(site.hospital.perform(AskIdentity(passphrase="")))
    view = site.do(publish(study_id, scale=5), LobbyChanged).lobby
    assert charges(site)[2:] == [(EntryKind.RESERVED, 0.2), (EntryKind.SPENT, 0.2)]
    assert (view.counts.own_epsilon, len(view.counts.totals)) == (0.2, len(first))


def test_what_is_published_are_the_training_patients_and_noise(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def noiseless(exact: np.ndarray, scale: int, source: object) -> tuple[int, ...]:
        assert charges(site) == ONCE, "it is on the disk before the noise is drawn"
        seen.append(exact)
        return tuple(exact.tolist())

    study_id = created(site)
    monkeypatch.setattr(class_counts, "noisy_counts", noiseless)
    site.do(publish(study_id), LobbyChanged)
    text = example_file("hospital-north.csv").read_text().splitlines()
    at = text[0].split(",").index(EXAMPLE_LABEL)
    labels = [line.split(",")[at] for line in text[1:]]
    everybody = np.array([labels.count(c) for c in ("ALL", "AML", "CLL")])
    assert (seen[0] <= everybody).all()
    assert 0.6 * everybody.sum() < seen[0].sum() < everybody.sum(), "a fifth is kept aside"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"passphrase": "another passphrase"}, "ST709"),
        ({"approver": "Ada"}, "ST710"),
        ({"scale": 1}, "BU302"),
        ({"study_id": "0" * 32}, "ST713"),
    ],
)
def test_a_refused_release_costs_nothing(site: Site, changes: dict[str, Any], code: str) -> None:
    study_id = created(site)
    command = publish(changes.pop("study_id", study_id), **changes)
    assert site.refused(command) == code
    assert charges(site) == []
    assert not list((site.root / "joint").glob("*/counts.json"))


def test_over_the_cap_nothing_is_drawn(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    study_id = created(site)
    (cohort,) = site.ledger.cohorts()
    site.ledger.withdraw(cohort.id, "Ada", "consent withdrawn")
    monkeypatch.setattr(class_counts, "noisy_counts", lambda *_: pytest.fail("noise was drawn"))
    assert site.refused(publish(study_id)) == "BU313"
    assert charges(site) == []


def test_a_fault_after_the_charge_leaves_it_charged_and_shows_nothing(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    study_id = created(site)
    monkeypatch.setattr(class_counts, "noisy_counts", lambda *_: 1 / 0)
    assert site.refused(publish(study_id)) == "IN902"
    assert charges(site) == ONCE
    assert not list((site.root / "joint").glob("*/counts.json"))


# ---- between hospitals


def test_the_coordinator_adds_up_what_it_hears(tmp_path: Path) -> None:
    async def main() -> None:
        s = Sites(tmp_path)
        try:
            await s.gather()
            await share(s)
        finally:
            await s.close()

    asyncio.run(main())


async def share(s: Sites) -> None:
    known = lambda: s.host.view().counts  # noqa: E731 - asked again and again
    s.river.part.take_counts(HospitalCounts(key=s.river.key, counts=(50, 20), scale=20))
    s.river.part.say_counts()
    await until(lambda: known() is not None)
    assert (known().published, known().silent) == (("River",), ("North", "Lake"))
    assert s.lake.part.view().counts is None, "the coordinator plans; others are not told"
    s.host.take_counts(HospitalCounts(key=s.north.key, counts=(30, -5), scale=10))
    assert known().totals == (80, 15)
    # without a line they are told at the next meeting, and a new release replaces the former
    await s.lake.part.aclose()
    s.lake.part.take_counts(HospitalCounts(key=s.lake.key, counts=(7, 7), scale=5))
    s.lake.part.take_counts(HospitalCounts(key=s.lake.key, counts=(9, 9), scale=5))
    s.lake.part.say_counts()
    assert known().silent == ("Lake",)
    await s.lake.restarts()
    await until(lambda: not known().silent)
    assert known().totals == (89, 24)
    await s.north.restarts()
    assert s.host.view().counts.totals == (89, 24), "it is kept"
    assert s.north.office.shelf.counts(s.north.session.study_id) == StudyCounts(
        hospitals=(
            HospitalCounts(key=s.river.key, counts=(50, 20), scale=20),
            HospitalCounts(key=s.north.key, counts=(30, -5), scale=10),
            HospitalCounts(key=s.lake.key, counts=(9, 9), scale=5),
        )
    )


@pytest.mark.parametrize(
    "word",
    [
        CountsShown(counts=(1, 2, 3), scale=20),
        CountsShown(counts=(1,), scale=20),
        CountsShown(counts=(1, 2), scale=7),
        CountsShown(counts=(10**9, 2), scale=20),
    ],
)
def test_strange_counts_are_not_kept(tmp_path: Path, word: CountsShown) -> None:
    async def main() -> None:
        s = Sites(tmp_path)
        try:
            await s.gather()
            line = s.river.part._line
            line.say(word)
            line.say(CountsShown(counts=(4, 4), scale=20))
            await until(lambda: s.host.view().counts is not None)
            assert s.host.view().counts.totals == (4, 4)
        finally:
            await s.close()

    asyncio.run(main())
