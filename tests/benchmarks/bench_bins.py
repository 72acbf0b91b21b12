"""How many bins a gene should have: the recipe ``marginals`` with two to eight of them.

    PYTHONPATH=. python tests/benchmarks/bench_bins.py [--small] [--repeats 8] [--out FILE]

As ``bench_marginals.py``, with the same splits for every number of bins. Beside the macro-F1
ratio: the mean over genes of KL(held-out real || synthetic), and of the Wasserstein distance of
each class's genes to those of held-out patients, both with real training patients in the table's
place as the reference.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

from core.model.budget import Budget
from core.quality.resemblance import kullback_leibler
from core.quality.tables import Table

sys.path.append(str(Path(__file__).resolve().parent))

from bench_marginals import Patients, made, plan_for, scanb, score, simulated, tcga

DELTA = 1e-6


def shape(table: Table, test: Patients) -> float:
    """Mean over classes and genes of the distance between 200 quantiles of a class."""
    at = (np.arange(200) + 0.5) / 200
    apart = []
    for c in range(len(test.classes)):
        ours, theirs = table.values[table.labels == c], test.values[test.class_index == c]
        if len(ours) and len(theirs):
            apart.append(np.abs(np.quantile(ours, at, 0) - np.quantile(theirs, at, 0)).mean())
    return float(np.mean(apart))


def figures(
    cohort: Patients, epsilon: float, repeats: int, bins: tuple[int, ...]
) -> list[np.ndarray]:
    """Ratio, KL and distance: of real training patients, then for each number of bins."""
    plans = [plan_for(cohort, Budget(epsilon=epsilon, delta=DELTA), n) for n in bins]
    found: list[list[tuple[float, float, float]]] = [[] for _ in range(len(bins) + 1)]
    for r in range(repeats):
        rng = np.random.default_rng(r)
        order = rng.permutation(len(cohort.class_index))
        n_test = len(order) // 5
        test, train = cohort.take(order[:n_test]), cohort.take(order[n_test:])
        real = score(train.table(), test)
        tables = [train.table(), *(made(plan, train, rng) for plan in plans)]
        for mine, table in zip(found, tables, strict=True):
            apart = float(kullback_leibler(test.values, table.values).mean())
            ratio = 1.0 if table is tables[0] else float((score(table, test) / real).mean())
            mine.append((ratio, apart, shape(table, test)))
        print(f"epsilon {epsilon:g}: split {r + 1}", flush=True)
    return [np.array(one) for one in found]


def main(arguments: list[str] | None = None) -> str:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--repeats", type=int, default=8)
    parser.add_argument("--epsilons", default="2,4,10")
    parser.add_argument("--bins", default="2,3,4,6,8")
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args(arguments)
    cohorts = {"simulated": simulated} if asked.small else {"TCGA": tcga, "SCAN-B": scanb}
    bins = tuple(map(int, asked.bins.split(",")))
    lines = ["| cohort | epsilon | bins | macro-F1 ratio (sd) | KL | distance in a class |"]
    lines += ["| --- | --- | --- | --- | --- | --- |"]
    for name, load in cohorts.items():
        cohort = load()
        n, d = cohort.values.shape
        for epsilon in map(float, asked.epsilons.split(",")):
            found = figures(cohort, epsilon, asked.repeats, bins)
            for what, one in zip(("real", *map(str, bins)), found, strict=True):
                ratio, apart, away = one.mean(axis=0)
                spread = f"{ratio:.2f} ({one[:, 0].std():.2f})"
                lines.append(
                    f"| {name}, n {n}, d {d} | {epsilon:g} | {what} | {spread} | {apart:.2f} | "
                    f"{away:.3f} |"
                )
    text = "\n".join(lines) + "\n"
    if asked.out:
        asked.out.write_text(text)
    print(text)
    return text


if __name__ == "__main__":
    main()
