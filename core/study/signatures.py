"""Which bytes are signed, by whom, and what proves an invitation.

Every statement starts with its kind and carries each part with its length, so that no two
statements share their bytes. Keys stay with the ports: ``Signer`` holds this installation's,
``Verifier`` checks anybody's.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Protocol

from core.errors import StudyError
from core.model.plan import Plan

_DOMAIN = b"SynCohort statement 1"


class Signer(Protocol):
    """This installation's long-lived identity."""

    @property
    def certificate_pem(self) -> str:
        """Its certificate (public)."""
        ...

    @property
    def certificate_sha256(self) -> str:
        """SHA-256 of the certificate, 64 hex digits."""
        ...

    def sign(self, content: bytes) -> bytes:
        """Sign with the private key of the certificate."""
        ...


class Verifier(Protocol):
    """Checks signatures; never raises for untrusted input."""

    def __call__(self, certificate_pem: str, content: bytes, signature: bytes) -> bool:
        """Tell whether the certificate's key signed ``content``."""
        ...


def statement(kind: str, *parts: str | int | bytes) -> bytes:
    """Return unambiguous bytes: the kind and every part, each behind its length.

    >>> statement("a", "bc") == statement("ab", "c")
    False
    """
    found = [_DOMAIN]
    for part in (kind, *parts):
        content = part if isinstance(part, bytes) else str(part).encode()
        found.append(len(content).to_bytes(8, "big") + content)
    return b"".join(found)


def plan_statement(plan: Plan, purpose: str, key: str) -> bytes:
    """Return what the steward of ``key`` signs: this plan, for this purpose."""
    return statement("steward signs plan", plan.study_id, plan.digest, purpose, key)


def approval_statement(plan: Plan, purpose: str, key: str, approver: str) -> bytes:
    """Return what the installation signs when its second person approved the plan."""
    return statement(
        "second person approves plan", plan.study_id, plan.digest, purpose, key, approver
    )


def run_statement(plan_digest: str, key: str, number: int, certificate_sha256: str) -> bytes:
    """Return what an installation signs to vouch for the certificate of one run."""
    return statement("run certificate", plan_digest, key, number, certificate_sha256)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFacts:
    """The facts of one connection; its nonces make every signature on it worthless elsewhere.

    Attributes:
        token: Of the study's session.
        coordinator: Certificate of the coordinator, SHA-256.
        joiner: Certificate of the joiner, SHA-256.
        coordinator_nonce: 32 fresh bytes.
        joiner_nonce: 32 fresh bytes.
    """

    token: str
    coordinator: str
    joiner: str
    coordinator_nonce: bytes
    joiner_nonce: bytes

    def _parts(self) -> tuple[str | bytes, ...]:
        return (
            self.token,
            self.coordinator,
            self.joiner,
            self.coordinator_nonce,
            self.joiner_nonce,
        )

    def frame(self, sender: str, sequence: int, content: bytes) -> bytes:
        """Return what is signed of one message on this connection."""
        return statement("lobby message", *self._parts(), sender, sequence, content)

    def proof(self, secret: str) -> bytes:
        """Return the HMAC that proves knowledge of an invitation's secret on this connection."""
        content = statement("invitation proof", *self._parts())
        return hmac.digest(bytes.fromhex(secret), content, hashlib.sha256)

    def proves(self, secret: str, proof: bytes) -> bool:
        """Compare a proof in constant time."""
        return hmac.compare_digest(self.proof(secret), proof)


def require_signed(
    verify: Verifier, certificate_pem: str, content: bytes, signature: bytes, party: str
) -> None:
    """Refuse a signature that does not fit.

    Raises:
        StudyError: ST707.
    """
    if not verify(certificate_pem, content, signature):
        raise StudyError("ST707", party=party, what="another key or other facts")
