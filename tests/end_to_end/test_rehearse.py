"""The main job, headless, through real processes: from files to one synthetic cohort."""

import csv
import hashlib
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from core.cli import main
from core.model.plan import Plan
from core.network.installation import verify
from core.privacy.ledger import EntryKind, Ledger
from core.release.package.holding import read_package
from core.release.package.verifying import verify_release
from core.worker.clock import SystemClock

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = sorted((ROOT / "resources" / "sample").glob("hospital-*.csv"))
SHARED = Path(os.environ.get("SYNCOHORT_SHARED", ROOT.parent / "shared")) / "data"
HOSPITALS = sorted((SHARED / "tcga-brca-hospitals").glob("*.csv"))
BASE = [sys.executable, "-m", "core.cli"]
KEYS = {
    "plan_digest",
    "epsilon",
    "delta",
    "recipe",
    "n_genes",
    "stages",
    "seconds_total",
    "hospitals",
    "synthetic_sha256",
}


def words_for(files, out, *more, label="diagnosis"):
    """The words of a rehearsal."""
    cohorts = [word for f in files for word in ("--cohort", str(f))]
    return ["rehearse", *cohorts, "--label", label, "--out", str(out), *more]


def rehearse(files, out, *more, label="diagnosis"):
    command = [*BASE, *words_for(files, out, *more, label=label)]
    return subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, timeout=600, check=False
    )


def ledger_of(folder):
    return Ledger.open(folder / "ledger.sqlite", SystemClock())


def kinds(folder):
    book = ledger_of(folder)
    try:
        return [e.kind for e in book.entries() if e.kind is not EntryKind.DECISION]
    finally:
        book.close()


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """One rehearsal on the sample cohort, shared by the tests that only look at it."""
    out = tmp_path_factory.mktemp("rehearsal") / "out"
    more = ["--genes", "30", "--epsilon", "4", "--noise-bits", "155", "--json"]
    result = rehearse(SAMPLE, out, *more)
    assert result.returncode == 0, result.stderr
    return out, result


def test_standard_output_is_one_json_object(done):
    out, result = done
    summary = json.loads(result.stdout)
    assert set(summary) >= KEYS
    assert summary["epsilon"] == 4.0
    assert summary["n_genes"] == 30
    assert [s["name"] for s in summary["stages"]] == [
        *("class-counts", "levels", "class-levels", "centre", "scale", "class-sums")
    ]
    assert all(
        set(s) == {"name", "values", "noise", "seconds", "bytes_sent"} for s in summary["stages"]
    )
    assert all(s["bytes_sent"] > 8 * s["values"] for s in summary["stages"])
    assert [h["name"] for h in summary["hospitals"]] == [f.stem for f in SAMPLE]
    assert all(Path(h["directory"]).is_dir() for h in summary["hospitals"])
    assert out.name in result.stderr.splitlines()[-1]


def test_every_hospital_has_the_same_synthetic_cohort(done):
    out, result = done
    sha = json.loads(result.stdout)["synthetic_sha256"]
    for file in SAMPLE:
        content = (out / file.stem / "release" / "synthetic.csv").read_bytes()
        assert hashlib.sha256(content).hexdigest() == sha
        rows = list(csv.reader(content.decode().splitlines()))
        assert rows[0][0] == "diagnosis"
        assert len(rows[0]) == 31
        values = np.array([r[1:] for r in rows[1:]], dtype=float)
        assert np.isfinite(values).all()
        assert 50 < len(values) < 1000
        expression = (out / file.stem / "release" / "synthetic-log2.csv").read_text()
        log2 = list(csv.reader(expression.splitlines()))
        assert [r[0] for r in log2] == [r[0] for r in rows]
        levels = np.array([r[1:] for r in log2[1:]], dtype=float)
        assert np.corrcoef(levels[0], values[0])[0, 1] > 0.999
        assert levels.mean() > 1


