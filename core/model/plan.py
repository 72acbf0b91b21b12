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
from dataclasses import asdict, dataclass
from typing import Final, Self

from core.errors import PlanError
from core.model.budget import Budget
from core.model.candidate import Candidate, Scalar, require_candidates, require_parameters
from core.model.judging import Judging, VotePolicy
from core.model.plan_party import Attestation, PlanParty
from core.model.plan_reading import plan_fields
from core.model.reference import PublicReference
from core.model.stage import (
    Adjacency,
    LocalGaussian,
    NoiseLadder,
    Patients,
    StagePlan,
    is_hex,
    is_number,
    is_text,
    require,
)

__all__ = [
    "CANDIDATES_VERSION",
    "FORMAT_VERSION",
    "MAX_CLASSES",
    "MAX_GENES",
    "MAX_PARTIES",
    "MIN_PARTIES",
    "Adjacency",
    "Attestation",
    "Candidate",
    "LocalGaussian",
    "NoiseLadder",
    "Patients",
    "Plan",
    "PlanParty",
    "Scalar",
    "StagePlan",
    "largest_threshold",
]

#: Version 3 may carry record marks and levels in its reference, may judge the table before it is
#: released, and may have noise that the parties add themselves. Version 2 states the adjacency;
#: version 1 meant the same one. Version 4 has candidate settings; a plan without them is written
#: as version 3, as before. All are read for ever.
FORMAT_VERSION: Final = 3
CANDIDATES_VERSION: Final = 4
_FIRST_VERSION: Final = 1
_MARKS_SINCE: Final = 3
_JUDGING_SINCE: Final = 3
#: Under which terms the hospitals release the table; since version
_LICENCE_SINCE: Final = 3
MAX_LICENCE: Final = 200
_LOCAL_NOISE_SINCE: Final = 3
_VERSIONS: Final = range(_FIRST_VERSION, CANDIDATES_VERSION + 1)
MIN_PARTIES: Final = 3
MAX_PARTIES: Final = 10
MAX_GENES: Final = 30_000
MAX_CLASSES: Final = 50


