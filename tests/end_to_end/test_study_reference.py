"""A study between separate installations that carries a public reference."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.model.budget import charged_units
from core.model.plan import Plan
from core.network.installation import verify
from core.release.package.holding import read_package
from core.release.package.verifying import verify_release
from core.worker.references.reading import OpenFile, reference_from
from tests.end_to_end.study_steps import (
    CHOICE,
    SAMPLE,
    Installation,
    Step,
    free_port,
    gathered,
    runs,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


def public_reference(folder: Path) -> str:
    """A reference of a third hospital's file, whose patients are nobody's here."""
    said = {"title": "Open leukaemia", "provenance": "simulated", "licence": "CC0"}
    file = OpenFile(path=SAMPLE[2], label="diagnosis", ignored=(), **said)
    path = folder / "reference.json"
    path.write_bytes(reference_from(file).to_bytes())
    return str(path)


def test_two_hospitals_and_a_compute_partner_meet_directly_with_a_public_reference(
    tmp_path: Path,
) -> None:
    """With two settings, the first of which takes out what each hospital's pipeline adds."""
    files = (SAMPLE[0], SAMPLE[1], None)
    hospitals = [
        Installation(tmp_path, n, f)
        for n, f in zip(("North", "River", "Partner"), files, strict=True)
    ]
    for hospital in hospitals:
        hospital.set_up()
    reference = public_reference(tmp_path)
    direct = ["--direct", f"127.0.0.1:{free_port()}"]
    asked = ["--reference", reference, *CHOICE, "--centre-sites"]
    invitations = hospitals[0].creates(direct, *asked)
    assert "Advice: leave it off. Below epsilon 4" in hospitals[0].error, "and it is only advice"
    shown = Step("study", "show", invitations[0]).ends()["text"]
    assert "Open leukaemia" in shown
    assert "What each hospital's pipeline adds is taken out" in shown
    assert "2 candidate settings: moments, 12 genes; marginals, 8 genes, 4 bins" in shown
    digest, _ = gathered(hospitals[0], hospitals[1:], invitations)
    for hospital in hospitals:
        hospital.agrees(digest)
    runs(hospitals, digest)
    plans = {(h.home / "studies" / digest[:32] / "plan.json").read_bytes() for h in hospitals}
    (plan,) = map(Plan.from_bytes, plans)
    assert (plan.reference.title, plan.reference.licence) == ("Open leukaemia", "CC0")
    assert {"a:class-scores", "a:cross", "b:tables"} <= {s.name for s in plan.recipe_stages}
    centring, plain = (dict(c.recipe_parameters) for c in plan.candidates)
    assert centring["site_blocks"] == 3, "as many as have joined, the one without patients too"
    assert "site_blocks" not in plain
    (sites,) = (s for s in plan.recipe_stages if s.name.endswith("sites"))
    assert (sites.name, sites.values) == ("a:sites", 3 * (12 + 1)), "the genes and a count of each"
    assert sites.share == pytest.approx(0.1 / 2), "a tenth of what its setting gets"
    whole = charged_units(plan.budget)
    assert [h.charged() for h in hospitals] == [[whole], [whole], []], "centring costs no more"
    files = read_package(hospitals[1].home / "studies" / digest[:32] / "release")
    assert verify_release(files, frozenset(), verify).problems == ()
    manifest = json.loads(files["manifest.json"])
    opened = {m["stage"] for m in manifest["measurements"]}
    assert opened == {s.name for s in plan.stages}, "what centring opens is listed, too"
    settings = manifest["candidates"]["settings"]
    assert [s["recipe"]["parameters"].get("site_blocks") for s in settings] == [3, None]
    chosen = manifest["candidates"]["chosen"]
    assert f"Chosen: setting {chosen}" in hospitals[0].error
    assert files["synthetic.csv"].split(b"\n")[0].count(b",") == {"a": 12, "b": 8}[chosen]


def test_a_hospital_whose_patients_are_in_the_public_reference_signs_nothing(
    hospitals, tmp_path: Path
) -> None:
    north, river, lake = hospitals
    reference = public_reference(tmp_path)
    shorter = tmp_path / "fewer.csv"  # some of its patients, in another file
    shorter.write_text("\n".join(SAMPLE[2].read_text().splitlines()[:40]) + "\n")
    lake.cohort = shorter
    direct = ["--direct", f"127.0.0.1:{free_port()}"]
    invitations = north.creates(direct, "--reference", reference)
    joining = [h.joins(i) for h, i in zip((river, lake), invitations, strict=True)]
    north.does("accept", "--words", river.words, "--words", lake.words, "--close")
    digest = joining[1].ends()["plan_digest"]
    lake.does("sign", "--digest", digest, status=2)
    said = joining[1].error + lake.error  # at once, or at the latest when it signs
    assert "CH125: The public reference was made from fewer.csv, or from some" in said
    assert not lake.does("status")["studies"][0]["own_signed"]
    assert lake.ledger() == []
    lake.cohort = SAMPLE[2]  # the very file: it never asks
    step = lake.start("check", invitations[1], *lake.data()[:4])
    step.ends(status=2)
    assert "was made from your file" in step.error
