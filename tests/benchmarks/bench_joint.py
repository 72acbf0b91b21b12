"""Does the joint evaluation's interval hold the pooled truth? Six hospital files, many runs.

    PYTHONPATH=. python tests/benchmarks/bench_joint.py --runs 100 --out joint.md

One run: new holdout keys, the recipe's stages and the evaluation's in the in-process twin, which
has the same integers and the same noise as the joint computation; the truth is the same number of
all held-out patients together, without noise: macro-F1 of the same classifiers, mean agreement (as
it is, not in quarters), shares of patients by distance. ``--tables`` says which tables are asked;
``--small`` runs a simulated cohort instead, for a check that the benchmark works.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.cohort.inspection import named_layout
from core.cohort.normalisation import normalised
from core.cohort.reading import read
from core.evaluation.agreement import AgreementTable
from core.evaluation.common_totals import parted
from core.evaluation.histograms import distance_shares
from core.evaluation.scores import joint_scores, scores_of
from core.evaluation.stages import CLASSIFIERS, shapes
from core.evaluation.tables import Question, Tables, questions
from core.model.budget import Budget
from core.model.evaluation import JointScores
from core.model.judging import FURTHER, Judging, evaluation_key
from core.model.measurement import Measurement
from core.model.plan import Plan
from core.privacy.calibration import DEFAULT_FAMILY
from core.privacy.holdout import in_holdout
from core.privacy.ledger import Ledger
from core.protocol.plaintext import sample_noise
from core.randomness import NoiseSource, SamplingSource
from core.release.export import load_release
from core.release.table import canonical_values
from core.statistics.statistic import total
from core.study.drafting import Agreement, Seat, draft_plan
from core.synthesis.recipe import sampling_seed
from core.synthesis.registry import recipe_called
from core.worker.calibrating import calibrated, with_split
from core.worker.clock import SystemClock
from core.worker.commands.trial import OpenRecords

#: The real cohorts beside the project.
SHARED = (
    Path(os.environ.get("SYNCOHORT_SHARED", Path(__file__).resolve().parents[3] / "shared"))
    / "data"
)
SHARE = 0.2


@dataclass(frozen=True)
class Hospital:
    """One hospital's records and the codes of its patients."""

    records: OpenRecords
    codes: tuple[str, ...]

    def sides(self, key: bytes) -> tuple[OpenRecords, OpenRecords]:
        """Return training and held-out records."""
        held = np.array([in_holdout(key, code, SHARE) for code in self.codes], dtype=bool)
        return self.records.some(np.flatnonzero(~held)), self.records.some(np.flatnonzero(held))


@dataclass(frozen=True)
class Outcome:
    """One run: of each number whether the truth was in its interval, how wide that was, and the
    truth.
    """

    inside: dict[str, bool]
    width: dict[str, float]
    truth: dict[str, float]


def six_hospitals() -> tuple[list[Hospital], tuple[str, ...], tuple[str, ...]]:
    """Read the six files as hospitals do."""
    cohorts = []
    for path in sorted((SHARED / "tcga-brca-hospitals").glob("*.csv")):
        layout = named_layout(path, label="pam50_subtype", ignored=("er_status",))
        cohorts.append(read(path, layout))
    genes = cohorts[0].genes
    classes = tuple(sorted({label for c in cohorts for label in c.labels if label}))
    hospitals = []
    for cohort in cohorts:
        found = normalised(cohort, genes, classes)
        records = OpenRecords(
            values=found.values, class_index=found.class_index, levels=found.levels
        )
        hospitals.append(Hospital(records, found.identifiers))
    return hospitals, genes, classes


def simulated() -> tuple[list[Hospital], tuple[str, ...], tuple[str, ...]]:
    """Three hospitals of 80 patients, twelve genes, three classes."""
    generator = np.random.default_rng(0)
    hospitals = []
    for number in range(3):
        labels = generator.integers(0, 3, 80)
        values = generator.normal(size=(80, 12)) + 2 * (np.arange(12) % 3 == labels[:, None])
        values = (values - values.mean(1, keepdims=True)) / values.std(1, keepdims=True)
        records = OpenRecords(values=values, class_index=labels, levels=np.full((80, 2), 2.0))
        hospitals.append(Hospital(records, tuple(f"{number}-{i}" for i in range(80))))
    return hospitals, tuple(f"G{i}" for i in range(12)), ("a", "b", "c")


