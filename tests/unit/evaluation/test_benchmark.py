"""The benchmark of the joint evaluation's intervals: small in the suite, whole by its command."""

import pytest

from tests.benchmarks import bench_bins, bench_candidates, bench_joint


def test_the_benchmark_itself_works(tmp_path):
    """Three simulated hospitals; 3 runs at epsilon 10, 15 intervals: at least 11 hold."""
    page = tmp_path / "joint.md"
    words = ["--small", "--runs", "3", "--epsilons", "10", "--tables", "all", "--out", str(page)]
    text = bench_joint.main(words)
    assert page.read_text() == text
    rows = [line.split("|") for line in text.splitlines() if line.startswith("| 10 |")]
    assert len(rows) == 5
    assert sum(int(row[3].split(" of ")[0]) for row in rows) >= 11, text


@pytest.mark.long
def test_settings_are_compared_with_each_alone():
    text = bench_candidates.main(["--small", "--runs", "1", "--epsilons", "10"])
    rows = [line.split("|") for line in text.splitlines() if line.startswith("| 10 |")]
    assert [row[2].strip() for row in rows[-2:]] == [f"best of the first {k}" for k in (2, 3)]
    assert [sum(map(int, row[7].split(","))) for row in rows] == [1] * 5
    assert all(0.5 < float(row[3]) <= 1 for row in rows)


def test_numbers_of_bins_are_compared_on_the_same_splits():
    words = ["--small", "--repeats", "1", "--epsilons", "10", "--bins", "2,8"]
    rows = [line.split("|") for line in bench_bins.main(words).splitlines()[2:]]
    assert [row[3].strip() for row in rows] == ["real", "2", "8"]
    assert all(float(row[4].split("(")[0]) > 0.5 for row in rows)
    assert all(float(row[6]) > float(rows[0][6]) for row in rows[1:]), "real ones are closest"


@pytest.mark.shared
def test_six_real_hospitals_at_a_large_budget(shared_cohorts):
    """One run on the six files: the truth is within an interval that says something."""
    hospitals, genes, classes = bench_joint.six_hospitals()
    assert shared_cohorts.is_dir()
    assert (len(hospitals), len(genes), len(classes)) == (6, 392, 4)
    plan = bench_joint.plan_of(genes, classes, 10.0, 6)
    outcome = bench_joint.run(plan, hospitals, bench_joint.NoiseSource())
    assert sum(outcome.inside.values()) >= 1
    assert all(0.5 < truth <= 1 for truth in outcome.truth.values())
    assert all(width < 0.5 for width in outcome.width.values())
