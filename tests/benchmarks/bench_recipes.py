"""The recipes on real cohorts, through the implemented statistics, integer noise and models.

    PYTHONPATH=. python tests/benchmarks/bench_recipes.py [--repeats 10] [--only NAME] [--small]
        [--arms "NAME;NAME"] [--scores FILE.csv] [--out resources/benchmarks/recipes.md]

Cohorts: TCGA-BRCA (392 genes) with SCAN-B as public reference, SCAN-B (200 genes of largest
spread in TCGA, and 1,000 genes) with TCGA as reference; four PAM50 classes; delta 1e-5; real 80/20
splits. The numbers: mean over repeats of the macro-F1 ratio (logistic regression and random
forest), co-expression above |r| .3 on both scales beside a held-out real sample's, and
differential expression from the measurements (BH 5 %) against a rank-sum test on all real records.
Beside them the targets of issue 5, and what the labelled public reference alone would reach.
``--scores`` keeps each score, and goes on where a run was broken off.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from dataclasses import asdict, dataclass, fields
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
from pairs import Pairs, columns, pairs_of, read_columns
from pairs import table as pairs_table

from core.cohort.normalisation import levelled_record
from core.model.budget import Budget
from core.model.cohort import Scale
from core.quality.biology import differing
from core.randomness import SamplingSource
from core.synthesis.moments.public import public_alone
from core.synthesis.reference.file import build_reference
from core.synthesis.registry import recipe_called
from core.worker.commands.comparing import PUBLIC_ALONE, Judge, Score, split, summarised
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
    (PUBLIC_ALONE, "", "labelled"),
)
#: Issue 5: usefulness at epsilon 1, 2, 4, 10 (none more than .03 below), recall of differential
#: expression from the measurements at epsilon 1, 4, 10, and of co-expression at epsilon 4.
TARGETS = {
    ("TCGA, 392 genes", "moments, with reference"): (0.68, 0.82, 0.95, 1.0),
    ("TCGA, 392 genes", "moments"): (0.60, 0.74, 0.87, 0.99),
    ("SCAN-B, 200 genes", "moments, with reference"): (0.65, 0.83, 0.93, 0.94),
    ("SCAN-B, 200 genes", "moments"): (0.55, 0.70, 0.85, 0.92),
    ("SCAN-B, 1,000 genes", "moments, with reference"): (None, None, 0.84, 0.95),
    ("SCAN-B, 1,000 genes", "moments"): (None, None, 0.75, 0.90),
}
#: Issue 5: recall of co-expression at epsilon 4 and at which precision; recall of differential
#: expression from the measurements at epsilon 1, 4 and 10 (generators.md), precision .95.
CO_EXPRESSION = {"TCGA, 392 genes": (0.37, 0.9), "SCAN-B, 200 genes": (0.68, 0.9)}
DIFFERENTIAL = {"TCGA, 392 genes": {1.0: 0.0, 4.0: 0.16, 10.0: 0.46}}
#: Names and types of what a score holds: recipe, epsilon, repeat, then figures.
WRITTEN = {f.name: f.type for f in fields(Score)}
HELD_OUT = "held-out real patients"
#: How far below its target a figure may lie.
SLACK = 0.03


ABOUT = (
    "Made by `tests/benchmarks/bench_recipes.py` through the implemented integers. Fresh noise in",
    "each run: at epsilon 1 another run differs by .03 and more. Beside each recipe with a public",
    "reference stands what the labelled public data alone reach: where a recipe is not clearly",
    "above it, the private patients add little. What did not help is in decision note 019.",
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


@dataclass(frozen=True, kw_only=True)
class Found:
    """One score, what the table of differences found (hits, truths, false finds), and pairs.

    Those of a held-out real sample have a score of nothing.
    """

    task: str
    score: Score
    counted: tuple[int, int, int]
    pairs: Pairs


def run(one: Task, repeats: int, arms, epsilons, known, keep) -> None:
    """Run the arms of one task and hand each score that is not known yet to ``keep``."""
    y = one.records.class_index
    truth = {
        (a, b): differing(one.records.values[y == a], one.records.values[y == b])
        for a, b in combinations(range(len(CLASSES)), 2)
    }
    wanted = [
        (arm, recipe, public, epsilon)
        for arm, recipe, public in arms
        for epsilon in (epsilons if recipe else (0.0,))
    ]
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
        for arm, recipe, public, epsilon in wanted
        if recipe
    }
    for repeat in range(repeats):
        missing = [w for w in wanted if (one.name, w[0], w[3], repeat) not in known]
        if not missing:
            continue
        train, test = split(one.records, repeat)
        judge = Judge(train, test, len(CLASSES))
        if (one.name, HELD_OUT, 0.0, repeat) not in known:
            pairs = pairs_of(train, test)
            scores = dict.fromkeys(list(WRITTEN)[3:], 0.0)
            score = Score(recipe=HELD_OUT, epsilon=0.0, repeat=repeat, **scores)
            keep(Found(task=one.name, score=score, counted=(0, 0, 0), pairs=pairs))
        for arm, _, _, epsilon in missing:
            counted = (0, 0, 0)
            if (arm, epsilon) in plans:
                plan = plans[arm, epsilon]
                result = run_trial(plan, train)
                made = result.synthetic
                table = recipe_called(plan.recipe).differences(plan, result.measurements)
                if table is not None:
                    counted = found_by(table, truth)
            else:
                model = public_alone(one.labelled, one.genes, CLASSES)
                made = model.sample(len(train.values), SamplingSource(repeat))
            score = judge.score(arm, epsilon, repeat, made)
            pairs = pairs_of(train, made)
            keep(Found(task=one.name, score=score, counted=counted, pairs=pairs))
        print(f"{one.name}: split {repeat + 1} of {repeats}", file=sys.stderr, flush=True)


def read_scores(path):
    """Return the scores of an earlier run."""
    if path is None or not path.exists():
        return []
    kinds = WRITTEN
    kept = []
    for row in pd.read_csv(path).to_dict("records"):
        values = {k: str(row[k]) if kinds[k] == "str" else row[k] for k in kinds}
        counted = (row["hits"], row["truths"], row["falses"])
        score, pairs = Score(**values), read_columns(row)
        kept.append(Found(task=row["task"], score=score, counted=counted, pairs=pairs))
    return kept


def write_scores(path, found) -> None:
    """Write all scores so far."""
    pd.DataFrame(
        {
            "task": f.task,
            **asdict(f.score),
            **dict(zip(("hits", "truths", "falses"), f.counted, strict=True)),
            **columns(f.pairs),
        }
        for f in found
    ).to_csv(path, index=False)


def page(name, found) -> list[str]:
    """Return the lines of one task: scores, targets, differences from the measurements."""
    order = [*(arm for arm, _, _ in ARMS), HELD_OUT]
    found = sorted(found, key=lambda f: (order.index(f.score.recipe), f.score.epsilon))
    scores = [f.score for f in found if f.score.recipe != HELD_OUT]
    splits = 1 + max(s.repeat for s in scores)
    lines = [f"## {name}", "", f"{splits} real splits.", "", summarised(scores)]
    against = []
    for arm in order:
        for epsilon, target in zip(EPSILONS, TARGETS.get((name, arm), ()), strict=False):
            mine = [s.usefulness for s in scores if (s.recipe, s.epsilon) == (arm, epsilon)]
            if target is not None and mine:
                reached = float(np.mean(mine))
                error = float(np.std(mine)) / max(1, len(mine) - 1) ** 0.5
                said = "reached" if reached >= target else "within .03"
                said = said if reached >= target - SLACK else "MISSED"
                row = f"{target:.2f} | {reached:.3f} ({error:.3f}) | {said}"
                against.append(f"| {arm} | {epsilon:g} | {row} |")
    if against:
        lines += ["| recipe | epsilon | target | usefulness (standard error) | |"]
        lines += ["|---|---|---|---|---|", *against, ""]
    lines += ["Pairs above .3 of the training records: recall / precision, and recall where it is"]
    lines += ["read at the edge that leaves precision .9."]
    if name in CO_EXPRESSION:
        recall, precision = CO_EXPRESSION[name]
        arm = "moments, with reference"
        mine = [f.pairs.log2[2] for f in found if (f.score.recipe, f.score.epsilon) == (arm, 4.0)]
        reached = f"; reached is {np.mean(mine):.2f}" if mine else ""
        text = f"Recall {recall:.2f} at precision {precision:.2f} is the target with reference at"
        lines += [f"{text} epsilon 4, on log2{reached}."]
    keys = dict.fromkeys((f.score.recipe, f.score.epsilon) for f in found)
    rows = [
        (*key, [f.pairs for f in found if (f.score.recipe, f.score.epsilon) == key])
        for key in keys
    ]
    lines += ["", *pairs_table(rows), ""]
    lines += ["Differential expression from the measurements:", ""]
    for arm, epsilon in dict.fromkeys((s.recipe, s.epsilon) for s in scores):
        mine = [f.counted for f in found if (f.score.recipe, f.score.epsilon) == (arm, epsilon)]
        hits, truths, falses = np.sum(mine, axis=0)
        if truths:
            precision = f"{hits / (hits + falses):.3f}" if hits + falses else "nothing found"
            recall = f"{hits / truths:.2f}"
            wanted = DIFFERENTIAL.get(name, {}).get(epsilon)
            if wanted is not None:
                recall += f" (target {wanted:.2f})"
            lines.append(f"* {arm}, epsilon {epsilon:g}: recall {recall}, precision {precision}")
    return [*lines, ""]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--only", default="")
    parser.add_argument("--arms", default=";".join(a for a, _, _ in ARMS), help="joined by ;")
    parser.add_argument("--small", action="store_true", help="one split, one level: correctness")
    parser.add_argument("--scores", type=Path)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    repeats, epsilons = (1, (10.0,)) if arguments.small else (arguments.repeats, EPSILONS)
    arms = [a for a in ARMS if a[0] in arguments.arms.split(";")]
    begun = time.monotonic()
    found = read_scores(arguments.scores)

    def keep(one: Found) -> None:
        found.append(one)
        if arguments.scores:
            write_scores(arguments.scores, found)

    for one in tasks():
        if arguments.only in one.name:
            known = {(f.task, f.score.recipe, f.score.epsilon, f.score.repeat) for f in found}
            run(one, repeats, arms, epsilons, known, keep)
    text = ["# Recipes on real cohorts", "", f"delta {DELTA:g}, real splits (80/20).", ""]
    text += [*ABOUT, ""]
    for name in dict.fromkeys(f.task for f in found):
        text += page(name, [f for f in found if f.task == name])
    written = "\n".join(text)
    print(written)
    print(f"{time.monotonic() - begun:.0f} s", file=sys.stderr)
    if arguments.out:
        arguments.out.write_text(written, encoding="utf-8")


if __name__ == "__main__":
    main()
