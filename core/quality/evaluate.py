"""One report: a synthetic cohort against one hospital's real patients. LocalView.

Its numbers are exact and unprotected. They stay on the hospital's screen and in its own report.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.errors import InternalError, WorkerError
from core.model.attack import AttackResult
from core.model.measures import Direction, Group, Measure, Reason, Yardstick
from core.model.quality import (
    ClassScore,
    CorrelationMaps,
    Depth,
    GeneCurve,
    PcaOverlay,
    QualityReport,
    UtilityScore,
)
from core.model.release import SyntheticCohort
from core.quality import biology, closeness, membership, pictures, resemblance, utility
from core.quality.tables import Table, shuffled, together
from core.statistics.statistic import Records

#: Called before each step: its key, how many steps are done, and how many there are.
StepSink = Callable[[str, int, int], None]

STEPS: Final = ("genes", "correlations", "utility", "biology", "closeness", "pictures")
_LEAST_REAL: Final = 3


@dataclass(frozen=True, slots=True)
class _How:
    """How a measure reads."""

    better: Direction
    yardstick: Yardstick = Yardstick.HELD_OUT
    high: float = 1.0


_LOWER: Final = _How(Direction.LOWER)
_HIGHER: Final = _How(Direction.HIGHER)
_COIN: Final = _How(Direction.NEAR, Yardstick.CHANCE)
_Pair = tuple[float | None, float | None]
_NO_PAIRS: Final[tuple[_Pair, _Pair]] = ((None, None), (None, None))


def evaluate(
    train: Records,
    holdout: Records,
    synthetic: SyntheticCohort,
    *,
    depth: Depth = Depth.FULL,
    progress: StepSink | None = None,
    stop: Callable[[], bool] | None = None,
) -> QualityReport:
    """Judge ``synthetic`` against the real patients of this hospital.

    Args:
        train: Patients who took part in the joint computation.
        holdout: Patients who did not.
        synthetic: The released cohort.
        depth: ``quick`` has smaller forests and leaves out biology and the discriminator.
        progress: Told before each step.
        stop: Asked before each step.

    Reveals:
        Nothing: LocalView. The report is exact on real patients and stays at the hospital.

    Raises:
        WorkerError: WO604 if ``stop`` says so.
        InternalError: IN901 if the tables do not have the same genes.
    """
    n_genes = len(synthetic.genes)
    if train.values.shape[1] != n_genes or holdout.values.shape[1] != n_genes:
        raise InternalError("IN901", rule="a report compares the same genes")
    work = _Work(train, holdout, synthetic, depth)
    with _quiet_and_single():
        for done, step in enumerate(STEPS):
            if stop is not None and stop():
                raise WorkerError("WO604", step="the report", reason="it was stopped")
            if progress is not None:
                progress(step, done, len(STEPS))
            work.run(step)
    if progress is not None:
        progress("done", len(STEPS), len(STEPS))
    return work.report()


@contextmanager
def _quiet_and_single() -> Iterator[None]:
    """One thread for linear algebra, and no advice of scikit-learn on the log."""
    from sklearn.exceptions import ConvergenceWarning  # noqa: PLC0415 (heavy, reports only)
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # noqa: PLC0415 (comes with scikit-learn)

    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield


class _Work:
    """The tables of one report, and what was found so far. LocalView."""

    def __init__(
        self, train: Records, holdout: Records, synthetic: SyntheticCohort, depth: Depth
    ) -> None:
        self.depth = depth
        self.cohort = synthetic
        self.sizes = (len(train.class_index), len(holdout.class_index))
        self.train, self.holdout = shuffled(train), shuffled(holdout)
        self.synthetic = shuffled(synthetic)
        self.real = together(self.train, self.holdout)
        self.measures: list[Measure] = []
        self.scores: tuple[UtilityScore, ...] = ()
        self.class_scores: tuple[ClassScore, ...] = ()
        self.pca: PcaOverlay | None = None
        self.curves: tuple[GeneCurve, ...] = ()
        self.maps: CorrelationMaps | None = None
        self.attacks: tuple[AttackResult, ...] = ()

    def run(self, step: str) -> None:
        """Do one step."""
        match step:
            case "genes":
                self._genes()
            case "correlations":
                self._correlations()
            case "utility":
                self._utility()
            case "biology":
                self._biology()
            case "closeness":
                self._closeness()
            case _:
                self._pictures()

    def report(self) -> QualityReport:
        """Return what was found."""
        return QualityReport(
            depth=self.depth,
            n_train=self.sizes[0],
            n_holdout=self.sizes[1],
            n_synthetic=self.cohort.n_records,
            classes=self.cohort.classes,
            measures=tuple(self.measures),
            pca=self.pca,
            curves=self.curves,
            correlations=self.maps,
            utility=self.scores,
            class_scores=self.class_scores,
            attacks=self.attacks,
        )

    def _add(
        self, key: str, group: Group, value: float | None, reference: float | None, how: _How
    ) -> None:
        """Note a measure; one without a value lacks patients."""
        self.measures.append(
            Measure(
                key=key,
                group=group,
                value=value,
                reference=reference,
                yardstick=how.yardstick,
                better=how.better,
                low=0.0,
                high=how.high,
                reason=Reason.FEW_PATIENTS if value is None else None,
            )
        )

    def _enough(self) -> tuple[bool, bool]:
        """Return whether the synthetic, and the held-out, cohort can be compared with training."""
        real = len(self.train) >= _LEAST_REAL
        return real and len(self.synthetic) >= _LEAST_REAL, real and len(
            self.holdout
        ) >= _LEAST_REAL

    def _genes(self) -> None:
        """Compare gene by gene: mean Wasserstein (SD units) and Kolmogorov-Smirnov distance."""
        ours, reference = self._enough()
        train, holdout, synthetic = (t.some_genes().values for t in self._three())
        for key, distance in (
            ("wasserstein", resemblance.wasserstein_sd),
            ("kolmogorov-smirnov", resemblance.kolmogorov),
        ):
            self._add(
                key,
                Group.RESEMBLANCE,
                float(distance(train, synthetic).mean()) if ours else None,
                float(distance(train, holdout).mean()) if reference else None,
                _LOWER,
            )

    def _three(self) -> tuple[Table, Table, Table]:
        return self.train, self.holdout, self.synthetic

    def _correlations(self) -> None:
        """Compare pairs of genes: error of correlations, and edges above 0.3."""
        ours, reference = self._enough()
        mine, held, theirs = (
            resemblance.correlations(t.some_genes().values) for t in self._three()
        )
        error, edges = _pairs(mine, theirs) if ours else _NO_PAIRS
        held_error, held_edges = _pairs(mine, held) if reference else _NO_PAIRS
        self._add("correlation-error", Group.RESEMBLANCE, error[0], held_error[0], _LOWER)
        self._add(
            "correlation-error-strongest", Group.RESEMBLANCE, error[1], held_error[1], _LOWER
        )
        self._add("coexpression-recall", Group.BIOLOGY, edges[0], held_edges[0], _HIGHER)
        self._add("coexpression-precision", Group.BIOLOGY, edges[1], held_edges[1], _HIGHER)

    def _utility(self) -> None:
        """Train on synthetic, test on held-out real patients; the same trained on real ones."""
        self.scores, self.class_scores = utility.utility(
            self.train, self.holdout, self.synthetic, self.cohort.classes, self.depth
        )
        self._add(
            "usefulness-ratio",
            Group.USEFULNESS,
            _ratio(self.scores),
            1.0,
            _How(Direction.HIGHER, Yardstick.TRAINED_ON_REAL, 1.2),
        )

    def _biology(self) -> None:
        """Compare the genes that differ between classes, and let a classifier tell both apart."""
        if self.depth is Depth.QUICK:
            return
        n_classes = len(self.cohort.classes)
        train, holdout, synthetic = (t.some_genes() for t in self._three())
        found = biology.differential_expression(train, synthetic, n_classes)
        held = biology.differential_expression(train, holdout, n_classes)
        self._add("differential-tpr", Group.BIOLOGY, found[0], held[0], _HIGHER)
        self._add("differential-fpr", Group.BIOLOGY, found[1], held[1], _LOWER)
        told = resemblance.discriminator_auroc(self.real, self.synthetic)
        self._add("discriminator-auroc", Group.RESEMBLANCE, told, 0.5, _COIN)

    def _closeness(self) -> None:
        """Ask whether synthetic records lie suspiciously near to training patients."""
        train, holdout, synthetic = (t.some_genes() for t in self._three())
        self.attacks = (membership.by_distance(train, holdout, synthetic),)
        copies = closeness.near_copies(train, holdout, synthetic)
        self._add("near-copies", Group.ATTACKS, copies, 0.01, _LOWER)

    def _pictures(self) -> None:
        """Prepare plane, curves and maps."""
        genes = self.cohort.genes
        self.pca = pictures.pca_overlay(*self._three())
        self.curves = pictures.gene_curves(self.real, self.synthetic, genes)
        self.maps = pictures.correlation_maps(self.real, self.synthetic, genes)


def _pairs(real: NDArray[np.float64], other: NDArray[np.float64]) -> tuple[_Pair, _Pair]:
    return resemblance.correlation_error(real, other), resemblance.coexpression(real, other)


def _ratio(scores: tuple[UtilityScore, ...]) -> float | None:
    """Return the mean macro-F1 of both classifiers, synthetic over real; None if it has none."""
    pairs = [(s.synthetic, s.real) for s in scores if s.score == "macro-f1"]
    kept = [(a, b) for a, b in pairs if a is not None and b]
    if not kept:
        return None
    return float(np.sum([a for a, _ in kept]) / np.sum([b for _, b in kept]))