def plan_of(
    genes: tuple[str, ...],
    classes: tuple[str, ...],
    epsilon: float,
    m: int,
    further: tuple[str, ...] = (),
) -> Plan:
    """Return a rehearsal's plan with the joint evaluation."""
    agreement = with_split(
        Agreement(
            study_id="0" * 32,
            title="Benchmark",
            rehearsal=True,
            recipe="moments",
            recipe_parameters=recipe_called("moments").parameters(),
            genes=genes,
            label_name="diagnosis",
            classes=classes,
            budget=Budget(epsilon=epsilon),
            holdout_share=SHARE,
            judging=Judging(evaluation=evaluation_key(*further)),
        )
    )
    made = calibrated(agreement, m, DEFAULT_FAMILY)
    seats = [Seat(name=f"Hospital {i}", has_cohort=True) for i in range(m)]
    return draft_plan(agreement, seats, ["0" * 64] * m, made.stages, made.account.epsilon)


def run(plan: Plan, hospitals: list[Hospital], coins: NoiseSource) -> Outcome:
    """Run the plan once, with new keys."""
    sides = [h.sides(coins.key()) for h in hospitals]
    recipe, done = recipe_called(plan.recipe), ()
    while (stage := recipe.next_stage(plan, done)) is not None:
        vectors = [recipe.local_total(plan, stage, training, done) for training, _ in sides]
        noise = sample_noise(stage.noise, stage.values, coins)
        done = (*done, Measurement(stage=stage, totals=np.sum(vectors, axis=0) + noise))
    n_records = recipe.default_records(plan, done)
    source = SamplingSource(sampling_seed(plan, done))
    table = recipe.fit(plan, done).sample(n_records, source)
    table = replace(table, values=canonical_values(table))
    (stage,) = plan.evaluation_stages
    asked = questions(plan.judging, table)
    statistic = Tables(questions=asked, amount=stage.linf)
    exact = np.sum([total(statistic, stage, held) for _, held in sides], axis=0)
    noise = sample_noise(stage.noise, stage.values, coins)
    found = joint_scores(plan.judging, table, Measurement(stage=stage, totals=exact + noise))
    return judged(plan, found, exact / stage.linf, asked, [held for _, held in sides])


def rehearsed(folder: Path, epsilon: float, further: tuple[str, ...]) -> Outcome:
    """Rehearse with the six files in real processes; hold its scores against its own holdouts."""
    files = sorted((SHARED / "tcga-brca-hospitals").glob("*.csv"))
    cohorts = [word for file in files for word in ("--cohort", str(file))]
    choices = ["--label", "pam50_subtype", "--ignore", "er_status", "--epsilon", f"{epsilon:g}"]
    command = [sys.executable, "-m", "core.cli", "rehearse", *cohorts, *choices]
    command += ["--evaluate", "--no-reports", "--json", "--out", str(folder)]
    command += [word for kind in further for word in ("--also", kind.removesuffix("-1"))]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    scores = JointScores.from_tree(json.loads(done.stdout)["joint"])
    exact, asked, sides = 0, (), []
    for file in files:
        home = folder / file.name.split(".")[0]
        plan = Plan.from_bytes((home / "plan.json").read_bytes())
        asked = asked or questions(plan.judging, load_release(home / "release")[0])
        ledger = Ledger.open(home / "ledger.sqlite", SystemClock())
        key = ledger.cohorts()[0].holdout_key
        ledger.close()
        layout = named_layout(file, label="pam50_subtype", ignored=("er_status",))
        found = normalised(read(file, layout), plan.genes, plan.classes)
        records = OpenRecords(
            values=found.values, class_index=found.class_index, levels=found.levels
        )
        sides.append(Hospital(records, found.identifiers).sides(key)[1])
        (stage,) = plan.evaluation_stages
        exact = exact + total(Tables(questions=asked, amount=stage.linf), stage, sides[-1])
    return judged(plan, scores, exact / stage.linf, asked, sides)


