"""What the joint evaluation releases: how good the synthetic cohort is, for everybody to know.

Unlike ``core.model.quality``, nothing here is a LocalView: every number follows from noisy counts
that were opened and charged, so it may stand in a manifest, a report and a paper.

References:
    quality.md; privacy.md sections 3 row (c) and 8.3.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Self

from core.errors import InternalError
from core.model.joint_tables import JointAgreement, JointDistances

#: Probability with which an interval of this module holds the number it is about.
INTERVAL_LEVEL: Final = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class JointScore:
    """One score of a classifier trained on the synthetic cohort, judged on the held-out patients
    of all hospitals together.

    Attributes:
        classifier: ``logistic-regression`` or ``random-forest``.
        score: ``accuracy``, ``macro-f1`` or ``weighted-f1``.
        value: 0 to 1.
        low: Lower end of the interval, which covers the noise and the sampling of patients.
        high: Upper end.
    """

    classifier: str
    score: str
    value: float
    low: float
    high: float

    def __post_init__(self) -> None:
        """Refuse a score outside its interval or not between 0 and 1.

        Raises:
            InternalError: IN901.
        """
        if not 0 <= self.low <= self.value <= self.high <= 1:
            raise InternalError("IN901", rule="a joint score lies within its interval, 0 to 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class JointTable:
    """A confusion table of the held-out patients of all hospitals, with its noise.

    Attributes:
        classifier: Which one.
        counts: One row for each true class, one column for each predicted class, patients. They
            are noisy: fractions and values below 0 occur.
        noise_sd: Standard deviation of the noise on each count, patients.
    """

    classifier: str
    counts: tuple[tuple[float, ...], ...]
    noise_sd: float

    def __post_init__(self) -> None:
        """Refuse a table that is not square and finite.

        Raises:
            InternalError: IN901.
        """
        square = all(len(row) == len(self.counts) for row in self.counts)
        finite = all(math.isfinite(v) for row in self.counts for v in row)
        if not (self.counts and square and finite and 0 < self.noise_sd < math.inf):
            raise InternalError("IN901", rule="a joint table is square and finite")


@dataclass(frozen=True, slots=True, kw_only=True)
class JointScores:
    """The joint evaluation of one released synthetic cohort: public, charged to the plan.

    Attributes:
        classes: The plan's classes, in the order of the tables.
        level: Probability of the intervals, such as 0.95; where one of several candidates was
            chosen, with which the interval of a score holds for all candidates at once.
        n_patients: Held-out patients of all hospitals, noisy.
        n_patients_low: Lower end of its interval.
        n_patients_high: Upper end.
        tables: One for each classifier.
        scores: For each classifier accuracy, macro-F1 and weighted F1.
        agreement: Whether the table's differences between classes show in the held-out patients;
            None where the plan does not ask.
        distances: How far the held-out patients lie from the table; None where the plan does not
            ask.
    """

    classes: tuple[str, ...]
    level: float
    n_patients: float
    n_patients_low: float
    n_patients_high: float
    tables: tuple[JointTable, ...]
    scores: tuple[JointScore, ...]
    agreement: JointAgreement | None = None
    distances: JointDistances | None = None

    def __post_init__(self) -> None:
        """Refuse tables of other classes.

        Raises:
            InternalError: IN901.
        """
        n = len(self.classes)
        fits = all(len(t.counts) == n for t in self.tables)
        fits = fits and (self.agreement is None or len(self.agreement.counts) == n)
        if not fits or not 0 < self.level < 1:
            raise InternalError("IN901", rule="joint tables have the plan's classes")
        if not 0 <= self.n_patients_low <= self.n_patients <= self.n_patients_high < math.inf:
            raise InternalError("IN901", rule="a noisy number of patients lies in its interval")

    def score(self, classifier: str, name: str) -> JointScore | None:
        """Return one score, or None if it was not evaluated."""
        for found in self.scores:
            if (found.classifier, found.score) == (classifier, name):
                return found
        return None

    @property
    def macro_f1(self) -> float:
        """Mean macro-F1 over the classifiers, 0 to 1: what candidates and minimums are compared
        by.
        """
        found = [s.value for s in self.scores if s.score == "macro-f1"]
        return sum(found) / len(found) if found else 0.0

    def tree(self) -> dict[str, object]:
        """Return it as plain values; what the plan did not ask for has no field."""
        found = asdict(self)
        for further in ("agreement", "distances"):
            if found[further] is None:
                del found[further]
        return found

    @classmethod
    def from_tree(cls, tree: Mapping[str, Any]) -> Self:
        """Return what ``tree`` or ``dataclasses.asdict``, and JSON, have made plain.

        Raises:
            InternalError: IN901 if it is none; KeyError or TypeError where a field is missing,
                unknown or mistyped.
        """
        tables = tuple(
            JointTable(**{**table, "counts": tuple(tuple(row) for row in table["counts"])})
            for table in tree["tables"]
        )
        scores = tuple(JointScore(**score) for score in tree["scores"])
        further: dict[str, object] = {}
        if tree.get("agreement") is not None:
            further["agreement"] = JointAgreement.from_tree(tree["agreement"])
        if tree.get("distances") is not None:
            further["distances"] = JointDistances.from_tree(tree["distances"])
        known = {"classes": tuple(tree["classes"]), "tables": tables, "scores": scores}
        return cls(**{**tree, **known, **further})
