"""What to know about how a report was made, as sentences."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from app.presenters.wording.figures import count
from app.presenters.wording.language import say
from core.model.comparison import Remark, RemarkKey

_REMARKS: Final[Mapping[RemarkKey, str]] = MappingProxyType(
    {
        RemarkKey.SMALL_CLASSES: "Diagnoses with too few patients here are left out of what is "
        "judged by diagnosis ({n}): {names}.",
        RemarkKey.CONSTANT_GENES: "Genes with one value in all real patients here are left out "
        "where a spread is needed ({n}): {names}.",
        RemarkKey.CONSTANT_SYNTHETIC_GENES: "Genes with one value in all synthetic patients "
        "({n}): {names}.",
        RemarkKey.SOME_PATIENTS: "Where every patient is compared with every other, {n} of each "
        "cohort were taken at random.",
        RemarkKey.SOME_GENES: "Gene by gene, {n} genes were compared, evenly spaced over the "
        "panel. Any other gene can be looked at by name.",
        RemarkKey.MISSING_GENES: "Genes that the synthetic cohort lacks ({n}): {names}.",
        RemarkKey.EXTRA_COLUMNS: "Columns that are no gene of the real cohort ({n}): {names}.",
        RemarkKey.MISSING_CLASSES: "Diagnoses that the synthetic cohort lacks ({n}): {names}.",
        RemarkKey.ALIGNED_SCALE: "The synthetic cohort was brought to the scale of the real one.",
    }
)


def remark_words(remark: Remark) -> str:
    """Return a remark as a sentence; further names than are listed become dots."""
    names = ", ".join(remark.names) + (" …" if len(remark.names) < remark.count else "")
    return say(_REMARKS[remark.key], n=count(remark.count), names=names)
