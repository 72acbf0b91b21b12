"""When does it pay to choose among settings? Each setting alone against the best of two and three.

    PYTHONPATH=. python tests/benchmarks/bench_candidates.py --runs 12 --out candidates.md

Six hospital files in the in-process twin, with the integers and the noise of the joint
computation. One run: new holdout keys, the same for all plans; each setting alone at the whole
budget, then plans that choose among the first two and all three. The truth is the mean macro-F1 of
the evaluation's classifiers, trained on the released table, on all held-out patients together,
without noise. ``--small`` runs a simulated cohort instead, for a check that the benchmark works.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.cohort.narrowing import narrowed
from core.cohort.normalisation import TrainingRecords
from core.evaluation.scores import joint_scores, scores_of
from core.evaluation.selecting import selection
from core.evaluation.stages import CLASSIFIERS
from core.evaluation.tables import local_total
from core.model.budget import Budget
from core.model.candidate import CandidateWish
from core.model.judging import CONFUSION, Judging
from core.model.measurement import Measurement
from core.model.plan import Plan
from core.privacy.calibration import DEFAULT_FAMILY
from core.protocol.plaintext import sample_noise
from core.randomness import NoiseSource, SamplingSource
from core.study.drafting import Agreement, Seat, draft_plan
from core.synthesis.registry import recipe_called
from core.synthesis.settings import settings_of
from core.worker.calibrating import calibrated, with_candidates, with_split
from core.worker.runs.local_totals import LocalTotals

sys.path.append(str(Path(__file__).resolve().parent))

from bench_joint import SHARE, Hospital, simulated, six_hospitals


@dataclass(frozen=True)
class Outcome:
    """One run: the exact and the stated mean macro-F1 of the released table, in how many of the
    classifiers' intervals the truth was, and the number of the released setting.
    """

    truth: float
    stated: float
    inside: int
    number: int


def settings_for(n_genes: int) -> tuple[CandidateWish, ...]:
    """Return what somebody might want to compare: the default, fewer genes, the other recipe."""
    some = max(2, n_genes * 3 // 8)
    return (
        CandidateWish(recipe="moments"),
        CandidateWish(recipe="moments", n_genes=some),
        CandidateWish(recipe="marginals", n_genes=some),
    )


def plan_of(
    genes: tuple[str, ...],
    classes: tuple[str, ...],
    epsilon: float,
    m: int,
    wishes: tuple[CandidateWish, ...],
) -> Plan:
    """Return a rehearsal's plan of one setting, or of several among which it chooses."""
    only = wishes[0]
    agreement = Agreement(
        study_id="0" * 32,
        title="Benchmark",
        rehearsal=True,
        recipe=only.recipe,
        recipe_parameters=recipe_called(only.recipe).parameters(),
        genes=genes[: only.n_genes] if len(wishes) == 1 else genes,
        label_name="diagnosis",
        classes=classes,
        budget=Budget(epsilon=epsilon),
        holdout_share=SHARE,
        judging=Judging(evaluation=CONFUSION),
    )
    chosen = with_split(agreement) if len(wishes) == 1 else with_candidates(agreement, wishes)
    made = calibrated(chosen, m, DEFAULT_FAMILY)
    seats = [Seat(name=f"Hospital {i}", has_cohort=True) for i in range(m)]
    return draft_plan(chosen, seats, ["0" * 64] * m, made.stages, made.account.epsilon)


def records_of(hospital: Hospital, key: bytes, n_genes: int) -> list[TrainingRecords]:
    """Return training and held-out records over the first genes."""
    return [
        narrowed(
            TrainingRecords(
                values=side.values,
                class_index=side.class_index,
                levels=side.levels,
                identifiers=("",) * len(side.values),
            ),
            n_genes,
        )
        for side in hospital.sides(key)
    ]


