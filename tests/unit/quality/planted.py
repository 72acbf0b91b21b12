"""Generators whose faults are known, made from real patients, and how a report must order them.

    PYTHONPATH=. python tests/unit/quality/planted.py [--genes 500]

judges them on every real cohort beside the project, prints a table for each, and ends with status
1 if a measure orders them wrongly. It takes minutes; ``test_planted.py`` does one cohort. Cohorts
with fewer than 100 training patients are shown and not judged: the honest generator, which is not
private, keeps much of so few patients, and attacks find them rightly.

honest     normal within each class: its own means, one covariance, nothing of a patient's own
copy       the training patients themselves
shuffled   the honest cohort with its labels shuffled
noise      independent standard normal values with labels of the right shares
"""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from core.model.attack import AttackKind
from core.model.quality import QualityReport
from core.model.release import SyntheticCohort
from core.quality.evaluate import Extras, evaluate
from core.quality.pathways import GeneSet

SHARED = Path(os.environ.get("SYNCOHORT_SHARED", Path(__file__).resolve().parents[4] / "shared"))
KINDS = ("honest", "copy", "shuffled", "noise")
LEAST_JUDGED = 100
#: Folder of ../shared/data -> label column, whether the values are counts.
COHORTS = {
    "scanb-brca-400": ("pam50_subtype", False),
    "tcga-brca-merged-469": ("pam50_subtype", False),
    "tcga-brca-mixomics-220": ("subtype", False),
    "tcga-crc-cms-92-counts": ("CMS.Syn", True),
    "golub-all-aml-72-array": ("y", False),
}
#: Measures that see the values only: shuffled labels must not move them.
BLIND_TO_LABELS = (
    "wasserstein",
    "kolmogorov-smirnov",
    "kullback-leibler",
    "mmd-squared",
    "correlation-error",
    "correlation-error-strongest",
    "coexpression-recall",
    "pathway-kolmogorov-smirnov",
)
LOWER = (*BLIND_TO_LABELS[:6], "pathway-kolmogorov-smirnov")
#: recall is not among them: the reach of a noise record is so wide that all patients lie in it.
HIGHER = ("coexpression-recall", "precision", "density", "coverage")
BY_LABEL = ("differential-tpr", "differential-raw-tpr", "statistic-correlation")


@dataclass
class Patients:
    values: np.ndarray
    class_index: np.ndarray


def real_patients(folder: Path, name: str, n_genes: int) -> tuple[Patients, Patients, tuple]:
    """Return training and held-out patients (two to one) on the normalised scale, and classes."""
    label, counts = COHORTS[name]
    values = pd.read_csv(folder / name / "X.csv.gz", index_col=0)
    labels = pd.read_csv(folder / name / "labels.csv", index_col=0)[label]
    labels = labels[labels.notna() & ~labels.index.duplicated()].astype(str)
    values = values.loc[values.index.intersection(labels.index)]
    labels = labels[values.index]
    common = labels.value_counts()
    labels = labels[labels.isin(common[common >= 12].index)]
    x = values.loc[labels.index].to_numpy(dtype=float)
    if counts:
        x = np.log2(1e6 * x / x.sum(axis=1, keepdims=True) + 1)
    x = x[:, np.argsort(-x.var(axis=0), kind="stable")[:n_genes]]
    x = (x - x.mean(axis=1, keepdims=True)) / x.std(axis=1, keepdims=True)
    classes = tuple(sorted(set(labels)))
    index = np.array([classes.index(v) for v in labels])
    order = np.random.default_rng(0).permutation(len(index))
    cut = round(2 * len(order) / 3)
    train, test = (Patients(x[o], index[o]) for o in (order[:cut], order[cut:]))
    return train, test, classes


def generated(kind: str, train: Patients, seed: int = 1) -> Patients:
    """Return as many synthetic patients as there are training patients."""
    rng = np.random.default_rng(seed)
    n, n_genes = train.values.shape
    if kind == "copy":
        order = rng.permutation(n)
        return Patients(train.values[order], train.class_index[order])
    labels = train.class_index[rng.permutation(n)]
    if kind == "noise":
        return Patients(rng.normal(size=(n, n_genes)), labels)
    middle = np.zeros((labels.max() + 1, n_genes))
    for c in np.unique(labels):
        middle[c] = train.values[train.class_index == c].mean(axis=0)
    rest = train.values - middle[train.class_index]
    # Half of the covariance is drawn to the diagonal: no patient's own direction is kept.
    scale = np.sqrt(n / (n - len(np.unique(labels))))
    mixed = rng.normal(size=(n, n)) @ rest / np.sqrt(n)
    own = rng.normal(size=(n, n_genes)) * rest.std(axis=0)
    values = middle[labels] + scale * (np.sqrt(0.5) * mixed + np.sqrt(0.5) * own)
    return Patients(values, rng.permutation(labels) if kind == "shuffled" else labels)


