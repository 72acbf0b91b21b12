"""Keys that a reader knows from another way than the file came: what makes a check a proof."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from core.errors import WorkerError
from core.model.stage import is_hex
from core.network.certificate import fingerprint
from core.network.installation import is_certificate


def keys_of(named: Iterable[str]) -> frozenset[str]:
    """Return the fingerprints that the reader named.

    Raises:
        WorkerError: WO605 for what is neither a fingerprint nor a certificate.
    """
    found = set()
    for text in named:
        plain = text.replace(":", "").lower()
        if is_hex(plain, 64):
            found.add(plain)
            continue
        try:
            pem = Path(text).read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError):
            pem = ""
        if not is_certificate(pem):
            raise WorkerError("WO605", reason="--key is neither a fingerprint nor a certificate")
        found.add(fingerprint(pem))
    return frozenset(found)
