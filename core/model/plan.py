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
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final, Self

from core.errors import PlanError
from core.model.budget import Budget

FORMAT_VERSION: Final = 1
MIN_PARTIES: Final = 3
MAX_PARTIES: Final = 10
MAX_GENES: Final = 30_000
MAX_CLASSES: Final = 50
MAX_TEXT: Final = 200

#: A public recipe parameter: plain JSON scalars only.
Scalar = bool | int | float | str


def largest_threshold(n_parties: int) -> int:
    """Return the largest t < m/2: how many parties may collude without decoding a share.

    >>> [largest_threshold(m) for m in (2, 3, 4, 5, 10)]
    [0, 1, 1, 2, 4]
    """
    return (n_parties - 1) // 2


def _require(ok: bool, field: str, reason: str) -> None:  # noqa: FBT001
    if not ok:
        raise PlanError("PL201", field=field, reason=reason)


def _is_text(value: object, longest: int = MAX_TEXT) -> bool:
    return isinstance(value, str) and 0 < len(value) <= longest and value.isprintable()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanParty:
    """One party: a hospital with patients, or a compute partner without."""

    number: int
    name: str
    has_cohort: bool
    certificate_sha256: str

    def __post_init__(self) -> None:
        """Refuse names and fingerprints that cannot be shown or compared."""
        _require(
            isinstance(self.number, int) and self.number >= 0,
            "parties",
            "a party number is not an integer",
        )
        _require(
            _is_text(self.name, 80),
            "parties",
            "a hospital's name is empty, too long or not printable",
        )
        _require(
            _is_hex(self.certificate_sha256, 64),
            "parties",
            "a certificate fingerprint is not 64 hex digits",
        )


