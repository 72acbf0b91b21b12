"""One report: a synthetic cohort against one hospital's real patients. LocalView.

Its numbers are exact and unprotected. They stay on the hospital's screen and in its own report.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.errors import InternalError, WorkerError
from core.model.comparison import Remark, RemarkKey
from core.model.quality import Depth, QualityReport
from core.model.release import SyntheticCohort
from core.quality.attacks.likelihood import ReleasedStage
from core.quality.panels import attacks, biology, pictures, resemblance, usefulness
from core.quality.panels.setting import Part, Setting
from core.quality.pathways import GeneSet
from core.quality.tables import (
    MOST_GENES,
    MOST_IN_PAIRS,
    Trio,
    shuffled,
    shuffled_order,
    spaced,
)
from core.statistics.statistic import Records

#: Called before each step: its key, how many steps are done, and how many there are.
StepSink = Callable[[str, int, int], None]
Stop = Callable[[], bool]
#: Called after each step with its key and what the report holds so far.
PartSink = Callable[[str, QualityReport], None]

STEPS: Final = (
    "genes",
    "pictures",
    "correlations",
    "jointly",
    "discriminator",
    "utility",
    "biology",
    "pathways",
    "closeness",
    "attacks",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extras:
    """What a report may be given beside the tables.

    Attributes:
        depth: ``quick`` has smaller forests and leaves out differential expression and gene sets.
        gene_sets: From a GMT file.
        released: The opened stages, for the attack that is matched to the mechanism.
        remarks: What to know about how the tables were brought together.
        on_part: Told after each step, so that what is there can be looked at.
    """

    depth: Depth = Depth.FULL
    gene_sets: tuple[GeneSet, ...] = ()
    released: tuple[ReleasedStage, ...] = ()
    remarks: tuple[Remark, ...] = ()
    on_part: PartSink | None = None


NO_EXTRAS: Final = Extras()


def evaluate(
    train: Records,
    holdout: Records,
    synthetic: SyntheticCohort,
    *,
    extras: Extras = NO_EXTRAS,
    progress: StepSink | None = None,
    stop: Stop | None = None,
) -> QualityReport:
    """Judge ``synthetic`` against the real patients of this hospital.

    Args:
        train: Patients who took part in the joint computation.
        holdout: Patients who did not.
        synthetic: The released cohort.
        extras: Depth, gene sets, what was opened.
        progress: Told before each step.
        stop: Asked before each step, and between the longer parts of one.

    Reveals:
        Nothing: LocalView. The report is exact on real patients and stays at the hospital.

    Raises:
        WorkerError: WO604 if ``stop`` says so.
        InternalError: IN901 if the tables do not have the same genes.
    """
    n_genes = len(synthetic.genes)
    if train.values.shape[1] != n_genes or holdout.values.shape[1] != n_genes:
        raise InternalError("IN901", rule="a report compares the same genes")

    def pause() -> None:
        if stop is not None and stop():
            raise WorkerError("WO604", step="the report", reason="it was stopped")

    sizes = (len(train.class_index), len(holdout.class_index))

    def report_of(part: Part) -> QualityReport:
        return _report_of(part, extras.depth, sizes, synthetic)

    setting = _setting(train, holdout, synthetic, extras, pause)
    part = Part(remarks=(*extras.remarks, *_cut(setting, train, holdout, synthetic)))
    with _quiet_and_single():
        for done, step in enumerate(STEPS):
            pause()
            if progress is not None:
                progress(step, done, len(STEPS))
            part = part.and_also(_step(step, setting, part))
            if extras.on_part is not None:
                extras.on_part(step, report_of(part))
    if progress is not None:
        progress("done", len(STEPS), len(STEPS))
    return report_of(part)


def _report_of(
    part: Part, depth: Depth, sizes: tuple[int, int], synthetic: SyntheticCohort
) -> QualityReport:
    return QualityReport(
        depth=depth,
        n_train=sizes[0],
        n_holdout=sizes[1],
        n_synthetic=synthetic.n_records,
        classes=synthetic.classes,
        measures=part.measures,
        pca=part.pca,
        curves=part.curves,
        correlations=part.correlations,
        utility=part.utility,
        class_scores=part.class_scores,
        more_curves=part.more_curves,
        genes=part.genes,
        fold_changes=part.fold_changes,
        top_genes=part.top_genes,
        class_distances=part.class_distances,
        pathways=part.pathways,
        attacks=part.attacks,
        distances=part.distances,
        remarks=part.remarks,
    )


@contextmanager
def _quiet_and_single() -> Iterator[None]:
    """One thread for linear algebra, and no advice of scikit-learn on the log."""
    from sklearn.exceptions import ConvergenceWarning  # noqa: PLC0415 (heavy, reports only)
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # noqa: PLC0415 (comes with scikit-learn)

    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield


def _setting(
    train: Records,
    holdout: Records,
    synthetic: SyntheticCohort,
    extras: Extras,
    pause: Callable[[], None],
) -> Setting:
    whole = Trio(train=shuffled(train), holdout=shuffled(holdout), synthetic=shuffled(synthetic))
    genes = synthetic.genes
    return Setting(
        whole=whole,
        few=whole.some_genes(),
        genes=genes,
        few_genes=tuple(genes[j] for j in spaced(len(genes)).tolist()),
        classes=synthetic.classes,
        depth=extras.depth,
        gene_sets=extras.gene_sets,
        released=extras.released,
        levels=(_levels(train), _levels(holdout)) if extras.released else None,
        pause=pause,
    )


def _levels(records: Records) -> NDArray[np.float64]:
    return records.levels[shuffled_order(len(records.class_index))]


def _cut(
    setting: Setting, train: Records, holdout: Records, synthetic: SyntheticCohort
) -> tuple[Remark, ...]:
    """Say how many patients and genes were compared where it is not all."""
    most = max(len(train.class_index), len(holdout.class_index), synthetic.n_records)
    remarks = []
    if most > MOST_IN_PAIRS:
        remarks.append(Remark(key=RemarkKey.SOME_PATIENTS, count=MOST_IN_PAIRS))
    if len(setting.genes) > MOST_GENES:
        remarks.append(Remark(key=RemarkKey.SOME_GENES, count=MOST_GENES))
    return tuple(remarks)


def _step(step: str, setting: Setting, so_far: Part) -> Part:
    match step:
        case "utility":
            return usefulness.useful(setting)
        case "attacks":
            return attacks.guessed(setting, so_far.on_synthetic)
        case "pictures":
            return pictures.drawn(setting, so_far)
        case _:
            return _PLAIN[step](setting)


#: Steps that need the tables only.
_PLAIN: Final[Mapping[str, Callable[[Setting], Part]]] = MappingProxyType(
    {
        "genes": resemblance.gene_by_gene,
        "correlations": resemblance.pair_by_pair,
        "jointly": resemblance.all_at_once,
        "discriminator": resemblance.told_apart,
        "biology": biology.differing_genes,
        "pathways": biology.gene_sets,
        "closeness": attacks.close,
    }
)