def judged(
    plan: Plan,
    found: JointScores,
    exact: np.ndarray,
    asked: tuple[Question, ...],
    held: list[OpenRecords],
) -> Outcome:
    """Compare joint scores with the exact tables of the same patients."""
    parts = parted(exact, shapes(plan.judging, len(plan.classes)))
    truth = {
        f"{name} macro-F1": float(scores_of(parts[k], 0.0)[1])
        for k, name in enumerate(CLASSIFIERS)
    }
    scores = [found.score(name, "macro-f1") for name in CLASSIFIERS]
    for part, question in zip(parts, asked, strict=True):
        if isinstance(question, AgreementTable):
            shares = [
                np.divide(*question.halves(values, label))
                for records in held
                for values, label in zip(records.values, records.class_index.tolist(), strict=True)
            ]
            truth["agreement"] = float(np.mean(shares))
            scores.append(found.agreement.overall)
        elif found.distances is not None and part.shape[0] == 1:
            closer, further = distance_shares(part, 0.0).tolist()
            truth |= {"closer than half": closer, "beyond the last twentieth": further}
            scores += [found.distances.closer, found.distances.further]
    pairs = list(zip(truth.items(), scores, strict=True))
    return Outcome(
        inside={name: bool(s.low <= value <= s.high) for (name, value), s in pairs},
        width={name: s.high - s.low for (name, _), s in pairs},
        truth=truth,
    )


def main(argv: list[str] | None = None) -> str:
    """Run, say how far it is, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--epsilons", default="1,4")
    parser.add_argument("--tables", choices=("confusion", "all", *FURTHER), default="confusion")
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--rehearsals", type=int, default=0, help="real ones, after the runs")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args(argv)
    hospitals, genes, classes = simulated() if arguments.small else six_hospitals()
    what = (
        f"{len(hospitals)} hospitals, {sum(len(h.codes) for h in hospitals)} patients, "
        f"{len(genes)} genes, {len(classes)} classes, recipe moments, a fifth held out, delta "
        f"1e-06; {arguments.runs} runs each of the in-process twin with the planned noise. "
        f"Tables: {arguments.tables}. Truth in its 95 % interval:"
    )
    lines = ["# Joint evaluation: do the intervals hold the pooled truth?", "", what, ""]
    lines += ["| epsilon | number | inside | mean width | mean truth |", "|---|---|---|---|---|"]
    further = {"confusion": (), "all": FURTHER}.get(arguments.tables, (arguments.tables,))
    for epsilon in map(float, arguments.epsilons.split(",")):
        plan = plan_of(genes, classes, epsilon, max(3, len(hospitals)), further)
        outcomes: list[Outcome] = []
        started = time.monotonic()
        for number in range(arguments.runs):
            outcomes.append(run(plan, hospitals, NoiseSource()))
            inside = {k: sum(o.inside[k] for o in outcomes) for k in outcomes[0].inside}
            spent = f"{time.monotonic() - started:.0f} s"
            print(f"epsilon {epsilon:g}: run {number + 1}, inside {inside}, {spent}", flush=True)
        for name, held in inside.items():
            width, truth = (
                float(np.mean([getattr(o, k)[name] for o in outcomes])) for k in ("width", "truth")
            )
            lines.append(
                f"| {epsilon:g} | {name} | {held} of {len(outcomes)} | {width:.2f} | {truth:.2f} |"
            )
        for number in range(arguments.rehearsals):
            with tempfile.TemporaryDirectory() as folder:
                outcome = rehearsed(Path(folder) / "out", epsilon, further)
            lines.append(f"\nRehearsal {number + 1} at epsilon {epsilon:g}: {outcome}")
            print(lines[-1], flush=True)
    text = "\n".join(lines) + "\n"
    if arguments.out:
        arguments.out.write_text(text)
    print(text)
    return text


if __name__ == "__main__":
    main()
