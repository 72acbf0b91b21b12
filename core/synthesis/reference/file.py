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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from core.errors import PlanError, WorkerError
from core.model.reference import MAX_FACTORS, PublicReference
from core.model.stage import is_text
from core.synthesis.reference.panel import packed

FORMAT: Final = "syncohort-reference"
#: Version 2 may name classes; version 1 is read for ever.
FORMAT_VERSION: Final = 2
_VERSIONS: Final = (1, 2)
#: Factors kept in a file: for an open cohort of up to 120 patients this is everything it says.
_FILE_FACTORS: Final = 120
_LEAST_RECORDS: Final = 10
_LEAST_OF_CLASS: Final = 5
#: A gene that hardly varies in the open cohort may vary elsewhere; on the log2 scale.
_LEAST_SD: Final = 0.1
#: Part of the panel that a reference must cover to say anything about its scale.
_LEAST_COVERED: Final = 0.2


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
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as wrong:
            reason = f"not a public reference of this version ({type(wrong).__name__})"
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
        if n < max(3, _LEAST_COVERED * len(genes)):
            reason = f"has {n} of the {len(genes)} genes"
            raise PlanError("PL201", field="reference", reason=reason)
        rows = chosen[covered]
        mean, sd, loadings, away = _normalised(
            self.mean[rows], self.sd[rows], self.loadings[rows], self.away[rows]
        )
        u, singular, _ = np.linalg.svd(loadings / sd[:, None], full_matrices=False)
        k = min(MAX_FACTORS, int((singular > singular[0] * 1e-3).sum()))
        factors = u[:, :k] * np.sign(u[np.abs(u[:, :k]).argmax(axis=0), np.arange(k)])
        table = np.zeros((len(genes), 2 + k))
        table[covered] = np.column_stack([mean, sd, factors * singular[:k]])
        classes = np.zeros((len(genes), len(self.classes)))
        classes[covered] = away / sd[:, None]
        return PublicReference(
            file_sha256=hashlib.sha256(self.to_bytes()).hexdigest(),
            source_sha256=self.source_sha256,
            title=self.title,
            provenance=self.provenance,
            licence=self.licence,
            n_records=self.n_records,
            n_covered=n,
            n_factors=k,
            content=packed(table),
            classes=self.classes,
            class_content=packed(classes) if self.classes else "",
        )


def build_reference(  # noqa: PLR0913 - what a summary is, and where it comes from
    values: NDArray[np.float64],
    genes: Sequence[str],
    *,
    title: str,
    provenance: str,
    licence: str,
    source_sha256: str,
    labels: Sequence[str] = (),
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

    Raises:
        PlanError: PL207 if there are fewer than ten records.
    """
    n_records = len(values)
    if n_records < _LEAST_RECORDS:
        raise PlanError("PL207", needed=_LEAST_RECORDS, what="records", found=n_records)
    mean = values.mean(axis=0)
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
    )


def _normalised(
    mean: NDArray[np.float64],
    sd: NDArray[np.float64],
    loadings: NDArray[np.float64],
    away: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return mean, spread, loadings and class differences of z-scored records, to first order."""
    n = len(mean)
    own = np.maximum(np.square(sd) - np.square(loadings).sum(axis=1), 0.0)
    centred = loadings - loadings.mean(axis=0)
    profile = mean - mean.mean()
    spread = np.sqrt(
        float(np.square(profile).mean())
        + float(np.square(centred).sum(axis=1).mean())
        + float(own.mean())
    )
    along = profile / max(float(np.linalg.norm(profile)), 1e-9)
    part = float(profile @ profile) / (n * spread**2)

    def turned(moved: NDArray[np.float64]) -> NDArray[np.float64]:
        found: NDArray[np.float64] = (moved - part * np.outer(along, along @ moved)) / spread
        return found

    factors = turned(centred)
    rest = own * (1 - 1 / n) / spread**2
    around = np.sqrt(np.square(factors).sum(axis=1) + rest)
    return profile / spread, around, factors, turned(away - away.mean(axis=0))


def _fields(tree: Mapping[str, Any]) -> dict[str, Any]:
    version = tree["format_version"]
    if tree["format"] != FORMAT or type(version) is not int or version not in _VERSIONS:
        raise ValueError
    classes = tuple(tree["classes"]) if version > 1 else ()
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
        all(is_text(t, 400) for t in (*genes, *texts.values()))
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
    }
