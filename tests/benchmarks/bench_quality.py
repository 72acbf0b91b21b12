"""What a local report takes, step by step, and each measure beside another implementation of it.

    PYTHONPATH=. python tests/benchmarks/bench_quality.py [--small] [--out FILE.md]

Simulated patients: five classes, factors that genes share. The other implementation is scipy's,
scikit-learn's or numpy's own, called as their users would, in the same run on the same tables; the
last column is the largest difference of the two results. One thread for linear algebra, as in a
report; forests use two cores.
"""

from __future__ import annotations

import argparse
import itertools
import os
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy import stats
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.neighbors import NearestNeighbors
from threadpoolctl import threadpool_limits

from core.model.release import SyntheticCohort
from core.quality import biology, intervals, jointly, resemblance, scores
from core.quality.attacks import closeness, density, roc
from core.quality.evaluate import Extras, evaluate
from core.quality.pathways import GeneSet

N_CLASSES = 5
N_SETS = 50


class Patients:
    """Records as a report wants them."""

    def __init__(self, n: int, n_genes: int, seed: int) -> None:
        rng, fixed = np.random.default_rng(seed), np.random.default_rng(99)
        middle = 0.3 * fixed.normal(size=(N_CLASSES, n_genes))
        factors = 0.3 * fixed.normal(size=(10, n_genes))
        self.class_index = rng.integers(0, N_CLASSES, n)
        own = rng.normal(size=(n, n_genes)) + rng.normal(size=(n, 10)) @ factors
        self.values = own + middle[self.class_index]


