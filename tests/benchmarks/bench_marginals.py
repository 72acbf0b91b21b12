"""How useful the recipe ``marginals`` is on real cohorts, next to real patients.

    python tests/benchmarks/bench_marginals.py [--small] [--repeats 5] [--out FILE]

The joint computation is replaced by its plaintext twin: the product's own statistics, plan check,
calibration and fit, with noise of exactly the planned distribution drawn by numpy. Score: macro-F1
of logistic regression and random forest trained on the synthetic cohort over trained on the real
training patients, both on the same held-out patients (80/20 splits). The reference row is the one
of the design page (generators.md, delta 1e-5).
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import time
from pathlib import Path

import numpy as np
import pandas as pd

from core.model.budget import Budget
from core.model.measurement import Measurement
from core.model.plan import Plan, PlanParty
from core.model.quality import Depth
from core.privacy.calibration import calibrate
from core.quality.tables import Table
from core.quality.utility import FOREST, LOGISTIC, macro_f1, predict
from core.randomness import SamplingSource
from core.synthesis.recipe import Design, sampling_seed
from core.synthesis.registry import recipe_called

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("SYNCOHORT_SHARED", ROOT.parent / "shared")) / "data"
EPSILONS = (1.0, 2.0, 4.0, 10.0)
REFERENCE = {"TCGA": (0.42, 0.54, 0.69, 0.94), "SCAN-B": (0.52, 0.54, 0.67, 0.89)}
RECIPE = recipe_called("marginals")


@dataclasses.dataclass(frozen=True)
class Patients:
    """One cohort on the normalised scale."""

    values: np.ndarray
    class_index: np.ndarray
    classes: tuple[str, ...]

    @property
    def levels(self):
        """Not kept: the recipe of this page does not use them."""
        return np.tile([5.0, 2.0], (len(self.values), 1))

    def take(self, rows):
        return dataclasses.replace(
            self, values=self.values[rows], class_index=self.class_index[rows]
        )

    def table(self):
        return Table(values=self.values, labels=self.class_index)


def patients(values, labels):
    classes = tuple(sorted(set(labels)))
    spread = values.std(axis=1, keepdims=True)
    scaled = (values - values.mean(axis=1, keepdims=True)) / spread
    return Patients(scaled, np.array([classes.index(v) for v in labels]), classes)


def tcga():
    """Six hospital files: 469 patients, 392 genes, four classes."""
    files = sorted((SHARED / "tcga-brca-hospitals").glob("*.csv"))
    table = pd.concat([pd.read_csv(f) for f in files]).dropna(subset=["pam50_subtype"])
    genes = table.drop(columns=["patient", "pam50_subtype", "er_status"])
    return patients(genes.to_numpy(float), table["pam50_subtype"].tolist())


def scanb(n_genes=200):
    """382 patients of four classes; the genes of highest variance (a benchmark may look)."""
    folder = SHARED / "scanb-brca-400"
    values = pd.read_csv(folder / "X.csv.gz", index_col=0)
    labels = pd.read_csv(folder / "labels.csv", index_col=0).loc[values.index, "pam50_subtype"]
    kept = labels.isin(["LumA", "LumB", "Basal", "Her2"])
    genes = values.var().sort_values(ascending=False).index[:n_genes]
    return patients(values.loc[kept, genes].to_numpy(float), labels[kept].tolist())


def simulated():
    """A tenth of the size, for a check that the benchmark itself works."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 150)
    values = rng.normal(size=(150, 30)) + 2 * (np.arange(30) % 3 == labels[:, None])
    return patients(values, [f"class {k}" for k in labels])


def plan_for(cohort: Patients, budget: Budget, n_bins: int = 4) -> Plan:
    n_genes = cohort.values.shape[1]
    parameters = tuple((k, n_bins if k == "bins" else v) for k, v in RECIPE.parameters())
    design = Design(
        n_genes=n_genes,
        n_classes=len(cohort.classes),
        n_max=10_000,
        budget=budget,
        parameters=parameters,
    )
    calibration = calibrate(RECIPE.requests(design), budget, n_max=10_000, n_parties=3)
    plan = Plan(
        study_id="0" * 32,
        title="Benchmark",
        rehearsal=True,
        parties=tuple(
            PlanParty(number=i, name=f"Hospital {i}", has_cohort=True, certificate_sha256="0" * 64)
            for i in range(3)
        ),
        threshold=1,
        recipe=RECIPE.name,
        recipe_parameters=parameters,
        genes=tuple(f"G{j}" for j in range(n_genes)),
        label_name="label",
        classes=cohort.classes,
        normalisation="zscore",
        n_max=10_000,
        holdout_share=0.2,
        budget=budget,
        epsilon_accounted=calibration.account.epsilon,
        patient_multiplicity=1,
        n_records=None,
        sampler=0,
        stages=calibration.stages,
    )
    RECIPE.check_plan(plan)
    return plan


