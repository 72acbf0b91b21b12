"""The commands on open cohorts, as a person types them."""

import csv
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core.model.plan import Plan

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = sorted((ROOT / "resources" / "sample").glob("hospital-*.csv"))
BASE = [sys.executable, "-m", "core.cli"]


def run(*words):
    return subprocess.run(
        [*BASE, *map(str, words)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=240,
        check=False,
    )


def label_of(path):
    return path.read_text().splitlines()[0].split(",")[1]


@pytest.fixture(scope="module")
def public(tmp_path_factory):
    """An open cohort: counts like the first hospital's from another machine, and its reference."""
    folder = tmp_path_factory.mktemp("public")
    rng = np.random.default_rng(0)
    with SAMPLE[0].open() as stream:
        rows = list(csv.reader(stream))
    path = folder / "open-cohort.csv"
    with path.open("w", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(rows[0])
        machine = rng.lognormal(0.0, 1.0, len(rows[0]) - 2)  # which reads each gene otherwise
        for i, row in enumerate(rows[1:]):
            counts = rng.poisson(machine * np.array(row[2:], dtype=float))
            table.writerow([f"P{i}", row[1], *counts])
    built = run(
        "reference", "build", path, "--label", rows[0][1], "--licence", "CC0", "--out",
        folder / "reference.json",
    )  # fmt: skip
    assert built.returncode == 0, built.stderr
    return folder / "reference.json"


def test_a_reference_says_where_it_comes_from_and_holds_no_records(public):
    tree = json.loads(public.read_text())
    assert tree["format"] == "syncohort-reference"
    assert tree["licence"] == "CC0"
    assert "P1" not in tree["genes"]
    assert set(tree) >= {"title", "provenance", "source_sha256", "n_records", "genes", "content"}
    again = run("reference", "build", SAMPLE[0], "--label", label_of(SAMPLE[0]), "--out", public)
    assert again.returncode == 2


def test_a_rehearsal_carries_the_reference_in_its_plan(public, tmp_path):
    out = tmp_path / "out"
    words = [w for f in SAMPLE for w in ("--cohort", f)]
    done = run(
        "rehearse", *words, "--label", label_of(SAMPLE[0]), "--genes", 20, "--epsilon", 4,
        "--noise-bits", 155, "--recipe", "moments", "--reference", public, "--no-reports",
        "--json", "--out", out,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert [s["name"] for s in json.loads(done.stdout)["stages"]][-2:] == ["class-scores", "cross"]
    plans = {(out / f.stem / "plan.json").read_bytes() for f in SAMPLE}
    assert len(plans) == 1
    plan = Plan.from_bytes(plans.pop())
    assert plan.reference.licence == "CC0"
    assert len(plan.genes) == plan.reference.n_covered == 20


def test_a_reference_made_from_a_cohort_of_the_session_is_refused(tmp_path):
    label = label_of(SAMPLE[0])
    own = tmp_path / "own.json"
    assert run("reference", "build", SAMPLE[0], "--label", label, "--out", own).returncode == 0
    out = tmp_path / "out"
    words = [w for f in SAMPLE for w in ("--cohort", f)]
    refused = run(
        "rehearse", *words, "--label", label, "--genes", 20, "--epsilon", 4, "--reference", own,
        "--out", out,
    )  # fmt: skip
    assert refused.returncode == 2, refused.stderr
    assert "CH125" in refused.stderr
    assert "no protection" in refused.stderr


def test_recipes_are_compared_with_the_public_data_alone(public, tmp_path):
    out = tmp_path / "comparison"
    words = [w for f in SAMPLE for w in ("--cohort", f)]
    done = run(
        "compare", *words, "--label", label_of(SAMPLE[0]), "--genes", 20, "--epsilons", "1,10",
        "--repeats", 2, "--reference", public, "--out", out,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    with (out / "comparison.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert {r["recipe"] for r in rows} == {"moments", "marginals", "public data alone"}
    assert len(rows) == 2 * (2 * 2 + 1)
    at = {
        (name, level): np.mean(
            [float(r["logistic"]) for r in rows if (r["recipe"], r["epsilon"]) == (name, level)]
        )
        for name, level in (("moments", "10.0"), ("public data alone", "0.0"))
    }
    assert at["moments", "10.0"] > 0.9 > at["public data alone", "0.0"] > 0.5  # it has labels
    assert (out / "comparison.png").read_bytes().startswith(b"\x89PNG")
    assert (out / "comparison-dark.svg").read_text().startswith("<?xml")
    assert (out / "comparison-means.csv").read_text().startswith("measure,recipe,epsilon,mean,sd")
    assert "| moments | 10.0 |" in (out / "comparison.md").read_text()


def test_usefulness_is_predicted_with_a_reference_and_without_it(public):
    words = ["--smallest-class", 30, "--genes", 40, "--n-classes", 3, "--epsilons", 1]
    done = run("predict", *words, "--smallest-from", "noisy", "--reference", public)
    assert done.returncode == 0, done.stderr
    found = re.search(r"about (\d+)% .* Without the public reference: (\d+)%", done.stdout)
    assert int(found[1]) > int(found[2])
    assert "30 patients in the smallest class (noisy)" in done.stdout


def test_usefulness_is_predicted_in_words_without_any_cohort():
    done = run("predict", "--smallest-class", 10, "--genes", 2000, "--epsilons", "0.5,20")
    assert done.returncode == 0
    hopeless, why, good, _ = done.stdout.splitlines()
    assert "Not worth" in hopeless
    assert "10 patients in the smallest class (planned)" in hopeless
    assert "For 2000 genes" in why  # how the budget would be split
    assert "For 90%: up to" in good
    assert "up to 0 genes" not in hopeless
    assert run("predict", "--smallest-class", 10, "--genes", 5, "--epsilons", "x").returncode == 2