def test_plan_manifest_and_report_are_there_and_agree(done):
    out, result = done
    summary = json.loads(result.stdout)
    for file in SAMPLE:
        folder = out / file.stem
        plan = Plan.from_bytes((folder / "plan.json").read_bytes())
        assert plan.digest == summary["plan_digest"]
        assert plan.rehearsal
        assert 0.97 * 4 < plan.epsilon_accounted <= 4
        manifest = json.loads((folder / "release" / "manifest.json").read_text())
        assert summary["plan_digest"] in json.dumps(manifest)
        assert summary["synthetic_sha256"] in json.dumps(manifest)
        assert json.loads((folder / "release" / "report.json").read_text())
        assert "must stay" in (folder / "release" / "WHAT-MAY-LEAVE.txt").read_text()


def test_every_release_verifies_and_its_pages_keep_apart_what_is_local(done):
    out, _ = done
    manifests = set()
    for file in SAMPLE:
        folder = out / file.stem
        files = read_package(folder / "release")
        verdict = verify_release(files, frozenset(), verify)
        assert verdict.problems == ()
        assert any("rehearsal" in line for line in verdict.not_proven)
        manifests.add(files["manifest.json"])
        local = {p.name for p in (folder / "local-report").iterdir()}
        assert local == {"internal-report.html", "internal-report.pdf"}
        own = (folder / "local-report" / "internal-report.html").read_text()
        assert "Stays at this hospital" in own
        assert "held-out patients of this hospital" in own
        assert "held-out patients of this hospital" not in files["report.html"].decode()
        assert files["report.pdf"].startswith(b"%PDF")
        assert b"Known weaknesses" in files["data-card.md"]
    assert len(manifests) == 1


def test_every_ledger_says_spent_and_holds_no_patient(done):
    out, _ = done
    for file in SAMPLE:
        folder = out / file.stem
        assert kinds(folder) == [EntryKind.RESERVED, EntryKind.SPENT]
        with file.open() as stream:
            codes = [row[0] for row in csv.reader(stream)][1:]
        for path in folder.rglob("*"):
            if path.is_file():
                content = path.read_bytes()
                assert not any(code.encode() in content for code in codes), path.name


def test_nothing_about_patients_is_on_standard_error(done):
    _, result = done
    for file in SAMPLE:
        with file.open() as stream:
            rows = list(csv.reader(stream))[1:]
        assert not any(row[0] in result.stderr for row in rows)
        assert not re.search(rf"\b{len(rows)} (patients|records)\b", result.stderr)


def test_another_cohort_comes_onto_the_same_scale(done, tmp_path, capsys):
    out, _ = done
    plan = out / SAMPLE[0].stem / "plan.json"
    target = tmp_path / "normalised.csv"
    status = main(["normalise", "--plan", str(plan), str(SAMPLE[1]), str(target)])
    assert status == 0, capsys.readouterr().err
    with target.open() as stream:
        rows = list(csv.reader(stream))
    assert rows[0] == ["diagnosis", *Plan.from_bytes(plan.read_bytes()).genes]
    values = np.array([r[1:] for r in rows[1:]], dtype=float)
    np.testing.assert_allclose(values.mean(axis=1), 0, atol=1e-3)
    np.testing.assert_allclose(values.std(axis=1), 1, atol=1e-3)


def test_the_claim_can_be_explained(done, capsys):
    out, _ = done
    status = main(["privacy", "explain", str(out / SAMPLE[0].stem / "plan.json")])
    said = capsys.readouterr()
    assert status == 0, said.err
    for stage in ("class-counts", "levels", "class-levels", "centre", "scale", "class-sums"):
        assert stage in said.out
    assert "mu^2 =" in said.out


