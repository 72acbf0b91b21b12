"""The benchmark runs, small, and both implementations agree on every measure."""

import pytest

from tests.benchmarks import bench_quality


@pytest.mark.benchmark
def test_every_measure_agrees_with_its_other_implementation(tmp_path):
    text = bench_quality.main(["--small", "--out", str(tmp_path / "quality.md")])
    rows = [line.split("|")[1:-1] for line in text.splitlines() if line.count("|") == 5]
    gaps = {row[0].strip(): float(row[3]) for row in rows[2:]}
    assert len(gaps) == 11
    assert all(gap < 1e-6 for gap in gaps.values()), gaps
    assert "whole report" in text
    assert (tmp_path / "quality.md").read_text(encoding="utf-8") == text