def run(plan: Plan, hospitals: list[Hospital], keys: list[bytes], coins: NoiseSource) -> Outcome:
    """Run the plan once with these keys."""
    settings, done, tables = settings_of(plan), (), []
    sides = [records_of(h, key, len(plan.genes)) for h, key in zip(hospitals, keys, strict=True)]
    parts = [LocalTotals(plan, settings, *side, number) for number, side in enumerate(sides)]
    for stage in plan.recipe_stages:
        vectors = [asyncio.run(part.of(stage, done, ())) for part in parts]
        noise = sample_noise(stage.noise, stage.values, coins)
        done = (*done, Measurement(stage=stage, totals=np.sum(vectors, axis=0) + noise))
    for setting in settings:
        known, source = setting.understood(done), SamplingSource(coins.key())
        model = setting.recipe.fit(setting.plan, known)
        tables.append(model.sample(setting.recipe.default_records(setting.plan, known), source))
    (stage,) = plan.evaluation_stages
    exact = local_total(plan, stage, tables, together([held for _, held in sides]))
    noisy = exact + sample_noise(stage.noise, stage.values, coins)
    measured, number = Measurement(stage=stage, totals=noisy), 0
    if plan.candidates:
        found = selection(plan.judging, tables, measured)
        number, scores = found.number, found.chosen.scores
    else:
        scores = joint_scores(plan.judging, tables[0], measured)
    shape = (len(settings), len(CLASSIFIERS), len(plan.classes), len(plan.classes))
    truths = scores_of((exact / stage.linf).reshape(shape)[number], 0.0)[:, 1]
    ends = [scores.score(name, "macro-f1") for name in CLASSIFIERS]
    return Outcome(
        truth=float(truths.mean()),
        stated=scores.macro_f1,
        inside=sum(e.low <= t <= e.high for e, t in zip(ends, truths, strict=True)),
        number=number,
    )


def together(helds: list[TrainingRecords]) -> TrainingRecords:
    """Return all held-out records: training every table's classifiers once is enough."""
    return TrainingRecords(
        values=np.concatenate([h.values for h in helds]),
        class_index=np.concatenate([h.class_index for h in helds]),
        levels=np.concatenate([h.levels for h in helds]),
        identifiers=("",) * sum(len(h.values) for h in helds),
    )


def row(epsilon: float, name: str, outcomes: list[Outcome], n_settings: int) -> str:
    """Return one line of the table."""
    truth = np.array([o.truth for o in outcomes])
    error = truth.std() / max(1, len(truth) - 1) ** 0.5
    above = np.mean([o.stated - o.truth for o in outcomes])
    chosen = np.bincount([o.number for o in outcomes], minlength=n_settings).tolist()
    return (
        f"| {epsilon:g} | {name} | {truth.mean():.3f} | {error:.3f} | {above:+.3f} | "
        f"{sum(o.inside for o in outcomes)} of {2 * len(outcomes)} | "
        f"{', '.join(map(str, chosen))} |"
    )


def main(argv: list[str] | None = None) -> str:
    """Run, say how far it is, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=12)
    parser.add_argument("--epsilons", default="4,10")
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args(argv)
    hospitals, genes, classes = simulated() if asked.small else six_hospitals()
    wishes, m = settings_for(len(genes)), max(3, len(hospitals))
    named = {f"{w.recipe}, {w.n_genes or len(genes)} genes": (w,) for w in wishes}
    named |= {f"best of the first {k}": wishes[:k] for k in (2, 3)}
    lines = ["| epsilon | setting | truth | standard error | stated - truth | inside | chosen |"]
    lines += ["|---|---|---|---|---|---|---|"]
    for epsilon in map(float, asked.epsilons.split(",")):
        plans = {name: plan_of(genes, classes, epsilon, m, w) for name, w in named.items()}
        found: dict[str, list[Outcome]] = {name: [] for name in plans}
        for number in range(asked.runs):
            coins = NoiseSource()
            keys = [coins.key() for _ in hospitals]
            for name, plan in plans.items():
                found[name].append(run(plan, hospitals, keys, coins))
            print(f"epsilon {epsilon:g}: run {number + 1}", flush=True)
        lines += [row(epsilon, name, found[name], len(named[name])) for name in named]
    text = "\n".join(lines) + "\n"
    if asked.out:
        asked.out.write_text(text)
    print(text)
    return text


if __name__ == "__main__":
    main()
