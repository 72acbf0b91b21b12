"""Where an installation's identity is kept, brought back, saved elsewhere, and renewed.

``identity.json`` holds the certificate and says where the key is: in the operating system's key
store, or sealed under a passphrase in the same file. Whatever the file says is checked: key and
certificate must belong together.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import tempfile
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

from core.errors import WorkerError
from core.network.installation import (
    Installation,
    KeyPlace,
    SealedKey,
    Succession,
    require_passphrase,
)
from core.randomness import NoiseSource

_FORMAT: Final = 1
_KIND, _BACKUP_KIND = "syncohort-identity", "syncohort-identity-backup"
_MOST_BYTES: Final = 64 * 1024


class KeptIn(Enum):
    """Where the private key is."""

    NOWHERE = "nowhere"
    KEY_STORE = "key store"
    FILE = "file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is known about the identity without opening it.

    Attributes:
        kept_in: Where the key is; NOWHERE: there is no identity yet.
        reason: Why it is (or would be) in a file and a passphrase is needed; empty: it is not.
        certificate_pem: The certificate, or empty.
    """

    kept_in: KeptIn
    reason: str
    certificate_pem: str


class IdentityStore:
    """One installation's identity on this computer. Invariant: the key is never on the disk but
    sealed.
    """

    def __init__(self, folder: Path, keys: KeyPlace, source: NoiseSource) -> None:
        """Name the folder; nothing is read or written yet."""
        self._path = folder / "identity.json"
        self._keys, self._source = keys, source

    def standing(self) -> Standing:
        """Return where the identity stands.

        Raises:
            WorkerError: WO606 if the file is damaged.
        """
        if not self._path.exists():
            reason = self._keys.unavailable()
            return Standing(kept_in=KeptIn.NOWHERE, reason=reason, certificate_pem="")
        tree = _read(self._path, _KIND)
        place = KeptIn.FILE if tree["sealed"] is not None else KeptIn.KEY_STORE
        return Standing(
            kept_in=place, reason=str(tree["reason"]), certificate_pem=str(tree["certificate_pem"])
        )

    def create(self, now: dt.datetime, passphrase: str = "") -> Installation:
        """Make the first identity; the passphrase is used where there is no key store.

        Raises:
            WorkerError: WO604 if there is one; WO612 if a passphrase is needed; WO603 if the disk
                refuses.
        """
        if self._path.exists():
            raise WorkerError("WO604", step="make an identity", reason="there is one")
        new = Installation.new(self._source, now)
        self._keep(new, passphrase, None)
        return new

    def load(self, passphrase: str = "") -> Installation:
        """Open the identity.

        Raises:
            WorkerError: WO604 if there is none; WO606 or WO611 if it is damaged; WO612 if a
                passphrase is needed; WO613 if it is another.
        """
        if not self._path.exists():
            raise WorkerError("WO604", step="open the identity", reason="there is none yet")
        tree = _read(self._path, _KIND)
        pem = str(tree["certificate_pem"])
        if tree["sealed"] is not None:
            if not passphrase:
                raise WorkerError("WO612", reason=str(tree["reason"]))
            return SealedKey.from_tree(tree["sealed"]).opened(passphrase, pem, self._source)
        exposed = self._keys.read(str(tree["key_name"]))
        if exposed is None:
            raise WorkerError("WO611", reason="its key is not in the key store any more")
        return Installation.from_exposed(exposed, pem, self._source)

    def backup(self, identity: Installation, target: Path, passphrase: str) -> None:
        """Write the identity, sealed, to a file that may be kept elsewhere.

        Raises:
            WorkerError: WO612 if the passphrase is too short; WO603 if the disk refuses.
        """
        sealed = identity.sealed(passphrase)
        _write(target, _tree(_BACKUP_KIND, identity, sealed, "a backup", None))

    def restore(self, origin: Path, passphrase: str) -> Installation:
        """Take the identity of a backup; it replaces the one that is here.

        The same passphrase seals it where there is no key store.

        Raises:
            WorkerError: WO606 or WO611 if the backup is damaged; WO613 for another passphrase.
        """
        tree = _read(origin, _BACKUP_KIND)
        identity = SealedKey.from_tree(tree["sealed"]).opened(
            passphrase, str(tree["certificate_pem"]), self._source
        )
        self._keep(identity, passphrase, None)
        return identity

    def renew(
        self, identity: Installation, now: dt.datetime, passphrase: str = ""
    ) -> tuple[Installation, Succession]:
        """Replace the identity by a new key and certificate, vouched for by the old one.

        Raises:
            WorkerError: WO612 if a passphrase is needed; WO603 if the disk refuses.
        """
        new, succession = identity.successor(now)
        self._keep(new, passphrase, succession)
        return new, succession

    def succession(self) -> Succession | None:
        """Return the former identity's word for this one, if there was a renewal."""
        if not self._path.exists():
            return None
        tree = _read(self._path, _KIND)["succession"]
        if not isinstance(tree, dict):
            return None
        with contextlib.suppress(KeyError, ValueError, TypeError):
            signature = bytes.fromhex(tree["signature"])
            return Succession(former_pem=str(tree["former_pem"]), signature=signature)
        raise WorkerError("WO606", file=self._path.name, reason="it is damaged")

    def _keep(
        self, identity: Installation, passphrase: str, succession: Succession | None
    ) -> None:
        """Keep the key first, then the file that names it, then forget the former key."""
        former = _read(self._path, _KIND)["key_name"] if self._path.exists() else None
        reason = self._keys.unavailable()
        if reason:
            if not passphrase:
                raise WorkerError("WO612", reason=reason)
            require_passphrase(passphrase)
            sealed = identity.sealed(passphrase)
            _write(self._path, _tree(_KIND, identity, sealed, reason, succession))
        else:
            name = _key_name(identity)
            self._keys.write(name, identity.exposed())
            if self._keys.read(name) != identity.exposed():
                raise WorkerError("WO611", reason="the key store does not keep it")
            _write(self._path, _tree(_KIND, identity, None, "", succession))
        if isinstance(former, str) and former != _key_name(identity) and not reason:
            self._keys.remove(former)