def test_two_hospitals_are_refused_and_work_with_a_compute_partner(tmp_path, capsys):
    out = tmp_path / "two"
    assert main(words_for(SAMPLE[:2], out)) == 2
    refused = capsys.readouterr().err
    assert "PL203" in refused
    assert "compute partner" in refused
    assert not out.exists()
    more = [
        "--compute-partner",
        "--genes",
        "12",
        "--epsilon",
        "2",
        "--noise",
        "local",
        "--no-reports",
        "--json",
    ]
    helped = rehearse(SAMPLE[:2], out, *more)
    assert helped.returncode == 0, helped.stderr
    partner = out / "compute-partner"
    plan = Plan.from_bytes((partner / "plan.json").read_bytes())
    for stage in plan.stages:  # the partner without patients adds its part, and is counted
        assert (stage.noise.contributors, stage.noise.colluders) == (3, 1)
    assert {s["noise"] for s in json.loads(helped.stdout)["stages"]} == {"local"}
    assert "each of the 3 parties adds noise of its own" in helped.stderr
    manifest = json.loads((out / SAMPLE[0].stem / "release" / "manifest.json").read_text())
    assert "added by every party to its own total" in manifest["privacy"]["noise"]
    assert {p.name for p in partner.iterdir()} <= {"plan.json", "ledger.sqlite"}
    assert kinds(partner) == []


