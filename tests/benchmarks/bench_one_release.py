"""What one released study takes beyond the joint computation: fit, sample, write.

    PYTHONPATH=. python tests/benchmarks/bench_one_release.py [N_RECORDS N_GENES]

Limit: 10 s for 5,000 records of 1,000 genes (issue 5). The figures stand in
resources/benchmarks/recipes.md.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest

from core.model.budget import Budget
from core.randomness import SamplingSource
from core.release.coexpression import co_expression_bytes
from core.release.differences import differences_bytes
from core.release.table import csv_bytes, log2_bytes
from core.synthesis.recipe import sampling_seed
from core.synthesis.reference.file import build_reference
from core.synthesis.registry import recipe_called
from core.worker.commands.trial import OpenRecords, TrialSettings, run_trial, trial_plan

LIMIT_S = 10.0
CLASSES = ("A", "B", "C", "D")


def records(n_records: int, n_genes: int, seed: int) -> OpenRecords:
    """Patients of four classes, every record z-scored by itself."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, len(CLASSES), n_records)
    means = np.random.default_rng(0).normal(size=(len(CLASSES), n_genes))
    values = means[labels] + rng.normal(size=(n_records, n_genes))
    values = (values - values.mean(1, keepdims=True)) / values.std(1, keepdims=True)
    levels = np.column_stack([rng.normal(6, 0.5, n_records), rng.normal(2, 0.2, n_records)])
    return OpenRecords(values=values, class_index=labels, levels=levels)


def measure(n_records: int, n_genes: int) -> dict[str, float]:
    """Measure once in this process, one thread; return CPU seconds by step."""
    genes = tuple(f"GENE{i}" for i in range(n_genes))
    reference = build_reference(
        records(120, n_genes, 1).values,
        genes,
        title="benchmark",
        provenance="made here",
        licence="none needed",
        source_sha256="0" * 64,
    ).for_panel(genes)
    plan = trial_plan(
        TrialSettings(
            recipe="moments",
            genes=genes,
            classes=CLASSES,
            budget=Budget(epsilon=10.0, delta=1e-5),
            n_max=1_000,
            reference=reference,
        )
    )
    opened = run_trial(plan, records(400, n_genes, 2)).measurements
    recipe, seconds = recipe_called(plan.recipe), {}
    begun = time.process_time()

    def told(step: str) -> None:
        seconds[step] = time.process_time() - begun - sum(seconds.values())

    model = recipe.fit(plan, opened)
    told("fit")
    cohort = model.sample(n_records, SamplingSource(sampling_seed(plan, opened)))
    told("sample")
    differences = recipe.differences(plan, opened)
    pairs = recipe.co_expression(plan, opened)
    told("test")
    assert differences is not None
    assert pairs is not None
    with tempfile.TemporaryDirectory() as folder:
        for name, content in (
            ("synthetic.csv", csv_bytes(cohort)),
            ("synthetic-log2.csv", log2_bytes(cohort)),
            ("differential-expression.csv", differences_bytes(differences)),
            ("co-expression.csv", co_expression_bytes(pairs)),
        ):
            (Path(folder) / name).write_bytes(content)
    told("write")
    return seconds


@pytest.mark.benchmark
def test_a_small_one_is_made() -> None:
    assert set(measure(50, 40)) == {"fit", "sample", "test", "write"}


if __name__ == "__main__":
    size = tuple(map(int, sys.argv[1:])) or (5_000, 1_000)
    found = measure(*size)
    print(size, {k: round(v, 2) for k, v in found.items()}, round(sum(found.values()), 2), "s")