def measured(plan: Plan, cohort: Patients, rng) -> tuple[Measurement, ...]:
    """The plaintext twin: exact totals plus multi-scale binomial noise."""
    found: list[Measurement] = []
    while (stage := RECIPE.next_stage(plan, found)) is not None:
        exact = RECIPE.local_total(plan, stage, cohort, found)
        noise = sum(
            w * (2 * rng.binomial(n, 0.5, stage.values) - n) for w, n in stage.noise.levels
        )
        found.append(Measurement(stage=stage, totals=exact + (noise // 2).astype(np.int64)))
    return tuple(found)


def score(train: Table, test: Patients) -> np.ndarray:
    """Macro-F1 of both classifiers; 0 for a training set with one class."""
    scores = []
    for kind in (LOGISTIC, FOREST):
        said = predict(kind, train, test.table(), len(test.classes), Depth.FULL)
        truth = test.class_index
        scores.append(macro_f1(truth, said.labels, len(test.classes)) if said else 0.0)
    return np.array(scores)


def ratios(cohort: Patients, epsilons, repeats: int, delta: float) -> dict[float, list[float]]:
    plans = {e: plan_for(cohort, Budget(epsilon=e, delta=delta)) for e in epsilons}
    found: dict[float, list[float]] = {e: [] for e in epsilons}
    for r in range(repeats):
        rng = np.random.default_rng(r)
        order = rng.permutation(len(cohort.class_index))
        n_test = len(order) // 5
        test, train = cohort.take(order[:n_test]), cohort.take(order[n_test:])
        real = score(train.table(), test)
        for epsilon, plan in plans.items():
            found[epsilon].append(float((score(made(plan, train, rng), test) / real).mean()))
    return found


def made(plan: Plan, train: Patients, rng) -> Table:
    """The table that a study of this plan would release."""
    opened = measured(plan, train, rng)
    n_records = RECIPE.default_records(plan, opened)
    source = SamplingSource(sampling_seed(plan, opened))
    drawn = RECIPE.fit(plan, opened).sample(n_records, source)
    return Table(values=drawn.values, labels=drawn.class_index)


def row(name: str, cells) -> str:
    return f"| {name} | " + " | ".join(cells) + " |"


def main(arguments: list[str] | None = None) -> str:
    parser = argparse.ArgumentParser()
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args(arguments)
    cohorts = {"simulated": simulated} if chosen.small else {"TCGA": tcga, "SCAN-B": scanb}
    epsilons = (10.0,) if chosen.small else EPSILONS
    lines = [
        "# Usefulness of the recipe `marginals` on real cohorts",
        "",
        (
            "Made by `python tests/benchmarks/bench_marginals.py --repeats 8 --out "
            "resources/benchmarks/marginals.md`: the product's statistics, calibration (noise "
            "family N = 400), plan check and fit, with planned noise added in the clear. Mean of "
            "the macro-F1 ratios (synthetic over real) of logistic regression and random forest, "
            f"{chosen.repeats} random 80/20 splits, in brackets the standard deviation."
        ),
        "",
        row("cohort, delta", [f"epsilon {e:g}" for e in epsilons]),
        row("---", ["---"] * len(epsilons)),
    ]
    for name, load in cohorts.items():
        cohort = load()
        size = f"n {len(cohort.class_index)}, d {cohort.values.shape[1]}"
        for delta in (1e-5, 1e-6):
            start = time.perf_counter()
            found = ratios(cohort, epsilons, chosen.repeats, delta)
            cells = [f"{np.mean(v):.2f} ({np.std(v):.2f})" for v in found.values()]
            lines.append(row(f"{name} PAM50-4, {size}, delta {delta:g}", cells))
            print(lines[-1], f"{time.perf_counter() - start:.0f} s", flush=True)
        if name in REFERENCE:
            lines.append(row(f"{name}, design page", [f"{v:.2f}" for v in REFERENCE[name]]))
    text = "\n".join(lines) + "\n"
    if chosen.out:
        chosen.out.write_text(text)
    return text


if __name__ == "__main__":
    main()
