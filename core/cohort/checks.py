"""Plain sentences about a cohort that was read, and the error behind each problem.

A check looks at one question. It never changes the cohort: nothing is dropped, filled in or merged
here, because what one patient contributes must not depend on the others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

from core.cohort import patient_checks, value_checks
from core.cohort.findings import Finding
from core.cohort.records import Cohort
from core.model.cohort import CheckState, CohortSummary

_CHECKS: Final[tuple[Callable[[Cohort], list[Finding]], ...]] = (
    patient_checks.identifiers,
    patient_checks.duplicates,
    patient_checks.missing_labels,
    patient_checks.rare_classes,
    value_checks.values,
    value_checks.scale,
    value_checks.constant_genes,
    value_checks.gene_names,
    value_checks.index_column,
    value_checks.orientation,
)
_ORDER: Final = {CheckState.PROBLEM: 0, CheckState.NOTE: 1, CheckState.OK: 2}


def findings(cohort: Cohort, label_candidates: Sequence[str] = ()) -> tuple[Finding, ...]:
    """Return all findings, problems first."""
    found = patient_checks.labels(cohort, label_candidates)
    for question in _CHECKS:
        found += question(cohort)
    return tuple(sorted(found, key=lambda f: _ORDER[f.check.state]))


def check(cohort: Cohort, label_candidates: Sequence[str] = ()) -> CohortSummary:
    """Return what the steward reads about a cohort.

    Args:
        cohort: As read.
        label_candidates: From the preview; named in the advice when the label column is wrong.
    """
    return CohortSummary(
        file_name=cohort.file_name,
        n_records=cohort.n_records,
        n_left_out=cohort.n_left_out,
        n_genes=cohort.gene_names.in_file,
        scale=cohort.scale,
        naming=cohort.gene_names.naming,
        label_name=cohort.label_name,
        class_counts=tuple(Counter(cohort.labels).most_common()),
        checks=tuple(f.check for f in findings(cohort, label_candidates)),
        fingerprint=cohort.fingerprint,
    )


def refuse_problems(cohort: Cohort) -> None:
    """End a headless run at the first problem.

    Raises:
        CohortError: CH105 to CH107, CH111, CH112, CH114, CH118, CH119 or CH121 to CH124.
    """
    for finding in findings(cohort):
        if finding.error is not None:
            raise finding.error
