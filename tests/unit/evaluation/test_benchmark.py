"""The benchmark of the joint evaluation's intervals: small in the suite, whole by its command."""

import pytest

from tests.benchmarks import bench_joint


def test_the_benchmark_itself_works(tmp_path):
    """Three simulated hospitals; 3 runs at epsilon 10 hold the truth (a miss: 1 in 7 at most)."""
    page = tmp_path / "joint.md"
    text = bench_joint.main(["--small", "--runs", "3", "--epsilons", "10", "--out", str(page)])
    assert page.read_text() == text
    row = next(line for line in text.splitlines() if line.startswith("| 10 |"))
    inside = [int(cell.split(" of ")[0]) for cell in row.split("|")[2:4]]
    assert min(inside) >= 2


@pytest.mark.shared
def test_six_real_hospitals_at_a_large_budget(shared_cohorts):
    """One run on the six files: the truth is within an interval that says something."""
    hospitals, genes, classes = bench_joint.six_hospitals()
    assert shared_cohorts.is_dir()
    assert (len(hospitals), len(genes), len(classes)) == (6, 392, 4)
    plan = bench_joint.plan_of(genes, classes, 10.0, 6)
    outcome = bench_joint.run(plan, hospitals, bench_joint.NoiseSource())
    assert sum(outcome.inside) >= 1
    assert 0.5 < outcome.truth <= 1
    assert outcome.width < 0.5