def _is_hex(value: object, length: int) -> bool:
    return (
        isinstance(value, str)
        and len(value) == length
        and not set(value) - set("0123456789abcdef")
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseLadder:
    """Multi-scale binomial noise sum_j w_j (Bin(n_j, 1/2) - n_j/2): (weight, bits) pairs
    (privacy.md section 4).

    Invariant: positive integers, weights strictly increasing, sum w_j n_j even so that the noise
    is centred on 0.
    """

    levels: tuple[tuple[int, int], ...]

    def __post_init__(self) -> None:
        """Refuse a ladder that is empty, unordered or off centre."""
        _require(bool(self.levels), "noise", "no levels")
        flat = [v for pair in self.levels for v in pair]
        _require(
            all(type(v) is int and v > 0 for v in flat),
            "noise",
            "weights and bits must be positive integers",
        )
        weights = [w for w, _ in self.levels]
        _require(weights == sorted(set(weights)), "noise", "weights must increase")
        _require(
            sum(w * n for w, n in self.levels) % 2 == 0,
            "noise",
            "the noise would not be centred on 0",
        )

    @property
    def variance(self) -> float:
        """Variance in squared integer units: sum w^2 n / 4."""
        return sum(w * w * n for w, n in self.levels) / 4.0

    @property
    def half_width(self) -> int:
        """Largest absolute value of the noise, in integer units."""
        return sum(w * n for w, n in self.levels) // 2

    @property
    def bits(self) -> int:
        """Secret random bits drawn for one value."""
        return sum(n for _, n in self.levels)


@dataclass(frozen=True, slots=True, kw_only=True)
class StagePlan:
    """One joint sum: how long, how far one patient moves it, and which noise hides that.

    Attributes:
        name: Key of the stage inside its recipe, such as ``class-counts``.
        values: Number of integers summed and opened.
        share: Proportion of mu^2 of the whole release.
        units: Integer units per real unit (an integer for counts).
        l2_sq: Enforced bound on one patient's sum of squares, integer units squared.
        linf: Enforced bound on one patient's largest absolute value, integer units.
        touched: Most values one patient can change.
        exact_shift: Whether every changed value moves by exactly ``linf``.
        noise: The certified noise, drawn inside the joint computation.
    """

    name: str
    values: int
    share: float
    units: float
    l2_sq: int
    linf: int
    touched: int
    exact_shift: bool
    noise: NoiseLadder

    def __post_init__(self) -> None:
        """Refuse a stage whose bounds contradict each other (privacy.md section 3)."""
        _require(_is_text(self.name, 40), "stages", "a stage has no name")
        for field in ("values", "l2_sq", "linf", "touched"):
            value = getattr(self, field)
            _require(
                type(value) is int and value > 0,
                f"stages.{self.name}.{field}",
                "not a positive integer",
            )
        for field in ("share", "units"):
            value = getattr(self, field)
            _require(
                math.isfinite(value) and value > 0,
                f"stages.{self.name}.{field}",
                "not a positive number",
            )
        _require(self.share <= 1, f"stages.{self.name}.share", "more than the whole")
        _require(
            self.touched <= self.values,
            f"stages.{self.name}.touched",
            "more than there are values",
        )
        _require(
            self.linf**2 <= self.l2_sq <= self.touched * self.linf**2,
            f"stages.{self.name}.l2_sq",
            "contradicts linf and touched",
        )
        _require(
            not self.exact_shift or self.l2_sq == self.touched * self.linf**2,
            f"stages.{self.name}.exact_shift",
            "contradicts l2_sq",
        )

    @property
    def sigma_real(self) -> float:
        """Standard deviation of the noise in the statistic's own unit."""
        return math.sqrt(self.noise.variance) / self.units


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

    def __post_init__(self) -> None:
        """Refuse what no hospital could agree to.

        Raises:
            PlanError: PL201 with the field, PL203 for two parties, PL204 for too few or too many.
        """
        self._check_parties()
        self._check_content()
        _require(bool(self.stages), "stages", "none")
        _require(
            len({s.name for s in self.stages}) == len(self.stages), "stages", "a name stands twice"
        )
        _require(
            abs(sum(s.share for s in self.stages) - 1) < 1e-9,
            "stages",
            "the shares do not sum to 1",
        )
        _require(
            0 < self.epsilon_accounted <= self.budget.epsilon,
            "epsilon_accounted",
            "more than the budget",
        )

    def _check_parties(self) -> None:
        if len(self.parties) == 2:
            raise PlanError("PL203")
        if not MIN_PARTIES <= len(self.parties) <= MAX_PARTIES:
            raise PlanError("PL204", n_parties=len(self.parties))
        _require(
            [p.number for p in self.parties] == list(range(len(self.parties))),
            "parties",
            "numbers must be 0..m-1",
        )
        _require(
            len({p.name for p in self.parties}) == len(self.parties),
            "parties",
            "a name stands twice",
        )
        with_cohort = [p.number for p in self.parties if p.has_cohort]
        _require(bool(with_cohort), "parties", "nobody has patients")
        _require(
            self.sampler == min(with_cohort, default=-1),
            "sampler",
            "must be the first hospital with patients",
        )
        t = self.threshold
        _require(
            type(t) is int and 1 <= t <= largest_threshold(len(self.parties)),
            "threshold",
            "must be at least 1 and below half",
        )

    def _check_content(self) -> None:
        _require(self.format_version == FORMAT_VERSION, "format_version", "unknown")
        _require(_is_hex(self.study_id, 32), "study_id", "not 32 hex digits")
        _require(_is_text(self.title, 80), "title", "empty, too long or not printable")
        _require(type(self.rehearsal) is bool, "rehearsal", "not yes or no")
        _require(_is_text(self.recipe, 40), "recipe", "empty")
        _require(2 <= len(self.genes) <= MAX_GENES, "genes", f"must be 2 to {MAX_GENES}")
        _require(len(set(self.genes)) == len(self.genes), "genes", "a gene stands twice")
        _require(
            all(_is_text(g, 100) for g in self.genes),
            "genes",
            "a name is empty, too long or not printable",
        )
        _require(2 <= len(self.classes) <= MAX_CLASSES, "classes", f"must be 2 to {MAX_CLASSES}")
        _require(len(set(self.classes)) == len(self.classes), "classes", "a class stands twice")
        _require(
            all(_is_text(c) for c in self.classes),
            "classes",
            "a name is empty, too long or not printable",
        )
        _require(
            _is_text(self.label_name, 100) and self.label_name not in self.genes,
            "label_name",
            "empty or also a gene",
        )
        _require(_is_text(self.normalisation, 40), "normalisation", "empty")
        _require(
            type(self.n_max) is int and 1 <= self.n_max <= 1_000_000,
            "n_max",
            "must be 1 to 1,000,000",
        )
        _require(0 <= self.holdout_share <= 0.5, "holdout_share", "must be 0 to 0.5")
        _require(
            self.patient_multiplicity == 1,
            "patient_multiplicity",
            "this version supports disjoint patients only",
        )
        ok = self.n_records is None or (
            type(self.n_records) is int and 1 <= self.n_records <= 1_000_000
        )
        _require(ok, "n_records", "must be 1 to 1,000,000")

    def canonical_bytes(self) -> bytes:
        """Return the bytes that are hashed, stored and compared: sorted JSON, ASCII, no spaces."""
        return json.dumps(
            asdict(self), sort_keys=True, separators=(",", ":"), allow_nan=False
        ).encode("ascii")

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
        _require(name in found, f"recipe_parameters.{name}", "missing")
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
        except ValueError:
            raise PlanError("PL201", field="plan", reason="not JSON") from None
        _require(isinstance(tree, dict), "plan", "not an object")
        if tree.get("format_version") != FORMAT_VERSION:
            raise PlanError("PL209", found=tree.get("format_version"), known=FORMAT_VERSION)
        try:
            return cls(**_from_tree(tree))
        except (TypeError, KeyError, ValueError) as wrong:
            raise PlanError(
                "PL201",
                field="plan",
                reason=f"a field is missing, unknown or mistyped ({type(wrong).__name__})",
            ) from None


def _from_tree(tree: Mapping[str, object]) -> dict[str, object]:
    """Turn decoded JSON back into the plan's field values (lists become tuples and values)."""
    fields = dict(tree)

    def rows(name: str) -> list[dict[str, object]]:
        value = fields[name]
        if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
            raise TypeError(name)
        return value

    def pairs(value: object) -> tuple[tuple[object, ...], ...]:
        if not isinstance(value, list) or not all(
            isinstance(v, list) and len(v) == 2 for v in value
        ):
            raise TypeError("pairs")
        return tuple(tuple(v) for v in value)

    fields["parties"] = tuple(PlanParty(**p) for p in rows("parties"))  # type: ignore[arg-type]
    fields["stages"] = tuple(
        StagePlan(**{**s, "noise": NoiseLadder(levels=pairs(dict(s["noise"])["levels"]))})  # type: ignore[arg-type, call-overload]
        for s in rows("stages")
    )
    fields["budget"] = Budget(**dict(fields["budget"]))  # type: ignore[call-overload]
    fields["recipe_parameters"] = pairs(fields["recipe_parameters"])
    for name in ("genes", "classes"):
        value = fields[name]
        if not isinstance(value, list):
            raise TypeError(name)
        fields[name] = tuple(value)
    return fields
