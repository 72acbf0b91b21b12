"""The usefulness rule, made anew from what the implemented recipes do on open cohorts.

    PYTHONPATH=. python tests/benchmarks/bench_usefulness.py [--repeats 4] [--small]
        [--points FILE.csv] [--out resources/benchmarks/usefulness.md]

Each point is the mean over real 80/20 splits of the macro-F1 ratio (logistic regression and
random forest, trained on synthetic over trained on real records) of one cohort, panel, recipe and
level, through the implemented integers. For each recipe the two constants of
``core.synthesis.usefulness.Rule`` are fitted to all points of three or more classes (two classes
are easier: the rule is not to promise too much), those of ``moments`` with the exponent of the one
without a reference; the error that is reported is that of rules fitted without the cohort they are
tested on. "Promised" are plans whose expectation less that error is .8 or more. ``--points`` keeps
the scores of each split, and goes on and fits again from them where the file exists.
"""

from __future__ import annotations

import argparse
import itertools
import math
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from bench_recipes import CLASSES, SHARED, tables
from bench_recipes import task as cut_task
from scipy.optimize import minimize

from core.model.budget import Budget
from core.privacy.conversion import gaussian_mu
from core.synthesis.usefulness import FAIR_RATIO, Rule
from core.worker.commands.comparing import Judge, split
from core.worker.commands.trial import TrialSettings, run_trial, trial_plan

DELTA = 1e-5
EPSILONS = (0.5, 1.0, 2.0, 4.0, 10.0)
#: Recipe, and which of a task's references it has.
ARMS = (("moments", "labelled"), ("moments", "reference"), ("moments", ""), ("marginals", ""))
NAMES = {"": "", "reference": " with reference", "labelled": " with labelled reference"}


#: A promise of FAIR_RATIO was a false one where less than this came out.
FALSE_RATIO = 0.7
#: What tells one row of the points from another.
KEY = ("cohort", "genes", "recipe", "epsilon", "repeat")


@dataclass(frozen=True, kw_only=True)
class Case:
    """One cohort cut to one panel."""

    cohort: str
    task: object
    classes: tuple[str, ...]
    references: tuple[str, ...]


def read(name, label):
    """Return log2 values and class indices of a shared cohort, unknown labels left out."""
    values = pd.read_csv(SHARED / name / "X.csv.gz", index_col=0)
    labels = pd.read_csv(SHARED / name / "labels.csv", index_col=0)[label]
    labels = labels.reindex(values.index)
    known = labels.notna().to_numpy()
    values, labels = values[known], labels[known].astype(str)
    classes = tuple(sorted(labels.unique()))
    y = labels.map({c: i for i, c in enumerate(classes)}).to_numpy(np.int64)
    return values, y, classes


def cases(small):
    """Return cohorts and panels; a panel is the genes of largest spread in *another* cohort."""
    (tcga, tcga_y), (scanb, scanb_y) = tables()
    scanb_spread = scanb.std().sort_values(ascending=False).index
    there = set(scanb.columns)
    shared = [g for g in scanb_spread if g in set(tcga.columns)]
    tcga_order = shared + [g for g in tcga.columns if g not in there]
    tcga_spread = [g for g in tcga.std().sort_values(ascending=False).index if g in there]
    scanb_order = tcga_spread + [g for g in scanb.columns if g not in set(tcga_spread)]

    def case(cohort, values, y, genes, public, classes):
        table, public_y = (values, None) if public is None else public
        labels = public_y if classes == CLASSES else None
        cut = cut_task(cohort, values, y, genes, table, labels)
        known = () if public is None else ("reference",) if labels is None else tuple(NAMES)
        return Case(cohort=cohort, task=cut, classes=classes, references=known)

    scanb_open, tcga_open = (scanb, scanb_y), (tcga, tcga_y)

    if small:
        yield case("TCGA PAM50", tcga, tcga_y, tcga_order[:50], scanb_open, CLASSES)
        return
    for d in (50, 100, 200, 392):
        yield case("TCGA PAM50", tcga, tcga_y, tcga_order[:d], scanb_open, CLASSES)
    for d in (100, 200, 500, 1000):
        yield case("SCAN-B PAM50", scanb, scanb_y, scanb_order[:d], tcga_open, CLASSES)
    er, er_y, er_classes = read("tcga-brca-merged-469", "er_status")
    for d in (100, 392):
        yield case("TCGA ER", er, er_y, tcga_order[:d], scanb_open, er_classes)
    mix, mix_y, mix_classes = read("tcga-brca-mixomics-220", "subtype")
    genes = [g for g in scanb_spread if g in set(mix.columns)]
    genes += [g for g in mix.columns if g not in set(genes)]
    for d in (50, 200):
        yield case("TCGA mixOmics", mix, mix_y, genes[:d], scanb_open, mix_classes)
    mile, mile_y, mile_classes = read("leukemia-mile-60-array", "type")
    for d in (20, 100):
        yield case("MILE leukaemia", mile, mile_y, list(mile.columns[:d]), None, mile_classes)


