"""The file of a public reference: an open cohort's summary, from which panels are cut.

Invariant: it holds moments and factors of genes, on the log2 scale of the open cohort's file; no
records.

References:
    generators.md "The recipe moments" (public reference).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from core.cohort.prints import MARK_BYTES
from core.errors import PlanError, WorkerError
from core.model.gene_names import kind_of_most
from core.model.reference import (
    MAX_FACTORS,
    MAX_REFERENCE_CLASSES,
    MOST_BYTES,
    PublicReference,
)
from core.model.stage import is_text, require
from core.synthesis.reference.cutting import LEAST_COVERED, LEAST_GENES, cut_rows

FORMAT: Final = "syncohort-reference"
#: Version 2 may name classes, version 3 carries record marks; all are read for ever.
FORMAT_VERSION: Final = 3
_VERSIONS: Final = (1, 2, 3)
_NAMED_SINCE, _MARKED_SINCE = 2, 3
#: Records whose marks are kept; an open cohort with more is a poor choice of a reference anyway.
MOST_RECORDS: Final = 50_000
#: Base64 of one float32.
_CHARACTERS: Final = 16 / 3
#: Factors kept in a file: for an open cohort of up to 120 patients this is everything it says.
_FILE_FACTORS: Final = 120
_LEAST_RECORDS: Final = 10
_LEAST_OF_CLASS: Final = 5
#: Characters of a text.
_LONGEST: Final = 400
#: A gene that hardly varies in the open cohort may vary elsewhere; on the log2 scale.
_LEAST_SD: Final = 0.1
#: Least variance of gene means, in variances of a gene between records. Expression has .8 to 10;
#: values that were centred gene by gene have none, and say nothing about expression any more.
_LEAST_PROFILE: Final = 0.1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReferenceFile:
    """What an open cohort says about its genes, log2 scale. Public.

    Attributes:
        title: What the open cohort is.
        provenance: Where it comes from.
        licence: Under which terms it may be used.
        source_sha256: Of the open cohort's file, so that it is recognised as a session's cohort.
        n_records: Its records.
        genes: Its genes, canonical names.
        mean: Shape (n_genes,).
        sd: Shape (n_genes,), positive.
        loadings: Shape (n_genes, n_factors), in the unit of ``sd``.
        classes: Diagnoses that enough records name; empty without labels.
        away: Shape (n_genes, n_classes): mean of each class less ``mean``.
        marks: By which its records are known again (``core.cohort.prints``); none in old files.
    """

    title: str
    provenance: str
    licence: str
    source_sha256: str
    n_records: int
    genes: tuple[str, ...]
    mean: NDArray[np.float64]
    sd: NDArray[np.float64]
    loadings: NDArray[np.float64]
    classes: tuple[str, ...]
    away: NDArray[np.float64]
    marks: frozenset[bytes] = frozenset()

    def to_bytes(self) -> bytes:
        """Return the file: JSON with the numbers as base64 of little-endian float32."""
        table = np.column_stack([self.mean, self.sd, self.loadings, self.away]).astype("<f4")
        tree = {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "title": self.title,
            "provenance": self.provenance,
            "licence": self.licence,
            "source_sha256": self.source_sha256,
            "n_records": self.n_records,
            "genes": list(self.genes),
            "n_factors": self.loadings.shape[1],
            "classes": list(self.classes),
            "content": base64.b64encode(table.tobytes()).decode("ascii"),
            "record_marks": _joined(self.marks),
        }
        return (json.dumps(tree, indent=1, ensure_ascii=False) + "\n").encode("utf-8")

    @classmethod
    def from_bytes(cls, content: bytes, file_name: str) -> Self:
        """Read a file back strictly.

        Raises:
            WorkerError: WO606 if it is not such a file, or of another version.
        """
        try:
            return cls(**_fields(json.loads(content)))
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
            reason = (
                "it is no public reference; an open cohort becomes one with "
                "syncohort-cli reference build"
            )
            raise WorkerError("WO606", file=file_name, reason=reason) from None

    def by_spread(self, genes: Sequence[str]) -> tuple[str, ...]:
        """Return ``genes`` by falling spread in the open cohort; those it lacks come last."""
        spread = dict(zip(self.genes, self.sd.tolist(), strict=True))
        return tuple(sorted(genes, key=lambda gene: -spread.get(gene, 0.0)))

    def for_panel(self, genes: Sequence[str]) -> PublicReference:
        """Cut the reference to a panel and bring it onto the scale of z-scored records.

        To first order z-scoring takes each record's mean over the panel, and its component along
        the mean profile, out of every factor.

        Raises:
            PlanError: PL201 if it covers less than a fifth of the panel.
        """
        at = {gene: i for i, gene in enumerate(self.genes)}
        chosen = np.array([at.get(gene, -1) for gene in genes])
        covered = chosen >= 0
        n = int(covered.sum())
        if n < max(LEAST_GENES, LEAST_COVERED * len(genes)):
            reason = f"has {n} of the {len(genes)} genes{self._why_few(genes)}"
            raise PlanError("PL201", field="reference", reason=reason)
        rows = chosen[covered]
        there = self.mean[rows], self.sd[rows], self.loadings[rows]
        cut = cut_rows(*there, self.away[rows], most=self._most_factors(len(genes)))
        return PublicReference(
            file_sha256=hashlib.sha256(self.to_bytes()).hexdigest(),
            source_sha256=self.source_sha256,
            title=self.title,
            provenance=self.provenance,
            licence=self.licence,
            n_records=self.n_records,
            n_covered=n,
            n_factors=cut.n_factors,
            content=cut.content(covered),
            classes=self.classes,
            class_content=cut.class_content(covered) if self.classes else "",
            record_marks=_joined(self.marks),
            level_content=cut.level_content(*there),
        )

    def _why_few(self, genes: Sequence[str]) -> str:
        """Say why it may lack genes: names of another kind, or of another species."""
        own, wanted = kind_of_most(self.genes), kind_of_most(genes)
        if own is not wanted:
            return f"; it names genes by {own.value}, the study by {wanted.value}"
        alike = {gene.casefold() for gene in self.genes} & {gene.casefold() for gene in genes}
        if len(alike) >= LEAST_COVERED * len(genes):
            return "; the others differ in upper and lower case, as those of another species do"
        return ""

    def _most_factors(self, n_genes: int) -> int:
        """Return how many factors a plan of ``n_genes`` has room for.

        Raises:
            PlanError: PL201 if there is room for none.
        """
        others = len(_joined(self.marks)) + math.ceil(2 * (MAX_FACTORS + 2) * _CHARACTERS)
        room = (MOST_BYTES - others) / (_CHARACTERS * n_genes)
        most = min(MAX_FACTORS, int(room) - 2 - len(self.classes))
        if most < 1:
            reason = f"is too large for {n_genes} genes; choose fewer genes or name fewer classes"
            raise PlanError("PL201", field="reference", reason=reason)
        return most


def build_reference(  # noqa: PLR0913 - what a summary is, and where it comes from
    values: NDArray[np.float64],
    genes: Sequence[str],
    *,
    title: str,
    provenance: str,
    licence: str,
    source_sha256: str,
    labels: Sequence[str] = (),
    marks: frozenset[bytes] = frozenset(),
) -> ReferenceFile:
    """Summarise an open cohort.

    Args:
        values: Shape (n_records, n_genes), log2 scale, finite.
        genes: Canonical names.
        title: What it is.
        provenance: Where it comes from.
        licence: Its terms.
        source_sha256: Of its file.
        labels: Diagnosis of each record, or none; classes of fewer than five records are left out.
        marks: By which its records are known again.

    Raises:
        PlanError: PL207 if there are fewer than ten records or three genes, PL201 if there are too
            many records or the values were centred gene by gene.
    """
    n_records = len(values)
    _require_enough(n_records, len(genes))
    _require_texts(title=title, provenance=provenance, licence=licence)
    mean = values.mean(axis=0)
    require_expression(mean, values.std(axis=0))
    centred = values - mean
    sd = np.maximum(centred.std(axis=0), _LEAST_SD)
    scaled = centred / sd
    # The smaller of the two Gram matrices: an open cohort has few records and many genes.
    variances, vectors = np.linalg.eigh(scaled @ scaled.T)
    k = min(_FILE_FACTORS, n_records - 1, len(genes))
    largest = np.argsort(-variances)[:k]
    loadings = scaled.T @ vectors[:, largest] / np.sqrt(n_records) * sd[:, None]
    known = np.array(labels, dtype=np.str_)
    classes = tuple(c for c in sorted(set(labels)) if (known == c).sum() >= _LEAST_OF_CLASS)
    _require_diagnoses(classes)
    away = np.zeros((len(genes), 0))
    if classes:
        away = np.column_stack([centred[known == c].mean(axis=0) for c in classes])
    return ReferenceFile(
        title=title,
        provenance=provenance,
        licence=licence,
        source_sha256=source_sha256,
        n_records=n_records,
        genes=tuple(genes),
        mean=mean.astype("<f4").astype(np.float64),
        sd=sd.astype("<f4").astype(np.float64),
        loadings=loadings.astype("<f4").astype(np.float64),
        classes=classes,
        away=away.astype("<f4").astype(np.float64),
        marks=marks,
    )


def _require_enough(n_records: int, n_genes: int) -> None:
    if n_records < _LEAST_RECORDS:
        raise PlanError("PL207", needed=_LEAST_RECORDS, what="records", found=n_records)
    if n_genes < LEAST_GENES:
        raise PlanError("PL207", needed=LEAST_GENES, what="usable genes", found=n_genes)
    if n_records > MOST_RECORDS:
        reason = f"has more than {MOST_RECORDS} records; take some of them"
        raise PlanError("PL201", field="reference", reason=reason)


def _require_texts(**texts: str) -> None:
    """Refuse words that no plan could carry, before they are written."""
    for field, said in texts.items():
        require(is_text(said, _LONGEST), f"reference.{field}", "empty, too long or not printable")


def _require_diagnoses(classes: Sequence[str]) -> None:
    """Refuse a column that numbers or measures patients instead of naming their diagnosis."""
    if len(classes) > MAX_REFERENCE_CLASSES:
        reason = f"names {len(classes)} diagnoses; choose the column with the diagnosis"
        raise PlanError("PL201", field="reference", reason=reason)
    for name in classes:
        require(is_text(name), "reference.classes", "a name is too long or not printable")


def require_expression(mean: NDArray[np.float64], sd: NDArray[np.float64]) -> None:
    """Refuse values from which each gene's own height was taken out.

    Args:
        mean: Shape (n_genes,), log2 scale.
        sd: The same, between records.

    Raises:
        PlanError: PL201.
    """
    if float(mean.var()) < _LEAST_PROFILE * float(np.square(sd).mean()):
        reason = (
            "was centred gene by gene, so it says nothing about how strongly genes are expressed; "
            "take the values before that"
        )
        raise PlanError("PL201", field="reference", reason=reason)


def _fields(tree: Mapping[str, Any]) -> dict[str, Any]:
    version = tree["format_version"]
    if tree["format"] != FORMAT or type(version) is not int or version not in _VERSIONS:
        raise ValueError
    classes = tuple(tree["classes"]) if version >= _NAMED_SINCE else ()
    genes = tuple(tree["genes"])
    try:
        content = base64.b64decode(tree["content"], validate=True)
    except binascii.Error:
        raise ValueError from None
    factors = 2 + int(tree["n_factors"])
    columns = factors + len(classes)
    table = np.frombuffer(content, dtype="<f4").astype(np.float64).reshape(len(genes), columns)
    texts = {k: tree[k] for k in ("title", "provenance", "licence", "source_sha256")}
    sound = (
        all(is_text(t, _LONGEST) for t in (*genes, *texts.values()))
        and type(tree["n_records"]) is int
        and bool(np.isfinite(table).all())
        and bool((table[:, 1] > 0).all())
        and len(set(genes)) == len(genes)
        and len(set(classes)) == len(classes)
        and all(is_text(c) for c in classes)
    )
    if not sound:
        raise ValueError
    return {
        **texts,
        "n_records": tree["n_records"],
        "genes": genes,
        "mean": table[:, 0],
        "sd": table[:, 1],
        "loadings": table[:, 2:factors],
        "classes": classes,
        "away": table[:, factors:],
        "marks": marks_of(tree["record_marks"]) if version >= _MARKED_SINCE else frozenset(),
    }


def _joined(marks: frozenset[bytes]) -> str:
    return base64.b64encode(b"".join(sorted(marks))).decode("ascii")


def marks_of(text: str) -> frozenset[bytes]:
    """Return the record marks of a file or a plan.

    Raises:
        ValueError: If it is not base64 of whole marks.
    """
    content = base64.b64decode(text, validate=True)
    if len(content) % MARK_BYTES:
        message = "not whole marks"
        raise ValueError(message)
    return frozenset(content[i : i + MARK_BYTES] for i in range(0, len(content), MARK_BYTES))
