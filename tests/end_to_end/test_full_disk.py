"""One hospital's disk fills up while a plan is proposed, while it signs, and in a run:
a small disk of its own, filled with a ballast file.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.privacy.ledger import EntryKind
from tests.end_to_end.study_steps import SAMPLE, Installation

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="mounts a small disk"),
]
SIZE_MB = 96


class SmallDisk:
    """A file system of its own in memory; ``fill`` leaves not a byte."""

    def __init__(self, place: Path) -> None:
        self.place, self._ballast = place, place / "ballast"
        place.mkdir(parents=True)
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m", "tmpfs", str(place)],
            capture_output=True,
            check=False,
        )
        if mounted.returncode:
            pytest.skip("this computer does not let us mount a small disk")

    def fill(self) -> None:
        with self._ballast.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(1 << 20))
            except OSError:
                pass

    def empty(self) -> None:
        self._ballast.unlink(missing_ok=True)

    def close(self) -> None:
        subprocess.run(["umount", "-l", str(self.place)], check=True)


@pytest.fixture(scope="module")  # it outlives the search for secrets
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallDisk]:
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("only an administrator may mount a small disk")
    made = SmallDisk(tmp_path_factory.mktemp("small") / "disk")
    yield made
    made.close()


def charges(installation: Installation) -> list[EntryKind]:
    return [kind for kind in installation.ledger() if kind is not EntryKind.PROPOSED]


@pytest.mark.long
def test_a_disk_that_fills_up_loses_nothing_and_charges_once(tmp_path, relay, disk) -> None:
    hospitals = [
        Installation(folder, name, file)
        for folder, name, file in zip(
            (tmp_path, tmp_path, disk.place), ("North", "River", "Lake"), SAMPLE, strict=True
        )
    ]
    north, river, lake = hospitals
    for hospital in hospitals:
        hospital.set_up()
    invitations = north.creates(relay.meeting)

    # ---- the plan cannot be kept: its own steward is told, and joins again when there is room
    joining = [
        h.joins(i, "--words", north.words) for h, i in zip((river, lake), invitations, strict=True)
    ]
    words = ["--words", river.words, "--words", lake.words]
    north.does("accept", *words)
    for step in joining:
        step.says("compared")
    disk.fill()
    digest = north.does("accept", *words, "--close")["plan_digest"]
    joining[1].ends(status=2)
    assert "WO603" in joining[1].error
    assert "No space left" in joining[1].error
    disk.empty()
    assert joining[0].ends()["plan_digest"] == digest
    holding = north.start("run", "--wait", "120")
    assert lake.joins(invitations[1]).ends()["plan_digest"] == digest
    holding.kill()

    # ---- a signature that cannot be kept is none
    disk.fill()
    lake.does("sign", "--digest", digest, "--reason", "A test of the whole way.", status=2)
    assert "WO603" in lake.error or "BU306" in lake.error
    disk.empty()
    for hospital in hospitals:
        hospital.agrees(digest)
        assert charges(hospital) == []

    # ---- in the middle of a run: interrupted for all, continued with room, charged once
    guests = [h.start("run") for h in (river, lake)]
    first = north.start("run", "--patience", "0")
    guests[1].says("class-counts")
    disk.fill()
    result = first.ends(status=3)
    assert (result["phase"], result["spent"]) == ("interrupted", True)
    guests[1].says("WO603")
    disk.empty()
    guests[1].kill()
    third = lake.start("run")
    assert north.does("run")["phase"] == "finished"
    for step in (guests[0], third):
        assert step.ends()["phase"] == "finished"
    for hospital in hospitals:
        assert charges(hospital) == [EntryKind.RESERVED, EntryKind.SPENT]
    assert len({h.synthetic(digest) for h in hospitals}) == 1