def measured(case, repeat, epsilons, known):
    """Return one row for each recipe and level of a case on one real split, if not known yet."""
    records, genes = case.task.records, case.task.genes
    smallest = int(np.bincount(records.class_index).min() * 0.8)
    arms = [a for a in ARMS if not a[1] or a[1] in case.references]
    wanted = [
        (arm, epsilon)
        for arm, epsilon in itertools.product(arms, epsilons)
        if (case.cohort, len(genes), arm[0] + NAMES[arm[1]], epsilon, repeat) not in known
    ]
    if not wanted:
        return
    train, test = split(records, repeat)
    judge = Judge(train, test, len(case.classes))
    for arm, epsilon in wanted:
        plan = trial_plan(
            TrialSettings(
                recipe=arm[0],
                genes=genes,
                classes=case.classes,
                budget=Budget(epsilon=epsilon, delta=DELTA),
                n_max=1000,
                reference=getattr(case.task, arm[1]) if arm[1] else None,
                smallest_class=smallest,
            )
        )
        score = judge.score(arm[0], epsilon, repeat, run_trial(plan, train).synthetic)
        yield {
            "cohort": case.cohort,
            "classes": len(case.classes),
            "genes": len(genes),
            "recipe": arm[0] + NAMES[arm[1]],
            "epsilon": epsilon,
            "repeat": repeat,
            "signal": smallest * gaussian_mu(epsilon, DELTA) / math.sqrt(len(genes)),
            "ratio": score.usefulness,
        }


def fitted(points, exponent=None):
    """Return the constants (J0, exponent) with the least squared error on the points.

    Args:
        points: With signal and ratio.
        exponent: Held at this, if given.
    """
    signal = points["signal"].to_numpy()
    ratio = points["ratio"].clip(0.0, 1.0).to_numpy()

    def loss(logs):
        steep = exponent or math.exp(logs[1])
        rule = Rule(j0=math.exp(logs[0]), exponent=steep, rmse=0.1)
        return float(
            np.mean([(rule.ratio(s) - r) ** 2 for s, r in zip(signal, ratio, strict=True)])
        )

    best = minimize(loss, x0=[math.log(0.7), math.log(0.6)], method="Nelder-Mead")
    return math.exp(best.x[0]), exponent or math.exp(best.x[1])


def averaged(rows):
    """Return one point for each cohort, panel, recipe and level: the mean over its splits."""
    of = ["cohort", "classes", "genes", "recipe", "epsilon", "signal"]
    return rows.groupby(of, sort=False, as_index=False)["ratio"].mean()


def left_out(points, exponent):
    """Return (expected, found) of each point, from the rule fitted without its cohort."""
    pairs = []
    for cohort in points["cohort"].unique():
        rest, left = points[points["cohort"] != cohort], points[points["cohort"] == cohort]
        if rest.empty:
            continue
        j0, steep = fitted(rest, exponent)
        rule = Rule(j0=j0, exponent=steep, rmse=0.1)
        pairs += [(rule.ratio(p.signal), p.ratio) for p in left.itertuples()]
    return pairs


def summary(points):
    """Return the page: constants, errors on cohorts left out, and all points."""
    lines = [
        "| recipe | J0 | exponent | RMSE, cohort left out | expected .8, below .7 | promised |"
    ]
    lines += ["|---|---|---|---|---|---|"]
    hard = points[points["classes"] > 2]
    _, shared = fitted(hard[hard["recipe"] == "moments"])
    for recipe, mine in hard.groupby("recipe", sort=False):
        exponent = shared if recipe.startswith("moments") else None
        left = left_out(mine, exponent)
        j0, exponent = fitted(mine, exponent)
        rmse = math.sqrt(np.mean([(e - min(1.0, r)) ** 2 for e, r in left])) if left else math.nan
        cells = [f"{recipe} | {j0:.2f} | {exponent:.2f} | {rmse:.3f}"]
        for low in (0.0, rmse):
            said = [ratio for expected, ratio in left if expected - low >= FAIR_RATIO]
            cells.append(f"{sum(ratio < FALSE_RATIO for ratio in said)} of {len(said)}")
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", "| cohort | classes | genes | recipe | epsilon | J | ratio |"]
    lines += ["|---|---|---|---|---|---|---|"]
    lines += [
        f"| {p.cohort} | {p.classes} | {p.genes} | {p.recipe} | {p.epsilon:g} | {p.signal:.2f} "
        f"| {p.ratio:.2f} |"
        for p in points.itertuples()
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=4)
    parser.add_argument("--small", action="store_true", help="one cohort, one level: correctness")
    parser.add_argument("--points", type=Path)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    repeats, epsilons = (1, (4.0, 10.0)) if arguments.small else (arguments.repeats, EPSILONS)
    rows = []
    if arguments.points and arguments.points.exists():
        rows = pd.read_csv(arguments.points).to_dict("records")
    found = list(cases(arguments.small))
    for repeat in range(repeats):
        for case in found:
            known = {tuple(row[k] for k in KEY) for row in rows}
            rows += measured(case, repeat, epsilons, known)
            if arguments.points:
                pd.DataFrame(rows).to_csv(arguments.points, index=False)
        print(f"split {repeat + 1} of {repeats}", file=sys.stderr, flush=True)
    points = averaged(pd.DataFrame(rows))
    made = (
        f"delta {DELTA:g}. Made by `python tests/benchmarks/bench_usefulness.py --repeats "
        f"{arguments.repeats}`. Mean of so many real 80/20 splits; n_min is 80 % of the smallest "
        "class."
    )
    text = f"# The usefulness rule on open cohorts\n\n{made}\n\n{summary(points)}"
    print(text)
    if arguments.out:
        arguments.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
