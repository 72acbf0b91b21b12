"""What an invitation says: public facts, where to meet, and one secret for one joiner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from core.model.budget import Budget
from core.model.candidate import Candidate, Scalar, require_number
from core.model.judging import Judging
from core.model.plan import MAX_CLASSES, MAX_GENES, MAX_LICENCE
from core.model.reference import ReferenceNote
from core.model.stage import is_hex, is_number, is_text, require

MAX_PURPOSE: Final = 1000
#: Version 3 names a public reference, how the table is judged, a licence or candidate settings;
#: one without any of these is written as version 2, as before.
INVITATION_VERSION: Final = 3
PLAIN_VERSION: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingPoint:
    """Where the installations of a study meet.

    Attributes:
        host: Name or address of the relay, or of the coordinator's own computer.
        port: TCP port, 1 to 65535.
        relay: True for a relay; False when the coordinator's computer is dialled directly (one
            site's own network, and tests).
        certificate_sha256: SHA-256 of the relay's certificate, 64 hex digits; empty where a public
            authority vouches for it, and in direct mode.
    """

    host: str
    port: int
    relay: bool
    certificate_sha256: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot be dialled."""
        require(is_text(self.host, 253) and " " not in self.host, "meeting", "not a host name")
        require(type(self.port) is int and 0 < self.port < 65536, "meeting", "not a port")
        require(type(self.relay) is bool, "meeting", "relay or not is not yes or no")
        pinned = self.certificate_sha256
        require(
            pinned == "" or (self.relay and is_hex(pinned, 64)),
            "meeting",
            "a relay's fingerprint is not 64 hex digits",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyTerms:
    """The public facts of a study that everybody reads before joining.

    Attributes:
        title: Up to 80 characters.
        purpose: In plain words, up to 1000 characters.
        label_name: Heading of the diagnosis column in the synthetic cohort.
        classes: The diagnoses, typed by the coordinator.
        n_genes: Size of the panel.
        panel_sha256: SHA-256 of the panel's names, see ``core.study.invitation.panel_digest``.
        recipe: Name of the recipe; empty with candidates.
        recipe_parameters: Its public parameters; none with candidates.
        budget: What the study spends of each cohort's cap.
        n_max: Most records per hospital.
        holdout_share: Share of patients that never enters.
        n_records: Synthetic patients; None for the noisy total.
        reference: The public reference that the plan will carry; None without one.
        judging: The joint evaluation and the private vote that the plan will have; None: the table
            is released at once.
        licence: Under which terms the table is released; None: nobody chose any.
        candidates: Settings of which the joint evaluation chooses one; empty: the one recipe.
    """

    title: str
    purpose: str
    label_name: str
    classes: tuple[str, ...]
    n_genes: int
    panel_sha256: str
    recipe: str
    recipe_parameters: tuple[tuple[str, Scalar], ...]
    budget: Budget
    n_max: int
    holdout_share: float
    n_records: int | None
    reference: ReferenceNote | None = None
    judging: Judging | None = None
    licence: str | None = None
    candidates: tuple[Candidate, ...] = ()

    @property
    def later(self) -> bool:
        """Whether they say something that version 2 of an invitation could not."""
        said = (self.reference, self.judging, self.licence)
        return any(part is not None for part in said) or bool(self.candidates)

    def __post_init__(self) -> None:
        """Refuse terms that no plan could have; the plan checks the rest."""
        require(is_text(self.title, 80), "title", "empty, too long or not printable")
        require(is_text(self.purpose, MAX_PURPOSE), "purpose", "empty, too long or not printable")
        require(is_text(self.label_name, 100), "label_name", "empty, too long or not printable")
        if self.licence is not None:
            require(is_text(self.licence, MAX_LICENCE), "licence", "empty or too long")
        require(
            2 <= len(self.classes) <= MAX_CLASSES
            and len(set(self.classes)) == len(self.classes)
            and all(is_text(c) for c in self.classes),
            "classes",
            f"must be 2 to {MAX_CLASSES} different names",
        )
        require(
            type(self.n_genes) is int and 2 <= self.n_genes <= MAX_GENES,
            "genes",
            f"must be 2 to {MAX_GENES}",
        )
        require(is_hex(self.panel_sha256, 64), "panel_sha256", "not 64 hex digits")
        self._check_recipe()
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
        n = self.n_records
        require(
            n is None or (type(n) is int and 1 <= n <= 1_000_000),
            "n_records",
            "must be 1 to 1,000,000",
        )

    def _check_recipe(self) -> None:
        """There is one recipe, or there are candidates and a joint evaluation that chooses."""
        if not self.candidates:
            require(is_text(self.recipe, 40), "recipe", "empty")
            return
        require_number(len(self.candidates))
        alone = self.recipe == "" and self.recipe_parameters == ()
        require(alone, "recipe", "a study with candidates has none of its own")
        most = max(c.n_genes for c in self.candidates)
        require(most == self.n_genes, "candidates", "none has all genes of the panel")
        judged = self.judging is not None and self.judging.evaluation != ""
        require(judged, "candidates", "no joint evaluation chooses one")


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """One invitation for one joiner. Invariant: holds no key.

    Attributes:
        version: Of the format: 3 if the terms say what version 2 could not, else 2.
        study_id: 32 hex digits.
        token: 32 hex digits; names the session at the relay.
        secret: 64 hex digits; lets one installation, the first that uses it, ask to join.
        secret_id: First 32 hex digits of the SHA-256 of ``secret``; also the slot at which the
            coordinator waits for this joiner.
        meeting: Where to dial.
        coordinator: Name of the coordinator's hospital.
        coordinator_sha256: SHA-256 of its installation's certificate.
        expires: Seconds since the epoch, UTC.
        terms: The study.
        genes: The panel; empty where it is too long for an invitation.
    """

    version: int
    study_id: str
    token: str
    secret: str
    secret_id: str
    meeting: MeetingPoint
    coordinator: str
    coordinator_sha256: str
    expires: int
    terms: StudyTerms
    genes: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse identifiers of another shape."""
        written = INVITATION_VERSION if self.terms.later else PLAIN_VERSION
        require(self.version == written, "invitation", "unknown version")
        for name, length in (
            ("study_id", 32),
            ("token", 32),
            ("secret", 64),
            ("secret_id", 32),
            ("coordinator_sha256", 64),
        ):
            require(is_hex(getattr(self, name), length), name, f"not {length} hex digits")
        require(is_text(self.coordinator, 80), "coordinator", "empty, too long or not printable")
        require(type(self.expires) is int and self.expires > 0, "expires", "not a time")
        require(len(self.genes) in {0, self.terms.n_genes}, "genes", "not the study's panel")

    def __repr__(self) -> str:
        """Hide the secret."""
        return f"Invitation(study_id={self.study_id!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationView:
    """An opened invitation as the steward reads it: everything but the secret.

    Attributes:
        study_id: Key of the study.
        coordinator: Name of the inviting hospital.
        coordinator_words: Six words of its certificate, to be compared by telephone.
        meeting: Where this computer would dial.
        expires: Seconds since the epoch, UTC.
        expired: Whether that is past.
        terms: The study.
        units: What it takes of the own cap.
        odds: Worst-case chance of 100 for this study alone.
        genes: The panel; empty where it is too long for an invitation.
    """

    study_id: str
    coordinator: str
    coordinator_words: str
    meeting: MeetingPoint
    expires: int
    expired: bool
    terms: StudyTerms
    units: float
    odds: int
    genes: tuple[str, ...] = ()
