"""core.worker.references: what the window asks about references, through a whole worker."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import numpy as np
import pytest

from core.cohort.inspection import named_layout
from core.messages import commands as ask
from core.messages import events as said
from core.messages import reference_messages as ref
from core.worker.clock import SystemClock
from core.worker.home import Home
from core.worker.hospital import Hospital
from core.worker.references import reference_desk
from core.worker.references.reading import read_reference
from tests.unit.worker.test_references import GENES, drawn, table


class Desk:
    """A worker in this process, with one cohort opened."""

    def __init__(self, folder: Path) -> None:
        self.heard: list[said.Event] = []
        home = Home(folder / "home", rehearsal=True)
        self.hospital = Hospital(home=home, emit=self.heard.append, clock=SystemClock())
        self.own = table(folder / "own.csv", drawn(40, seed=5), first=500)

    def does(self, *commands: ask.Command) -> said.Event:
        """Let the worker do commands one after the other; return its last word."""

        async def all_of_them() -> None:
            for command in commands:
                await self.hospital.perform(command)
                await asyncio.sleep(0)

        asyncio.run(all_of_them())
        return self.heard[-1]

    def opens(self) -> str:
        layout = named_layout(self.own, label="diagnosis")
        found = self.does(ask.OpenCohort(path=str(self.own), layout=layout, name="Own"))
        assert isinstance(found, said.CohortChecked)
        return found.cohort.cohort_id


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def building(folder: Path, **changes: str) -> ref.BuildReference:
    path = table(folder / "public.csv", drawn(30))
    said_of_it = {"title": "Open", "provenance": "here", "licence": "CC0"}
    fields = {"path": str(path), "label": "diagnosis", "target": str(folder / "reference.json")}
    return ref.BuildReference(**{**fields, **said_of_it, **changes})


def asking(folder: Path, cohort_id: str, **changes) -> ref.AskReference:
    fields = {"path": str(folder / "reference.json"), "cohort_id": cohort_id, "genes": ()}
    return ref.AskReference(**{**fields, "n_genes": None, **changes})


def levels(cohort_id: str, reference: Path | str) -> ask.AskLevels:
    return ask.AskLevels(
        cohort_id=cohort_id, epsilons=(), n_genes=20, n_classes=2, planned_smallest_class=40,
        reference=str(reference),
    )  # fmt: skip


def test_a_reference_is_built_checked_and_weighed(desk: Desk, tmp_path: Path) -> None:
    columns = desk.does(ref.InspectOpenFile(path=building(tmp_path).path))
    assert isinstance(columns, ref.OpenFileInspected)
    assert columns.labels[0] == "diagnosis"
    built = desk.does(building(tmp_path), building(tmp_path))  # the second replaces the first
    assert isinstance(built, ref.ReferenceBuilt)
    assert (built.view.n_records, built.view.classes) == (30, ("ALL", "BLL"))
    assert any(isinstance(e, ref.ReferenceProgressed) for e in desk.heard)

    cohort_id = desk.opens()
    shown = desk.does(asking(tmp_path, cohort_id, n_genes=20))
    assert isinstance(shown, ref.ReferenceShown)
    assert (shown.n_panel, shown.n_covered, shown.shared) == (20, 20, ("ALL", "BLL"))
    assert shown.view == built.view
    listed = desk.does(asking(tmp_path, "", genes=(*GENES[:8], "X", "Y")))
    assert (listed.n_panel, listed.n_covered, listed.shared) == (10, 8, ())

    priced = desk.does(levels(cohort_id, tmp_path / "reference.json"))
    plain = desk.does(levels(cohort_id, ""))
    assert isinstance(priced, said.LevelsShown)
    for with_it, without in zip(priced.levels, plain.levels, strict=True):
        assert with_it.alone == without.usefulness
        assert without.alone is None
        assert with_it.usefulness.ratio > without.usefulness.ratio
        assert [part.stage for part in without.split][-1] == "class-sums"
        assert [part.stage for part in with_it.split][-2:] == ["class-scores", "cross"]
        assert [part.stage for part in with_it.split if not part.own] == ["class-sums"]
        assert sum(part.share for part in with_it.split) == pytest.approx(1.0)


def test_own_patients_and_wrong_files_are_refused(desk: Desk, tmp_path: Path) -> None:
    cohort_id = desk.opens()
    desk.does(building(tmp_path, path=str(desk.own)))
    for command, code in (
        (asking(tmp_path, cohort_id), "CH125"),
        (asking(tmp_path, cohort_id, path=str(desk.own)), "WO606"),
        (asking(tmp_path, "", genes=("X", "Y")), "PL201"),
        (asking(tmp_path, ""), "PL207"),
        (levels(cohort_id, desk.own), "WO606"),
        (building(tmp_path, label="subtype"), "CH104"),
        (building(tmp_path, target=str(tmp_path / "reference.json" / "in-a-file")), "WO603"),
    ):
        refused = desk.does(command)
        assert isinstance(refused, said.Refused), command
        assert (refused.command, refused.code) == (type(command).__name__, code)


def test_building_is_stopped_and_leaves_no_file(desk: Desk, tmp_path: Path, monkeypatch) -> None:
    begun, real = threading.Event(), reference_desk.reference_from

    def slow(asked, *, on_progress, stop):
        begun.set()
        while not stop():
            pass
        return real(asked, on_progress=on_progress, stop=stop)

    async def story() -> None:
        work = asyncio.create_task(desk.hospital.perform(building(tmp_path)))
        await asyncio.to_thread(begun.wait, 10)
        await desk.hospital.perform(ref.StopBuilding())
        await work

    monkeypatch.setattr(reference_desk, "reference_from", slow)
    asyncio.run(story())
    refused = next(e for e in desk.heard if isinstance(e, said.Refused))
    assert refused.code == "CH116"
    assert not (tmp_path / "reference.json").exists()


def test_a_reference_of_centred_values_is_refused_when_it_is_read(tmp_path: Path, desk) -> None:
    desk.does(building(tmp_path))
    path = tmp_path / "reference.json"
    file = read_reference(path)
    object.__setattr__(file, "mean", np.zeros(len(file.genes)))
    path.write_bytes(file.to_bytes())
    refused = desk.does(asking(tmp_path, "", genes=GENES))
    assert (refused.code, dict(refused.fields)["field"]) == ("PL201", "reference")