def steps(n: int, n_genes: int) -> list[tuple[str, float, float]]:
    """Return each step of a whole report of n patients: seconds on the clock, and of a core."""
    train, holdout = Patients(n - n // 5, n_genes, 1), Patients(n // 5, n_genes, 2)
    made = Patients(n, n_genes, 3)
    genes = tuple(f"G{j}" for j in range(n_genes))
    cohort = SyntheticCohort(
        label_name="class",
        classes=tuple("ABCDE"),
        genes=genes,
        class_index=made.class_index,
        values=made.values,
    )
    sets = tuple(GeneSet(name=f"S{k}", genes=genes[k::N_SETS]) for k in range(N_SETS))
    marks: list[tuple[str, float, float]] = []
    evaluate(
        train,
        holdout,
        cohort,
        extras=Extras(gene_sets=sets),
        progress=lambda step, _done, _total: marks.append(
            (step, time.perf_counter(), time.process_time())
        ),
    )
    return [(a[0], b[1] - a[1], b[2] - a[2]) for a, b in itertools.pairwise(marks)]


def timed(work: Callable[[], object]) -> tuple[float, object]:
    """Return seconds and result."""
    started = time.perf_counter()
    found = work()
    return time.perf_counter() - started, found


def pairs(n: int, n_genes: int) -> list[tuple[str, Callable[[], object], Callable[[], object]]]:
    """Return each measure and its other implementation on tables of n records."""
    one, other = Patients(n, n_genes, 1), Patients(n, n_genes, 2)
    a, b = one.values, other.values
    few, few_b = a[:2000], b[:2000]
    first, second = (a[one.class_index == c] for c in (0, 1))
    truth = one.class_index == 0
    told = np.where(truth, 1.0, 0.0) + np.random.default_rng(3).normal(size=n)
    weights = intervals.draws(n)[: 501 if n > 1000 else 20]
    white = few[:, :10] / few[:, :10].std(axis=0)

    def by_histogram() -> list[float]:
        found = []
        for j in range(n_genes):
            ends = min(a[:, j].min(), b[:, j].min()), max(a[:, j].max(), b[:, j].max())
            p, q = (np.histogram(x[:, j], 49, ends)[0] / len(x) + 1e-10 for x in (a, b))
            found.append(float(stats.entropy(p, q)))
        return found

    def by_kernel() -> float:
        own, theirs, cross = rbf_kernel(few), rbf_kernel(few_b), rbf_kernel(few, few_b)
        n_few = len(few)
        within = (own.sum() + theirs.sum() - 2 * n_few) / (n_few * (n_few - 1))
        return float(within - 2 * cross.mean())

    def by_neighbours() -> float:
        reach = NearestNeighbors(n_neighbors=5).fit(few).kneighbors()[0][:, -1]
        nearest = NearestNeighbors(n_neighbors=1).fit(few_b).kneighbors(few)[0][:, 0]
        return float((nearest < reach).mean())

    def by_repetition() -> list[tuple[float, float]]:
        rows = [np.repeat(np.arange(n), w.astype(int)) for w in weights]
        return [
            (roc_auc_score(truth[r], told[r]), average_precision_score(truth[r], told[r]))
            for r in rows
        ]

    def p_values() -> list[object]:
        return [
            stats.mannwhitneyu(first, second, alternative=side, method="asymptotic", axis=0).pvalue
            for side in ("greater", "less")
        ]

    return [
        (
            "Wasserstein, all genes",
            lambda: resemblance.wasserstein_sd(a, b) * a.std(axis=0),
            lambda: np.abs(np.sort(a, axis=0) - np.sort(b, axis=0)).mean(axis=0),
        ),
        (
            "Kolmogorov-Smirnov, all genes",
            lambda: resemblance.kolmogorov(a, b),
            lambda: [stats.ks_2samp(a[:, j], b[:, j]).statistic for j in range(n_genes)],
        ),
        ("Kullback-Leibler, all genes", lambda: resemblance.kullback_leibler(a, b), by_histogram),
        ("correlations", lambda: resemblance.correlations(a), lambda: np.corrcoef(a.T)),
        (
            "squared MMD, 2,000 records",
            lambda: jointly.mmd_squared(jointly.Distances.of(few, few_b), n_genes),
            by_kernel,
        ),
        (
            "coverage (precision, recall, density with it), 2,000 records",
            lambda: jointly.overlap(jointly.Distances.of(few, few_b)).coverage,
            by_neighbours,
        ),
        (
            "Wilcoxon, one pair of classes, both directions",
            lambda: biology.rank_sums(first, second),
            p_values,
        ),
        (
            "nearest distances",
            lambda: closeness.nearest(a, b),
            lambda: NearestNeighbors(n_neighbors=1).fit(b).kneighbors(a)[0][:, 0],
        ),
        (
            "log density on ten axes, 2,000 records",
            lambda: density.log_density(white, white),
            lambda: stats.gaussian_kde(white.T, bw_method=_same_width(white)).logpdf(white.T),
        ),
        (
            "AUROC and AUPR of 501 draws",
            lambda: np.stack(scores.areas(weights, truth, told), axis=1),
            by_repetition,
        ),
        (
            "AUROC with DeLong's interval",
            lambda: roc.auroc(told[truth], told[~truth])[0],
            lambda: roc_auc_score(truth, told),
        ),
    ]


def _same_width(white: np.ndarray) -> Callable[[object], float]:
    """Scott's width on the records' own covariance: whiten first, so that both are the same."""
    root = np.linalg.cholesky(np.linalg.inv(np.cov(white.T)))
    white[:] = (white - white.mean(axis=0)) @ root
    return lambda kde: kde.scotts_factor()


def page(*, small: bool) -> str:
    """Measure and return the page."""
    sizes = ((120, 60),) if small else ((1_000, 1_000), (5_000, 1_000))
    lines = [
        "# What a local report takes",
        "",
        "Made by `PYTHONPATH=. python tests/benchmarks/bench_quality.py`, "
        f"Python {platform.python_version()}, {os.cpu_count()} cores"
        + (f", load {os.getloadavg()[0]:.1f} before it." if hasattr(os, "getloadavg") else "."),
        f"Simulated patients of five classes, a fifth held out, as many synthetic, {N_SETS} sets.",
        "Seconds on the clock, and seconds of a core, which other programs do not change.",
        "",
        "| step | " + " | ".join(f"{n:,} x {p:,}" for n, p in sizes) + " |",
        "|---|" + "---|" * len(sizes),
    ]
    columns = [steps(n, p) for n, p in sizes]
    for k, step in enumerate(columns[0]):
        cells = [f"{c[k][1]:.1f} ({c[k][2]:.1f})" for c in columns]
        lines.append(f"| {step[0]} | " + " | ".join(cells) + " |")
    totals = [f"**{sum(s[1] for s in c):.1f} ({sum(s[2] for s in c):.1f})**" for c in columns]
    lines.append("| **whole report** | " + " | ".join(totals) + " |")
    n, p = sizes[-1]
    lines += [
        "",
        "## Each measure beside another implementation",
        "",
        f"Tables of {n:,} x {p:,}, one thread.",
        "",
        "| measure | here, s | other, s | largest difference |",
        "|---|---|---|---|",
    ]
    with threadpool_limits(1):
        for name, ours, theirs in pairs(n, p):
            if name.startswith("log density"):
                theirs_s, expected = timed(theirs)  # whitens the records for both
                ours_s, found = timed(ours)
            else:
                ours_s, found = timed(ours)
                theirs_s, expected = timed(theirs)
            gap = float(np.abs(np.asarray(found) - np.asarray(expected)).max())
            lines.append(f"| {name} | {ours_s:.2f} | {theirs_s:.2f} | {gap:.1e} |")
    return "\n".join(lines) + "\n"


def main(argv: list[str] | None = None) -> str:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="a size that the tests run")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args(argv)
    text = page(small=arguments.small)
    if arguments.out:
        arguments.out.write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    return text


if __name__ == "__main__":
    main()