def largest_threshold(n_parties: int) -> int:
    """Return the largest t < m/2: how many parties may collude without decoding a share.

    >>> [largest_threshold(m) for m in (2, 3, 4, 5, 10)]
    [0, 1, 1, 2, 4]
    """
    return (n_parties - 1) // 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Every public parameter of one study. Two plans are the same study exactly when their digests
    agree.

    A plan with candidates has no recipe and no parameters of its own: theirs count.
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
    judging: Judging | None = None
    licence: str | None = None
    candidates: tuple[Candidate, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what no hospital could agree to.

        Raises:
            PlanError: PL201 with the field, PL203 for two parties, PL204 for too few or too many.
        """
        self._check_parties()
        self._check_content()
        self._check_stages()
        self._check_candidates()
        require(
            is_number(self.epsilon_accounted)
            and 0 < self.epsilon_accounted <= self.budget.epsilon,
            "epsilon_accounted",
            "more than the budget",
        )

    def _check_stages(self) -> None:
        """Each group of patients has the whole budget: no patient is in two (decision 012)."""
        require(bool(self.recipe_stages), "stages", "none")
        require(
            len({s.name for s in self.stages}) == len(self.stages), "stages", "a name stands twice"
        )
        for group in (self.recipe_stages, self.evaluation_stages):
            require(
                not group or abs(sum(s.share for s in group) - 1) < 1e-9,
                "stages",
                "the shares do not sum to 1",
            )
        require(
            self.stages == self.recipe_stages + self.evaluation_stages,
            "stages",
            "the table is judged after it was made",
        )
        judged = bool(self.evaluation_stages)
        require(
            judged == (self.judging is not None and self.judging.evaluation != ""),
            "judging",
            "its evaluation and the stages on held-out patients do not go together",
        )
        require(
            not judged or self.holdout_share > 0,
            "holdout_share",
            "a joint evaluation needs patients that are held out",
        )
        for stage in self.stages:
            self._check_noise(stage)

    def _check_candidates(self) -> None:
        """What is chosen by the joint evaluation needs one, and stages for each candidate."""
        version = self.format_version
        if not self.candidates:
            require(version < CANDIDATES_VERSION, "candidates", "this version has some")
            require(is_text(self.recipe, 40), "recipe", "empty")
            return
        require(version >= CANDIDATES_VERSION, "candidates", "unknown to this version of plans")
        alone = self.recipe == "" and self.recipe_parameters == ()
        require(alone, "recipe", "a plan with candidates has none of its own")
        require(bool(self.evaluation_stages), "candidates", "no joint evaluation chooses one")
        require_candidates(self.candidates, len(self.genes), self.stages)

    def _check_noise(self, stage: StagePlan) -> None:
        """Refuse local noise that is sized for other parties than those of this plan."""
        noise, field = stage.noise, f"stages.{stage.name}.noise"
        if isinstance(noise, LocalGaussian):
            stated = (noise.contributors, noise.colluders)
            here = (len(self.parties), self.threshold)
            require(stated == here, field, "not sized for the parties and colluders of this plan")
            known = self.format_version >= _LOCAL_NOISE_SINCE
            require(known, field, "unknown to this format version")

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
        for field in ("record_marks", "level_content"):
            carried = self.reference is not None and bool(getattr(self.reference, field))
            require(
                not carried or self.format_version >= _MARKS_SINCE,
                f"reference.{field}",
                "unknown to this version of plans",
            )
        require(
            self.judging is None or self.format_version >= _JUDGING_SINCE,
            "judging",
            "unknown to this version of plans",
        )
        require(
            self.licence is None
            or (self.format_version >= _LICENCE_SINCE and is_text(self.licence, MAX_LICENCE)),
            "licence",
            "empty, too long, not printable, or unknown to this version of plans",
        )
        require(type(self.adjacency) is Adjacency, "adjacency", "unknown")
        require(is_hex(self.study_id, 32), "study_id", "not 32 hex digits")
        require(is_text(self.title, 80), "title", "empty, too long or not printable")
        require(type(self.rehearsal) is bool, "rehearsal", "not yes or no")
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
        require_parameters(self.recipe_parameters, "recipe_parameters")

    def canonical_bytes(self) -> bytes:
        """Return the bytes that are hashed, stored and compared: sorted JSON, ASCII, no spaces.

        A plan without a public reference has no such field, as before there were any; one of
        version 1 has no adjacency; one without candidates has no such field. Only stages on
        held-out patients say whom they are about.
        """
        tree = asdict(self)
        del tree["reference"]
        if self.reference is not None:
            tree["reference"] = self.reference.tree()
        if self.format_version == _FIRST_VERSION:
            del tree["adjacency"]
        for later in ("judging", "licence"):
            if tree[later] is None:
                del tree[later]
        if not self.candidates:
            del tree["candidates"]
        for stage in tree["stages"]:
            if stage["patients"] is Patients.TRAINING:
                del stage["patients"]
        return json.dumps(tree, sort_keys=True, separators=(",", ":"), allow_nan=False).encode(
            "ascii"
        )

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical bytes, 64 hex digits."""
        return hashlib.sha256(self.canonical_bytes()).hexdigest()

    @property
    def recipe_stages(self) -> tuple[StagePlan, ...]:
        """The recipe's stages, which touch training patients only."""
        return tuple(s for s in self.stages if s.patients is Patients.TRAINING)

    @property
    def evaluation_stages(self) -> tuple[StagePlan, ...]:
        """The joint evaluation's stages, which touch held-out patients only."""
        return tuple(s for s in self.stages if s.patients is Patients.HOLDOUT)

    @property
    def vote(self) -> VotePolicy:
        """How the hospitals agree to the release."""
        return self.judging.vote if self.judging is not None else VotePolicy.NONE

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
            raise PlanError("PL209", found=version, known=CANDIDATES_VERSION)
        try:
            return cls(**plan_fields(tree, states_adjacency=version != _FIRST_VERSION))
        except (TypeError, KeyError, ValueError, OverflowError) as wrong:
            raise PlanError(
                "PL201",
                field="plan",
                reason=f"a field is missing, unknown or mistyped ({type(wrong).__name__})",
            ) from None