def reports(train: Patients, test: Patients, classes: tuple) -> dict[str, QualityReport]:
    """Return the report of each generator."""
    genes = tuple(f"G{j}" for j in range(train.values.shape[1]))
    sets = tuple(GeneSet(name=f"S{k}", genes=genes[k::7]) for k in range(7))
    found = {}
    for kind in KINDS:
        made = generated(kind, train)
        cohort = SyntheticCohort(
            label_name="class",
            classes=classes,
            genes=genes,
            class_index=made.class_index,
            values=made.values,
        )
        found[kind] = evaluate(train, test, cohort, extras=Extras(gene_sets=sets))
    return found


def misordered(found: dict[str, QualityReport]) -> list[str]:
    """Return what a set of reports gets wrong; empty when every measure orders as it must."""

    def value(kind: str, key: str) -> float:
        return found[kind].measure(key).value or 0.0

    wrong = []

    def require(holds: bool, key: str) -> None:
        if not holds:
            wrong.append(f"{key}: " + ", ".join(f"{k} {value(k, key):.3f}" for k in KINDS))

    for key in LOWER:
        require(value("copy", key) <= value("honest", key) < value("noise", key), key)
    for key in HIGHER:
        require(value("copy", key) >= value("honest", key) > value("noise", key), key)
    require(value("copy", "recall") >= value("honest", "recall"), "recall")
    for key in BLIND_TO_LABELS:
        require(abs(value("shuffled", key) - value("honest", key)) < 1e-9, key)
    for key in BY_LABEL:
        broken = max(value("shuffled", key), value("noise", key))
        require(value("copy", key) >= value("honest", key) > broken, key)
    scores = [s.as_measure().key for s in found["copy"].utility]
    for key in ("usefulness-ratio", *scores):
        broken = max(value("shuffled", key), value("noise", key))
        require(value("honest", key) > broken, key)
        require(value("copy", key) > broken, key)
    require(value("copy", "feature-overlap") == 1.0 > value("honest", "feature-overlap"), "f-o")
    for key in ("discriminator-auroc", "discriminator-f1"):
        require(value("noise", key) > 0.95, key)
        require(max(abs(value(k, key) - 0.5) for k in ("honest", "copy")) < 0.3, key)
    return wrong + _class_by_class(found) + _alarms(found)


def _class_by_class(found: dict[str, QualityReport]) -> list[str]:
    """Within a class shuffled labels are seen by what is blind to them over all patients."""
    far = {
        kind: np.mean([d.mmd_squared for d in r.class_distances if d.mmd_squared is not None])
        for kind, r in found.items()
    }
    ordered = far["copy"] <= far["honest"] < far["shuffled"] < far["noise"]
    return [] if ordered else [f"mmd-squared per class: {far}"]


def _alarms(found: dict[str, QualityReport]) -> list[str]:
    """Every alarm must ring for the copier, and for nobody else."""
    wrong = []
    for attack in found["copy"].attacks:
        if attack.kind is AttackKind.LIKELIHOOD:
            continue  # nothing was opened; see test_likelihood.py
        rest = [a for k in KINDS if k != "copy" for a in found[k].attacks]
        others = [a for a in rest if a.kind is attack.kind]
        if attack.interval.low <= 0.5 or any(a.auroc >= attack.auroc for a in others):
            wrong.append(f"{attack.kind}: copy {attack.auroc:.3f} {attack.interval}")
        wrong += [f"{a.kind} rings: {a.auroc:.3f}" for a in others if a.interval.low > 0.55]
    for key, rings in (("exact-copies", 1.0), ("near-copies", 1.0), ("nearest-distance", 0.0)):
        values = {k: found[k].measure(key).value for k in KINDS}
        if values["copy"] != rings or any(
            abs(v - rings) < 0.5 for k, v in values.items() if k != "copy"
        ):
            wrong.append(f"{key}: {values}")
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--genes", type=int, default=500)
    arguments = parser.parse_args()
    wrong = 0
    print("# Generators whose faults are known, judged on real cohorts\n")
    print("Made by `PYTHONPATH=. python tests/unit/quality/planted.py`.")
    for name in COHORTS:
        train, test, classes = real_patients(SHARED / "data", name, arguments.genes)
        found = reports(train, test, classes)
        sizes = len(train.class_index), len(test.class_index), train.values.shape[1]
        print(f"\n## {name}\n\n{sizes[0]} training and {sizes[1]} held-out patients,", end=" ")
        print(f"{sizes[2]} genes, {len(classes)} classes\n")
        print(f"| measure | {' | '.join(KINDS)} | held-out |")
        print("|---|" + "---|" * (len(KINDS) + 1))
        for measure in found["honest"].all_measures():
            cells = [found[k].measure(measure.key).value for k in KINDS] + [measure.reference]
            shown = " | ".join("–" if v is None else f"{v:.3f}" for v in cells)
            print(f"| {measure.key} | {shown} |")
        if len(train.class_index) < LEAST_JUDGED:
            print("\nToo few training patients to be judged.", flush=True)
            continue
        problems = misordered(found)
        wrong += len(problems)
        print("\n" + ("\n".join(problems) or "Every measure orders them as it must."), flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