BAD = {
    "missing file": (["nowhere.csv"], [], "CH101"),
    "no such label": ([], ["--label", "subtype"], "CH104"),
    "twice the same name": ([str(SAMPLE[0])], [], "PL205"),
    "epsilon zero": ([], ["--epsilon", "0"], "BU302"),
    "epsilon nan": ([], ["--epsilon", "nan"], "BU302"),
    "delta too large": ([], ["--delta", "0.1"], "BU302"),
    "more genes than there are": ([], ["--genes", "99999"], "PL207"),
    "too few patients allowed": ([], ["--n-max", "5"], "CH115"),
    "hopeless precision": ([], ["--epsilon", "x"], "WO605"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_ends_with_one_sentence_and_writes_nothing(name, tmp_path, capsys):
    files, more, code = BAD[name]
    out = tmp_path / "out"
    status = main(words_for([*SAMPLE, *files], out, "--genes", "12", *more))
    said = capsys.readouterr()
    assert status == 2, said.err
    assert code in said.err.splitlines()[-1]
    assert "Traceback" not in said.err
    assert said.out == ""
    assert not out.exists()


def test_results_are_never_overwritten(tmp_path, capsys):
    (tmp_path / "kept.txt").write_text("mine")
    assert main(words_for(SAMPLE, tmp_path)) == 2
    assert "PL210" in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ["kept.txt"]


def worker_of(out, name):
    """Find the hospital worker whose home is ``name``."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if b"core.worker" in words and str(out / name).encode() in words:
                return int(entry.name)
    return None


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="finds the process in /proc")
def test_a_killed_hospital_counts_as_spent_everywhere(tmp_path):
    out = tmp_path / "out"
    cohorts = [word for f in SAMPLE for word in ("--cohort", str(f))]
    command = [
        *BASE,
        "rehearse",
        *cohorts,
        "--label",
        "diagnosis",
        "--out",
        str(out),
        "--epsilon",
        "4",
    ]
    running = subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    try:
        for line in running.stderr:
            if "class-counts" in line and "opened" in line:
                break
        os.kill(worker_of(out, "hospital-river"), signal.SIGKILL)
        begun = time.monotonic()
        _, rest = running.communicate(timeout=60)
    finally:
        running.kill()
    assert time.monotonic() - begun < 45
    assert running.returncode == 3, rest
    assert "counts as spent" in rest
    for file in SAMPLE:
        assert kinds(out / file.stem)[-1] is EntryKind.SPENT
        assert not (out / file.stem / "release").exists()


@pytest.mark.skipif(not HOSPITALS, reason="the shared TCGA hospital files are not on this machine")
@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.timeout(400)
def test_six_real_hospitals(tmp_path):
    out = tmp_path / "six"
    # A report on real patients: tests/unit/quality/test_planted.py and the window's own story.
    more = ["--ignore", "er_status", "--epsilon", "4", "--no-reports", "--json"]
    result = rehearse(HOSPITALS, out, *more, label="pam50_subtype")
    assert result.returncode == 0, result.stderr
    summary = json.loads(result.stdout)
    assert summary["n_genes"] == 392
    assert len(summary["hospitals"]) == 6
    tables = {(out / f.stem / "release" / "synthetic.csv").read_bytes() for f in HOSPITALS}
    assert len(tables) == 1
    header = next(iter(tables)).split(b"\n", 1)[0].decode().split(",")
    assert header[0] == "pam50_subtype"
    assert "er_status" not in header
    for f in HOSPITALS:
        with sqlite3.connect(out / f.stem / "ledger.sqlite") as book:
            assert book.execute("pragma integrity_check").fetchone() == ("ok",)


def test_traffic_does_not_depend_on_the_number_of_patients(done, tmp_path):
    """privacy.md section 10, row 23: the same sizes for a third of the patients."""
    _, result = done
    fewer = []
    for file in SAMPLE:
        lines = file.read_text().splitlines(keepends=True)
        small = tmp_path / file.name
        small.write_text("".join([lines[0], *lines[1::3]]))
        fewer.append(small)
    more = ["--genes", "30", "--epsilon", "4", "--noise-bits", "155", "--json", "--no-reports"]
    again = rehearse(fewer, tmp_path / "out", *more)
    assert again.returncode == 0, again.stderr

    def sizes(text):
        return {s["name"]: (s["values"], s["bytes_sent"]) for s in json.loads(text)["stages"]}

    assert sizes(again.stdout) == sizes(result.stdout)


@pytest.mark.slow
def test_a_table_is_judged_together_and_let_out_by_a_secret_vote(tmp_path):
    """Real processes: the scores are the same everywhere, and one hospital's no stops it."""
    more = ["--genes", "12", "--epsilon", "4", "--noise-bits", "155", "--no-reports", "--json"]
    vote = ["--vote", "minimum", "--minimum", "0.2"]
    choice = ["--candidate", "recipe=moments", "--candidate", "recipe=marginals,genes=8"]
    judged = rehearse(SAMPLE, tmp_path / "yes", *more, *vote, *choice, "--smallest-class", "30")
    assert judged.returncode == 0, judged.stderr
    assert "makes each noisier by sqrt(2)" in judged.stderr
    summary = json.loads(judged.stdout)
    joint, settings = summary["joint"], summary["candidates"]
    number = "ab".index(settings["chosen"])
    assert settings["candidates"][number]["scores"]["scores"] == joint["scores"]
    values = [c["value"] for c in settings["candidates"]]
    assert values[number] == max(values)
    assert summary["n_genes"] == (12, 8)[number]
    assert {s["score"] for s in joint["scores"]} == {"accuracy", "macro-f1", "weighted-f1"}
    manifests = {
        (tmp_path / "yes" / f.stem / "release" / "manifest.json").read_bytes() for f in SAMPLE
    }
    (one,) = manifests
    stated = json.loads(one)["joint_evaluation"]
    assert {k: joint[k] for k in stated} == stated
    assert json.loads(one)["candidates"]["chosen"] == settings["chosen"]
    released = tmp_path / "yes" / SAMPLE[0].stem / "release"
    assert verify_release(read_package(released), frozenset(), verify).problems == ()
    refused = rehearse(
        SAMPLE, tmp_path / "no", *more, "--vote", "yes-no", "--refusing", SAMPLE[1].stem
    )
    assert refused.returncode == 3
    assert "SE409" in refused.stderr
    for file in SAMPLE:
        folder = tmp_path / "no" / file.stem
        assert kinds(folder) == [EntryKind.RESERVED, EntryKind.SPENT]
        assert not (folder / "release").exists()
