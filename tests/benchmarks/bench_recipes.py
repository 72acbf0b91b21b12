"""The recipes on real cohorts, through the implemented statistics, integer noise and models.

    PYTHONPATH=. python tests/benchmarks/bench_recipes.py [--repeats 10] [--only NAME] [--small]
        [--out resources/benchmarks/recipes.md]

Cohorts: TCGA-BRCA (392 genes) with SCAN-B as public reference, SCAN-B (200 genes of largest
spread in TCGA, and 1,000 genes) with TCGA as reference; four PAM50 classes; delta 1e-5; real 80/20
splits. The numbers: mean over repeats of the macro-F1 ratio (logistic regression and random
forest), co-expression above |r| .3, and differential expression from the measurements (BH 5 %)
against a rank-sum test on all real records.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd

from core.cohort.normalisation import levelled_record
from core.model.budget import Budget
from core.model.cohort import Scale
from core.quality.biology import differing
from core.synthesis.reference.file import build_reference
from core.synthesis.registry import recipe_called
from core.worker.commands.comparing import Judge, Score, split, summarised
from core.worker.commands.trial import OpenRecords, TrialSettings, run_trial, trial_plan

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("SYNCOHORT_SHARED", ROOT.parent / "shared")) / "data"
DELTA = 1e-5
EPSILONS = (1.0, 2.0, 4.0, 10.0)
CLASSES = ("Luminal A", "Luminal B", "Basal-like", "HER2-enriched")
SCANB_NAMES = {"LumA": 0, "LumB": 1, "Basal": 2, "Her2": 3}
#: Name, recipe, and which of a task's references it has.
ARMS = (
    ("moments, labelled reference", "moments", "labelled"),
    ("moments, with reference", "moments", "reference"),
    ("moments", "moments", ""),
    ("marginals", "marginals", ""),
)


@dataclass(frozen=True, kw_only=True)
class Task:
    """One private cohort, its panel and the public cohort beside it."""

    name: str
    records: OpenRecords
    genes: tuple[str, ...]
    reference: object
    labelled: object


def tables():
    """Return the two cohorts as data frames on the log2 scale, with class indices."""
    tcga = pd.read_csv(SHARED / "tcga-brca-merged-469" / "X.csv.gz", index_col=0)
    labels = pd.read_csv(SHARED / "tcga-brca-merged-469" / "labels.csv", index_col=0)
    tcga_y = labels.loc[tcga.index, "pam50_subtype"].map({c: i for i, c in enumerate(CLASSES)})
    scanb = pd.read_csv(SHARED / "scanb-brca-400" / "X.csv.gz", index_col=0)
    labels = pd.read_csv(SHARED / "scanb-brca-400" / "labels.csv", index_col=0)
    scanb_y = labels.loc[scanb.index, "pam50_subtype"].map(SCANB_NAMES)
    known = scanb_y.notna().to_numpy()
    return (tcga, tcga_y.to_numpy(np.int64)), (scanb[known], scanb_y[known].to_numpy(np.int64))


def task(name, private, y, genes, public, public_y=None):
    """Normalise the private cohort record by record and cut the public one to the panel."""
    raw = private[list(genes)].to_numpy(np.float64)
    found = [levelled_record(r, scale=Scale.LOG, library_size=0.0) for r in raw]
    panel = tuple(genes)
    labels = () if public_y is None else [CLASSES[i] for i in public_y]
    plain, labelled = (
        build_reference(
            public.to_numpy(np.float64),
            tuple(public.columns),
            title="benchmark",
            provenance="shared data",
            licence="as stated there",
            source_sha256="0" * 64,
            labels=named,
        ).for_panel(panel)
        for named in ((), labels)
    )
    records = OpenRecords(
        values=np.stack([f.values for f in found]),
        class_index=y,
        levels=np.array([(f.level, f.spread) for f in found]),
    )
    return Task(name=name, records=records, genes=panel, reference=plain, labelled=labelled)


def tasks():
    """Return the three tasks of the issue."""
    (tcga, tcga_y), (scanb, scanb_y) = tables()
    there = set(scanb.columns)
    shared = [g for g in tcga.columns if g in there]
    by_spread = tcga[shared].std().sort_values(ascending=False).index
    others = [g for g in scanb.columns if g not in set(shared)]
    thousand = shared + others[: 1000 - len(shared)]
    yield task("TCGA, 392 genes", tcga, tcga_y, tcga.columns, scanb, scanb_y)
    yield task("SCAN-B, 200 genes", scanb, scanb_y, by_spread[:200], tcga, tcga_y)
    yield task("SCAN-B, 1,000 genes", scanb, scanb_y, thousand, tcga, tcga_y)


def found_by(differences, truth):
    """Count hits, truths and false finds of the table of differences, directions apart."""
    hits = falses = 0
    for k, pair in enumerate(differences.pairs):
        low = differences.adjusted_p[k] < 0.05
        effect = differences.effect[k]
        found = np.stack([low & (effect > 0), low & (effect < 0)])
        hits += int((found & truth[pair]).sum())
        falses += int((found & ~truth[pair]).sum())
    return hits, sum(int(t.sum()) for t in truth.values()), falses


def run(one: Task, repeats: int, epsilons) -> tuple[list[Score], list[str]]:
    """Run all arms of one task; returns the scores and lines about differential expression."""
    y = one.records.class_index
    truth = {
        (a, b): differing(one.records.values[y == a], one.records.values[y == b])
        for a, b in combinations(range(len(CLASSES)), 2)
    }
    scores, counted = [], {}
    plans = {
        (arm, epsilon): trial_plan(
            TrialSettings(
                recipe=recipe,
                genes=one.genes,
                classes=CLASSES,
                budget=Budget(epsilon=epsilon, delta=DELTA),
                n_max=1000,
                reference=getattr(one, public) if public else None,
            )
        )
        for arm, recipe, public in ARMS
        for epsilon in epsilons
    }
    for repeat in range(repeats):
        train, test = split(one.records, repeat)
        judge = Judge(train, test, len(CLASSES))
        for (arm, epsilon), plan in plans.items():
            result = run_trial(plan, train)
            scores.append(judge.score(arm, epsilon, repeat, result.synthetic))
            table = recipe_called(plan.recipe).differences(plan, result.measurements)
            if table is not None:
                total = np.array(found_by(table, truth))
                counted[arm, epsilon] = counted.get((arm, epsilon), 0) + total
        print(f"{one.name}: split {repeat + 1} of {repeats}", file=sys.stderr, flush=True)
    scores.sort(key=lambda s: ([a for a, _, _ in ARMS].index(s.recipe), s.epsilon))
    lines = [
        f"{arm}, epsilon {epsilon:g}: recall {hits / truths:.2f}, "
        f"precision {hits / max(1, hits + falses):.3f}"
        for (arm, epsilon), (hits, truths, falses) in counted.items()
    ]
    return scores, lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--only", default="")
    parser.add_argument("--small", action="store_true", help="one split, one level: correctness")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    repeats, epsilons = (1, (10.0,)) if arguments.small else (arguments.repeats, EPSILONS)
    begun = time.monotonic()
    text = [
        "# Recipes on real cohorts",
        "",
        f"delta {DELTA:g}, {repeats} real splits (80/20).",
        "",
    ]
    for one in tasks():
        if arguments.only in one.name:
            scores, lines = run(one, repeats, epsilons)
            text += [f"## {one.name}", "", summarised(scores)]
            text += ["Differential expression from the measurements:", ""]
            text += [f"* {line}" for line in lines]
            text.append("")
    written = "\n".join(text)
    print(written)
    print(f"{time.monotonic() - begun:.0f} s", file=sys.stderr)
    if arguments.out:
        arguments.out.write_text(written, encoding="utf-8")


if __name__ == "__main__":
    main()
