"""Recipes side by side on open cohorts, over privacy levels and repeats.

NB: real records are judged without a ledger. For open cohorts only.

References:
    generators.md "Measured"; quality.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.cohort.inspection import named_layout
from core.cohort.normalisation import normalised
from core.cohort.reading import read
from core.errors import CohortError
from core.model.budget import Budget
from core.model.quality import Depth
from core.model.release import SyntheticCohort
from core.quality.tables import Table
from core.randomness import SamplingSource
from core.study.panel import common_classes, common_panel
from core.synthesis.moments.public import public_alone
from core.worker.commands.trial import OpenRecords, TrialSettings, run_trial, trial_plan
from core.worker.references.choosing import chosen_genes, cut_to
from core.worker.references.reading import read_reference

PUBLIC_ALONE: Final = "public data alone"
TEST_SHARE: Final = 0.2
_LEAST_OF_CLASS: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What is compared.

    Attributes:
        cohorts: Open cohort files; their patients are pooled.
        label: Column with the diagnosis.
        ignored: Columns that are neither gene nor label.
        recipes: Names.
        epsilons: Privacy levels.
        delta: Of all.
        repeats: Real splits, 80 % to train and 20 % to test.
        n_genes: How many genes; None for all common ones.
        reference: Reference file, if any: its users are named with it.
    """

    cohorts: tuple[Path, ...]
    label: str
    ignored: tuple[str, ...]
    recipes: tuple[str, ...]
    epsilons: tuple[float, ...]
    delta: float
    repeats: int
    n_genes: int | None
    reference: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One recipe at one level on one split, judged on the real test records.

    Attributes:
        recipe: Its name.
        epsilon: Level; 0 for public data alone.
        repeat: Which split.
        logistic: Macro-F1, trained on synthetic over trained on real, logistic regression.
        forest: The same, random forest.
        recall: Of gene pairs correlated above .3 in the training records.
        precision: Of the pairs found.
        wasserstein: Mean over genes, SD units.
        differential_tpr: Of genes that differ between classes, tested on synthetic records.
        differential_fpr: Of genes that do not.
    """

    recipe: str
    epsilon: float
    repeat: int
    logistic: float
    forest: float
    recall: float
    precision: float
    wasserstein: float
    differential_tpr: float
    differential_fpr: float

    @property
    def usefulness(self) -> float:
        """Mean of both ratios."""
        return (self.logistic + self.forest) / 2


def compare(asked: Comparison, say: Callable[[str], None]) -> tuple[Score, ...]:
    """Run every recipe at every level on every split.

    Raises:
        CohortError: What is wrong with a file; CH101 if one is not there.
        PlanError: If genes or classes do not suffice.
        BudgetError: If no noise fits a level.
    """
    for path in asked.cohorts:
        if not path.is_file():
            raise CohortError("CH101", file=path.name)
    cohorts = [
        read(path, named_layout(path, label=asked.label, ignored=asked.ignored))
        for path in asked.cohorts
    ]
    reference = read_reference(asked.reference) if asked.reference else None
    panel = common_panel([c.genes for c in cohorts])
    genes = chosen_genes(panel, asked.n_genes, reference)
    classes = common_classes([c.labels for c in cohorts])
    parts = [normalised(cohort, genes, classes) for cohort in cohorts]
    records = OpenRecords(
        values=np.concatenate([p.values for p in parts]),
        class_index=np.concatenate([p.class_index for p in parts]),
        levels=np.concatenate([p.levels for p in parts]),
    )
    cut = cut_to(genes, reference)
    # The cohorts are open: what people would plan for them may be counted.
    sizes = np.bincount(records.class_index, minlength=len(classes))
    smallest = max(1, round((1 - TEST_SHARE) * int(sizes.min())))
    plans = {
        (name, epsilon): trial_plan(
            TrialSettings(
                recipe=name,
                genes=genes,
                classes=classes,
                budget=Budget(epsilon=epsilon, delta=asked.delta),
                n_max=max(1, len(records.values)),
                reference=cut if name == "moments" else None,
                smallest_class=smallest,
            )
        )
        for name in asked.recipes
        for epsilon in asked.epsilons
    }
    scores: list[Score] = []
    for repeat in range(asked.repeats):
        train, test = split(records, repeat)
        judge = Judge(train, test, len(classes))
        for (name, epsilon), plan in plans.items():
            made = run_trial(plan, train).synthetic
            scores.append(judge.score(name, epsilon, repeat, made))
        if cut is not None:
            seed = SamplingSource(repeat)
            alone = public_alone(cut, genes, classes).sample(len(train.values), seed)
            scores.append(judge.score(PUBLIC_ALONE, 0.0, repeat, alone))
        say(f"Split {repeat + 1} of {asked.repeats}: {len(plans)} releases judged")
    return tuple(scores)


def split(records: OpenRecords, repeat: int) -> tuple[OpenRecords, OpenRecords]:
    """Split open records 80/20 within each class; the same split for the same ``repeat``."""
    generator = SamplingSource(repeat).stream("split").generator
    train: list[NDArray[np.int64]] = []
    test: list[NDArray[np.int64]] = []
    for c in np.unique(records.class_index):
        mine = generator.permutation(np.flatnonzero(records.class_index == c))
        n_test = round(TEST_SHARE * len(mine)) if len(mine) >= _LEAST_OF_CLASS else 0
        test.append(mine[:n_test])
        train.append(mine[n_test:])
    return records.some(np.concatenate(train)), records.some(np.concatenate(test))


class Judge:
    """Holds one real split and scores synthetic cohorts on it."""

    def __init__(self, train: OpenRecords, test: OpenRecords, n_classes: int) -> None:
        """Train both classifiers on the real records once."""
        from core.quality import biology, resemblance, tables, utility  # noqa: PLC0415 (heavy)

        self._tables, self._utility = tables, utility
        self._biology, self._resemblance = biology, resemblance
        self._n_classes = n_classes
        self._train, self._test = tables.shuffled(train), tables.shuffled(test)
        self._real = self._f1(self._train)
        self._correlations = resemblance.correlations(self._train.some_genes().values)

    def score(self, recipe: str, epsilon: float, repeat: int, made: SyntheticCohort) -> Score:
        """Judge one synthetic cohort."""
        ours = self._tables.shuffled(made)
        f1 = self._f1(ours)
        few, few_ours = self._train.some_genes(), ours.some_genes()
        theirs = self._resemblance.correlations(few_ours.values)
        recall, precision = self._resemblance.coexpression(self._correlations, theirs)
        found = self._biology.differential_expression(few, few_ours, self._n_classes)
        return Score(
            recipe=recipe,
            epsilon=epsilon,
            repeat=repeat,
            logistic=f1[0] / max(self._real[0], 1e-9),
            forest=f1[1] / max(self._real[1], 1e-9),
            recall=recall or 0.0,
            precision=precision or 0.0,
            wasserstein=float(
                self._resemblance.wasserstein_sd(few.values, few_ours.values).mean()
            ),
            differential_tpr=found[0] or 0.0,
            differential_fpr=found[1] or 0.0,
        )

    def _f1(self, train: Table) -> tuple[float, float]:
        """Return macro-F1 on the test records: logistic regression, random forest."""
        scores = []
        for kind in (self._utility.LOGISTIC, self._utility.FOREST):
            said = self._utility.predict(kind, train, self._test, self._n_classes, Depth.QUICK)
            truth = self._test.labels
            scores.append(
                0.0
                if said is None
                else self._utility.macro_f1(truth, said.labels, self._n_classes)
            )
        return scores[0], scores[1]


def summarised(scores: Sequence[Score]) -> str:
    """Return a Markdown table: means over repeats, and the standard deviation of usefulness."""
    heading = (
        "| recipe | epsilon | usefulness (sd) | logistic | forest | co-expression recall, "
        "precision | Wasserstein | differential TPR, FPR |"
    )
    lines = [
        heading,
        "|---|---|---|---|---|---|---|---|",
    ]
    for recipe, epsilon in dict.fromkeys((s.recipe, s.epsilon) for s in scores):
        mine = [s for s in scores if (s.recipe, s.epsilon) == (recipe, epsilon)]

        def mean(key: str, mine: Sequence[Score] = mine) -> float:
            return float(np.mean([getattr(s, key) for s in mine]))

        lines.append(
            f"| {recipe} | {epsilon or '-':} | {mean('usefulness'):.3f} "
            f"({np.std([s.usefulness for s in mine]):.3f}) | {mean('logistic'):.3f} | "
            f"{mean('forest'):.3f} | {mean('recall'):.2f} / {mean('precision'):.2f} | "
            f"{mean('wasserstein'):.3f} | {mean('differential_tpr'):.2f} / "
            f"{mean('differential_fpr'):.2f} |"
        )
    return "\n".join(lines) + "\n"