def _key_name(identity: Installation) -> str:
    return f"identity {identity.certificate_sha256[:32]}"


def _tree(
    kind: str,
    identity: Installation,
    sealed: SealedKey | None,
    reason: str,
    succession: Succession | None,
) -> dict[str, object]:
    return {
        "kind": kind,
        "format": _FORMAT,
        "certificate_pem": identity.certificate_pem,
        "key_name": _key_name(identity) if sealed is None else None,
        "sealed": sealed.as_tree() if sealed is not None else None,
        "reason": reason,
        "succession": {
            "former_pem": succession.former_pem,
            "signature": succession.signature.hex(),
        }
        if succession is not None
        else None,
    }


_FIELDS: Final = {
    "kind": str,
    "format": int,
    "certificate_pem": str,
    "key_name": (str, type(None)),
    "sealed": (dict, type(None)),
    "reason": str,
    "succession": (dict, type(None)),
}


def _read(path: Path, kind: str) -> dict[str, object]:
    try:
        with path.open("rb") as stream:
            tree = json.loads(stream.read(_MOST_BYTES + 1)[:_MOST_BYTES])
    except OSError:
        raise WorkerError("WO606", file=path.name, reason="it cannot be read") from None
    except (ValueError, RecursionError):
        raise WorkerError("WO606", file=path.name, reason="it is damaged") from None
    if not isinstance(tree, dict) or set(tree) != set(_FIELDS) or tree["kind"] != kind:
        raise WorkerError("WO606", file=path.name, reason="it is another kind of file")
    if not all(isinstance(tree[n], k) for n, k in _FIELDS.items()):  # type: ignore[arg-type]
        raise WorkerError("WO606", file=path.name, reason="it is damaged")
    if tree["format"] != _FORMAT:
        raise WorkerError("WO606", file=path.name, reason="another version wrote it")
    return tree


def _write(path: Path, tree: dict[str, object]) -> None:
    """Write readable by its owner only, the old or the new content, never half of it."""
    content = json.dumps(tree, indent=1, sort_keys=True).encode("utf-8")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as wrong:
        raise WorkerError("WO603", file=path.name, reason=wrong.strerror or "unknown") from None
