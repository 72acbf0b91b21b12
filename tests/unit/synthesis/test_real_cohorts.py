"""The recipe on real hospitals, in the clear with planned noise: the benchmark, run small."""

import numpy as np
import pytest

from tests.benchmarks import bench_marginals


def test_the_benchmark_itself_works(tmp_path):
    text = bench_marginals.main(["--small", "--repeats", "1", "--out", str(tmp_path / "m.md")])
    assert "| simulated" in text
    assert (tmp_path / "m.md").read_text() == text


@pytest.mark.shared
def test_real_hospitals_at_a_large_budget(shared_cohorts):
    assert shared_cohorts.is_dir()
    cohort = bench_marginals.tcga()
    assert cohort.values.shape == (469, 392)
    found = bench_marginals.ratios(cohort, (10.0,), 1, 1e-6)
    # 0.94 on average, 0.05 between splits: a broken stage or fit falls far below
    assert np.mean(found[10.0]) > 0.75
