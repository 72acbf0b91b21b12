"""One party as a plan names it, and what it has stated in writing.

References:
    privacy.md sections 1 and 8.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.model.stage import is_hex, is_text, require


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
