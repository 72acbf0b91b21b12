"""Who is in a study between installations, and what each has put its name to."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.model.lobby import SeatState
from core.model.plan import Attestation, PlanParty
from core.model.stage import is_hex, is_text, require
from core.study.drafting import Seat


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """One installation of a study.

    Attributes:
        key: SHA-256 of its certificate, 64 hex digits.
        certificate_pem: The certificate (public).
        name: Of the hospital.
        has_cohort: False for a compute partner.
        attestations: What it stated, sorted.
        secret_id: Of its invitation; empty for the coordinator.
        state: Asked, accepted or removed.
        compared: Whether its six words were compared.
        reason: Why it was removed or refused the last plan; empty otherwise.
    """

    key: str
    certificate_pem: str
    name: str
    has_cohort: bool
    attestations: tuple[Attestation, ...]
    secret_id: str
    state: SeatState
    compared: bool
    reason: str = ""

    def __post_init__(self) -> None:
        """Refuse what could not stand in a plan."""
        require(len(self.certificate_pem) < 10_000, "parties", "a certificate is too long")
        self.seat(0)

    @property
    def place(self) -> Seat:
        """Return it for ``draft_plan``."""
        return Seat(name=self.name, has_cohort=self.has_cohort, attestations=self.attestations)

    def seat(self, number: int) -> PlanParty:
        """Return it as party ``number`` of a plan."""
        return PlanParty(
            number=number,
            name=self.name,
            has_cohort=self.has_cohort,
            certificate_sha256=self.key,
            attestations=self.attestations,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """An invitation that was made here.

    Attributes:
        secret: 64 hex digits.
        secret_id: Public name of the secret.
        expires: Seconds since the epoch, UTC.
        used_by: Key of the installation that used it first; empty before.
    """

    secret: str = field(repr=False)
    secret_id: str
    expires: int
    used_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endorsement:
    """A signature of one plan: the steward's, or the second person's.

    Attributes:
        key: Of the installation whose key signed.
        digest: Of the plan.
        person: Name of the second person; empty for the steward's signature.
        signature: Of ``core.study.signatures.plan_statement`` or ``approval_statement``.
    """

    key: str
    digest: str
    person: str
    signature: bytes

    def __post_init__(self) -> None:
        """Refuse what is not an endorsement."""
        require(is_hex(self.key, 64) and is_hex(self.digest, 64), "signature", "not of a plan")
        require(self.person == "" or is_text(self.person, 80), "signature", "not a name")
        require(0 < len(self.signature) <= 512, "signature", "not a signature")


def facts_of(party: Participant) -> tuple[object, ...]:
    """Return what is agreed on about an installation: a change voids every signature."""
    return (party.key, party.name, party.has_cohort, party.attestations, party.state)


def added(kept: tuple[Endorsement, ...], given: Endorsement) -> tuple[Endorsement, ...]:
    """Return ``kept`` with ``given`` in the place of an earlier one of the same installation."""
    return (*(e for e in kept if e.key != given.key), given)
