"""Who signs a release: every hospital of the plan, with the key that signed the plan.

    plan digest, manifest's SHA-256, own key -> release_statement -> ECDSA signature

All hospitals hold the same manifest, byte for byte, and each signs its SHA-256 as soon as its
release is on the disk. ``signatures.json`` holds what has come together so far, with the
certificates whose fingerprints the plan names. In a rehearsal nobody signs: one owner holds every
key, so that no signature would prove anything.

Reveals:
    To whoever gets the file: that these hospitals released this manifest; nothing of a patient.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from core.model.stage import is_hex
from core.study.signatures import statement

FORMAT: Final = "syncohort-release-signatures"
FORMAT_VERSION: Final = 1
_MOST_SIGNATURES: Final = 20
_MOST_BYTES: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseSignature:
    """One hospital's signature of one manifest. Invariant: fingerprints are 64 hex digits.

    Attributes:
        plan: Digest of the plan.
        manifest: SHA-256 of ``manifest.json``.
        key: SHA-256 of the hospital's certificate, as the plan names it.
        signature: Of ``release_statement``.
    """

    plan: str
    manifest: str
    key: str
    signature: bytes

    def __post_init__(self) -> None:
        """Refuse what no hospital signs.

        Raises:
            ValueError: If a field has another shape.
        """
        sound = all(is_hex(part, 64) for part in (self.plan, self.manifest, self.key))
        if not sound or not 0 < len(self.signature) <= 200:
            raise ValueError("signature")

    @property
    def signed_bytes(self) -> bytes:
        """What was signed."""
        return release_statement(self.plan, self.manifest, self.key)


def release_statement(plan_digest: str, manifest_sha256: str, key: str) -> bytes:
    """Return what the hospital of ``key`` signs: this manifest is the release of this plan."""
    return statement("hospital signs release", plan_digest, manifest_sha256, key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signatures:
    """All signatures of one release that are held here, and the certificates behind them.

    Attributes:
        signatures: At most one for each key and manifest.
        certificates: Fingerprint -> PEM.
    """

    signatures: tuple[ReleaseSignature, ...] = ()
    certificates: Mapping[str, str]

    def to_bytes(self) -> bytes:
        """Return ``signatures.json``."""
        tree = {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "signatures": [
                {
                    "plan": s.plan,
                    "manifest": s.manifest,
                    "key": s.key,
                    "signature": s.signature.hex(),
                }
                for s in sorted(self.signatures, key=lambda s: (s.key, s.manifest))
            ],
            "certificates": dict(sorted(self.certificates.items())),
        }
        return (json.dumps(tree, indent=2) + "\n").encode("ascii")

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        """Read ``signatures.json`` strictly; untrusted.

        Raises:
            ValueError: If it is another file, or damaged.
        """
        if len(content) > _MOST_BYTES:
            raise ValueError("size")
        try:
            tree: dict[str, Any] = json.loads(content)
            if (tree["format"], tree["format_version"]) != (FORMAT, FORMAT_VERSION):
                raise ValueError("format")
            rows = tree["signatures"]
            if len(rows) > _MOST_SIGNATURES or len(tree["certificates"]) > _MOST_SIGNATURES:
                raise ValueError("size")
            found = tuple(
                ReleaseSignature(**{**row, "signature": bytes.fromhex(row["signature"])})
                for row in rows
            )
            pems = {str(k): str(v) for k, v in tree["certificates"].items()}
        except (KeyError, TypeError, AttributeError, RecursionError) as wrong:
            raise ValueError(type(wrong).__name__) from None
        return cls(signatures=found, certificates=pems)
