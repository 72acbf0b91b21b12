"""The plan of a study: every public parameter, agreed by all parties before any patient is
touched.

Its canonical bytes are hashed; every party compares the digest, and nothing that is not in here
may depend on anything but opened measurements. No number in a plan is computed from a cohort.

References:
    protocol.md "Stages"; privacy.md sections 1 to 4.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final, Self

from core.errors import PlanError
from core.model.budget import Budget
from core.model.reference import PublicReference
from core.model.stage import NoiseLadder, StagePlan, is_hex, is_number, is_text, require

__all__ = [
    "FORMAT_VERSION",
    "MAX_CLASSES",
    "MAX_GENES",
    "MAX_PARTIES",
    "MIN_PARTIES",
    "Adjacency",
    "Attestation",
    "NoiseLadder",
    "Plan",
    "PlanParty",
    "Scalar",
    "StagePlan",
    "largest_threshold",
]

#: Version 3 may carry record marks in its reference. Version 2 states the adjacency; version 1
#: meant the same one. All are read for ever.
FORMAT_VERSION: Final = 3
_FIRST_VERSION: Final = 1
_MARKS_SINCE: Final = 3
_VERSIONS: Final = range(_FIRST_VERSION, FORMAT_VERSION + 1)
MIN_PARTIES: Final = 3
MAX_PARTIES: Final = 10
MAX_GENES: Final = 30_000
MAX_CLASSES: Final = 50

#: A public recipe parameter: plain JSON scalars only.
Scalar = bool | int | float | str


def largest_threshold(n_parties: int) -> int:
    """Return the largest t < m/2: how many parties may collude without decoding a share.

    >>> [largest_threshold(m) for m in (2, 3, 4, 5, 10)]
    [0, 1, 1, 2, 4]
    """
    return (n_parties - 1) // 2


class Adjacency(StrEnum):
    """Which two cohorts the plan's sensitivities and its guarantee compare (privacy.md sections 1
    and 3): there is one, and a plan says which.
    """

    ADD_OR_REMOVE = "add-or-remove-one-patient"


class Attestation(StrEnum):
    """What a party states in writing; it stands in the plan that all sign (privacy.md sections 1
    and 8).
    """

    DISJOINT_PATIENTS = "disjoint-patients"
    NO_COLLUSION = "no-collusion"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanParty:
    """One party: a hospital with patients, or a compute partner without.

    Attributes:
        number: 0, 1, ...
        name: Of the hospital.
        has_cohort: False for a compute partner.
        certificate_sha256: In a rehearsal of the run's certificate; between installations of the
            installation's, whose key signs the plan and vouches for the run's certificate.
        attestations: What the party states, sorted; without them no joint study runs.
    """

    number: int
    name: str
    has_cohort: bool
    certificate_sha256: str
    attestations: tuple[Attestation, ...] = ()

    def __post_init__(self) -> None:
        """Refuse names and fingerprints that cannot be shown or compared."""
        require(
            type(self.number) is int and self.number >= 0,
            "parties",
            "a party number is not an integer",
        )
        require(type(self.has_cohort) is bool, "parties", "patients or not is not yes or no")
        require(
            is_text(self.name, 80),
            "parties",
            "a hospital's name is empty, too long or not printable",
        )
        require(
            is_hex(self.certificate_sha256, 64),
            "parties",
            "a certificate fingerprint is not 64 hex digits",
        )
        require(
            all(type(a) is Attestation for a in self.attestations)
            and list(self.attestations) == sorted(set(self.attestations)),
            "parties",
            "the attestations are not sorted or stand twice",
        )

    @property
    def missing_attestations(self) -> tuple[Attestation, ...]:
        """What this party has not stated and must, before it computes with other hospitals."""
        needed = tuple(Attestation) if self.has_cohort else (Attestation.NO_COLLUSION,)
        return tuple(a for a in needed if a not in self.attestations)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Every public parameter of one study. Two plans are the same study exactly when their digests
    agree.
    """

    study_id: str
    title: str
    rehearsal: bool
    parties: tuple[PlanParty, ...]
    threshold: int
    recipe: str
    recipe_parameters: tuple[tuple[str, Scalar], ...]
    genes: tuple[str, ...]
    label_name: str
    classes: tuple[str, ...]
    normalisation: str
    n_max: int
    holdout_share: float
    budget: Budget
    epsilon_accounted: float
    patient_multiplicity: int
    n_records: int | None
    sampler: int
    stages: tuple[StagePlan, ...]
    format_version: int = FORMAT_VERSION
    reference: PublicReference | None = None
    adjacency: Adjacency = Adjacency.ADD_OR_REMOVE

    def __post_init__(self) -> None:
        """Refuse what no hospital could agree to.

        Raises:
            PlanError: PL201 with the field, PL203 for two parties, PL204 for too few or too many.
        """
        self._check_parties()
        self._check_content()
        require(bool(self.stages), "stages", "none")
        require(
            len({s.name for s in self.stages}) == len(self.stages), "stages", "a name stands twice"
        )
        require(
            abs(sum(s.share for s in self.stages) - 1) < 1e-9,
            "stages",
            "the shares do not sum to 1",
        )
        require(
            is_number(self.epsilon_accounted)
            and 0 < self.epsilon_accounted <= self.budget.epsilon,
            "epsilon_accounted",
            "more than the budget",
        )

    def _check_parties(self) -> None:
        if len(self.parties) == 2:
            raise PlanError("PL203")
        if not MIN_PARTIES <= len(self.parties) <= MAX_PARTIES:
            raise PlanError("PL204", n_parties=len(self.parties))
        require(
            [p.number for p in self.parties] == list(range(len(self.parties))),
            "parties",
            "numbers must be 0..m-1",
        )
        require(
            len({p.name for p in self.parties}) == len(self.parties),
            "parties",
            "a name stands twice",
        )
        with_cohort = [p.number for p in self.parties if p.has_cohort]
        require(bool(with_cohort), "parties", "nobody has patients")
        require(
            type(self.sampler) is int and self.sampler == min(with_cohort, default=-1),
            "sampler",
            "must be the first hospital with patients",
        )
        t = self.threshold
        require(
            type(t) is int and 1 <= t <= largest_threshold(len(self.parties)),
            "threshold",
            "must be at least 1 and below half",
        )

    def _check_content(self) -> None:
        known = type(self.format_version) is int and self.format_version in _VERSIONS
        require(known, "format_version", "unknown")
        marked = self.reference is not None and bool(self.reference.record_marks)
        require(
            not marked or self.format_version >= _MARKS_SINCE,
            "reference.record_marks",
            "unknown to this version of plans",
        )
        require(type(self.adjacency) is Adjacency, "adjacency", "unknown")
        require(is_hex(self.study_id, 32), "study_id", "not 32 hex digits")
        require(is_text(self.title, 80), "title", "empty, too long or not printable")
        require(type(self.rehearsal) is bool, "rehearsal", "not yes or no")
        require(is_text(self.recipe, 40), "recipe", "empty")
        require(2 <= len(self.genes) <= MAX_GENES, "genes", f"must be 2 to {MAX_GENES}")
        require(len(set(self.genes)) == len(self.genes), "genes", "a gene stands twice")
        require(
            all(is_text(g, 100) for g in self.genes),
            "genes",
            "a name is empty, too long or not printable",
        )
        require(2 <= len(self.classes) <= MAX_CLASSES, "classes", f"must be 2 to {MAX_CLASSES}")
        require(len(set(self.classes)) == len(self.classes), "classes", "a class stands twice")
        require(
            all(is_text(c) for c in self.classes),
            "classes",
            "a name is empty, too long or not printable",
        )
        require(
            is_text(self.label_name, 100) and self.label_name not in self.genes,
            "label_name",
            "empty or also a gene",
        )
        require(is_text(self.normalisation, 40), "normalisation", "empty")
        require(
            type(self.n_max) is int and 1 <= self.n_max <= 1_000_000,
            "n_max",
            "must be 1 to 1,000,000",
        )
        require(
            is_number(self.holdout_share) and 0 <= self.holdout_share <= 0.5,
            "holdout_share",
            "must be 0 to 0.5",
        )
        require(
            type(self.patient_multiplicity) is int and self.patient_multiplicity == 1,
            "patient_multiplicity",
            "this version supports disjoint patients only",
        )
        ok = self.n_records is None or (
            type(self.n_records) is int and 1 <= self.n_records <= 1_000_000
        )
        require(ok, "n_records", "must be 1 to 1,000,000")
        names = [name for name, _ in self.recipe_parameters]
        require(
            all(is_text(name, 100) for name in names) and len(set(names)) == len(names),
            "recipe_parameters",
            "a name is empty, too long or stands twice",
        )
        for name, value in self.recipe_parameters:
            scalar = type(value) is bool or is_number(value) or value == "" or is_text(value)
            require(scalar, f"recipe_parameters.{name}", "not a plain value")

    def canonical_bytes(self) -> bytes:
        """Return the bytes that are hashed, stored and compared: sorted JSON, ASCII, no spaces.

        A plan without a public reference has no such field, as before there were any; one of
        version 1 has no adjacency.
        """
        tree = asdict(self)
        del tree["reference"]
        if self.reference is not None:
            tree["reference"] = self.reference.tree()
        if self.format_version == _FIRST_VERSION:
            del tree["adjacency"]
        return json.dumps(tree, sort_keys=True, separators=(",", ":"), allow_nan=False).encode(
            "ascii"
        )

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical bytes, 64 hex digits."""
        return hashlib.sha256(self.canonical_bytes()).hexdigest()

    def parameter(self, name: str) -> Scalar:
        """Return one public recipe parameter.

        Raises:
            PlanError: PL201 if the plan does not carry it.
        """
        found = dict(self.recipe_parameters)
        require(name in found, f"recipe_parameters.{name}", "missing")
        return found[name]

    def stage(self, name: str) -> StagePlan:
        """Return the stage called ``name``.

        Raises:
            PlanError: PL201 if the plan has no such stage.
        """
        for stage in self.stages:
            if stage.name == name:
                return stage
        raise PlanError("PL201", field=f"stages.{name}", reason="missing")

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        """Read a plan back strictly: unknown, missing or mistyped fields are errors.

        Raises:
            PlanError: PL201 for what is wrong, PL209 for another format version.
        """
        try:
            tree = json.loads(content)
        except (ValueError, RecursionError):
            raise PlanError("PL201", field="plan", reason="not JSON") from None
        require(isinstance(tree, dict), "plan", "not an object")
        version = tree.get("format_version")
        if type(version) is not int or version not in _VERSIONS:
            raise PlanError("PL209", found=version, known=FORMAT_VERSION)
        try:
            return cls(**_from_tree(tree))
        except (TypeError, KeyError, ValueError, OverflowError) as wrong:
            raise PlanError(
                "PL201",
                field="plan",
                reason=f"a field is missing, unknown or mistyped ({type(wrong).__name__})",
            ) from None


def _from_tree(tree: Mapping[str, Any]) -> dict[str, Any]:
    """Turn decoded JSON back into the plan's field values (lists become tuples and values)."""
    fields = dict(tree)
    fields["parties"] = tuple(_party(_object(p)) for p in _list(tree["parties"]))
    fields["stages"] = tuple(_stage(_object(s)) for s in _list(tree["stages"]))
    fields["budget"] = Budget(**_object(tree["budget"]))
    fields["recipe_parameters"] = _pairs(tree["recipe_parameters"])
    if tree["format_version"] != _FIRST_VERSION:
        fields["adjacency"] = Adjacency(tree["adjacency"])
    elif "adjacency" in tree:
        raise TypeError("adjacency")
    if "reference" in tree:
        reference = _object(tree["reference"])
        if "classes" in reference:
            reference = {**reference, "classes": tuple(_list(reference["classes"]))}
        fields["reference"] = PublicReference(**reference)
    for name in ("genes", "classes"):
        fields[name] = tuple(_list(tree[name]))
    return fields


def _party(tree: Mapping[str, Any]) -> PlanParty:
    attested = tuple(Attestation(a) for a in _list(tree["attestations"]))
    return PlanParty(**{**tree, "attestations": attested})


def _stage(tree: Mapping[str, Any]) -> StagePlan:
    noise = _object(tree["noise"])
    levels = {**noise, "levels": _pairs(noise["levels"])}
    return StagePlan(**{**tree, "noise": NoiseLadder(**levels)})


def _object(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError("object")
    return value


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("list")
    return value


def _pairs(value: object) -> tuple[tuple[Any, Any], ...]:
    rows = [tuple(_list(row)) for row in _list(value)]
    if any(len(row) != 2 for row in rows):
        raise TypeError("pairs")
    return tuple((row[0], row[1]) for row in rows)
