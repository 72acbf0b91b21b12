"""Where an installation's identity is kept, brought back, saved elsewhere, and renewed.

``identity.json`` holds the certificate and says where the key is: in the operating system's key
store, or sealed under a passphrase in the same file. Identities that were replaced stay beside it
for as long as a study that was joined with them goes on. Whatever the file says is checked: key
and certificate must belong together.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import tempfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

from core.errors import WorkerError
from core.network.certificate import fingerprint
from core.network.installation import Installation, KeyPlace, SealedKey, Succession
from core.randomness import NoiseSource

#: Of ``identity.json``; format 1 kept no former identities.
_FORMAT: Final = 2
_BACKUP_FORMAT: Final = 1
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
        former_pems: Certificates of replaced identities that are kept for studies under way.
    """

    kept_in: KeptIn
    reason: str
    certificate_pem: str
    former_pems: tuple[str, ...] = ()


class IdentityStore:
    """One installation's identity on this computer. Invariant: the key is never on the disk but
    sealed, and one passphrase opens all that is sealed in ``identity.json``.
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
        tree = _read_own(self._path)
        return Standing(
            kept_in=KeptIn.FILE if tree["sealed"] is not None else KeptIn.KEY_STORE,
            reason=str(tree["reason"]),
            certificate_pem=str(tree["certificate_pem"]),
            former_pems=tuple(str(e["certificate_pem"]) for e in _former_of(tree)),
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
        self.keep(new, passphrase)
        return new

    def load(self, passphrase: str = "") -> Installation:
        """Open the identity.

        Raises:
            WorkerError: WO604 if there is none; WO606 or WO611 if it is damaged; WO615 if its
                passphrase is needed; WO613 if it is another.
        """
        if not self._path.exists():
            raise WorkerError("WO604", step="open the identity", reason="there is none yet")
        tree = _read_own(self._path)
        if tree["sealed"] is not None and not passphrase:
            raise WorkerError("WO615", reason=str(tree["reason"]))
        return self._opened(tree, passphrase)

    def load_former(self, passphrase: str = "") -> tuple[Installation, ...]:
        """Open the replaced identities that are kept for studies under way; one whose key is lost
        is left out.
        """
        found = []
        for entry in _former_of(_read_own(self._path)) if self._path.exists() else ():
            with contextlib.suppress(WorkerError):
                found.append(self._opened(entry, passphrase))
        return tuple(found)

    def _opened(self, tree: dict[str, object], passphrase: str) -> Installation:
        pem = str(tree["certificate_pem"])
        if tree["sealed"] is not None:
            return SealedKey.from_tree(tree["sealed"]).opened(passphrase, pem, self._source)
        exposed = self._keys.read(str(tree["key_name"]))
        if exposed is None:
            raise WorkerError("WO611", reason="its key is not in the key store any more")
        return Installation.from_exposed(exposed, pem, self._source)

    # ---- backup

    def backup(self, identity: Installation, target: Path, passphrase: str) -> None:
        """Write the identity, sealed, to a file that may be kept elsewhere, and read it again.

        Raises:
            WorkerError: WO612 if the passphrase is too short; WO603 if the disk refuses or does
                not give back what was written.
        """
        tree = _entry(identity, identity.sealed(passphrase)) | {
            "kind": _BACKUP_KIND,
            "format": _BACKUP_FORMAT,
            "reason": "a backup",
            "succession": _said(self.succession()),
        }
        _write(target, tree)
        again, _ = self.read_backup(target, passphrase)
        if again.certificate_sha256 != identity.certificate_sha256:
            raise WorkerError("WO603", file=target.name, reason="it reads back differently")

    def read_backup(self, origin: Path, passphrase: str) -> tuple[Installation, Succession | None]:
        """Open a backup; nothing is changed here.

        Raises:
            WorkerError: WO606 or WO611 if it is damaged; WO613 for another passphrase.
        """
        tree = _read(origin, _BACKUP_KIND, _FIELDS, (_BACKUP_FORMAT,))
        pem = str(tree["certificate_pem"])
        identity = SealedKey.from_tree(tree["sealed"]).opened(passphrase, pem, self._source)
        return identity, _succession_of(tree, origin)

    # ---- change

    def keep(
        self,
        identity: Installation,
        passphrase: str = "",
        succession: Succession | None = None,
        former: Sequence[Installation] = (),
    ) -> None:
        """Let ``identity`` be the one of this computer, with ``former`` beside it.

        The keys are kept first, then the file that names them is written, then keys that nobody
        names any more are forgotten.

        Raises:
            WorkerError: WO612 if a passphrase is needed; WO611 if the key store does not keep the
                key; WO603 if the disk refuses.
        """
        before: set[str] = set()
        with contextlib.suppress(WorkerError):  # a damaged file names no key that could be used
            before = self._key_names()
        reason = self._keys.unavailable()
        if reason and not passphrase:
            raise WorkerError("WO612", reason=reason)
        own, *others = [
            self._kept(i, passphrase, sealed=bool(reason)) for i in (identity, *former)
        ]
        _write(
            self._path,
            own
            | {
                "kind": _KIND,
                "format": _FORMAT,
                "reason": reason,
                "succession": _said(succession),
                "former": others,
            },
        )
        self._forget(before)

    def forget_former(self, needed: Collection[str]) -> None:
        """Forget the replaced identities whose fingerprints no study needs any more.

        Raises:
            WorkerError: WO603 if the disk refuses.
        """
        if not self._path.exists():
            return
        tree = _read_own(self._path)
        kept = [e for e in _former_of(tree) if fingerprint(str(e["certificate_pem"])) in needed]
        if len(kept) != len(_former_of(tree)):
            before = self._key_names()
            _write(self._path, tree | {"former": kept})
            self._forget(before)

    def _kept(self, identity: Installation, passphrase: str, *, sealed: bool) -> dict[str, object]:
        """Keep one key and return its entry."""
        if sealed:
            return _entry(identity, identity.sealed(passphrase))
        name = _key_name(identity)
        self._keys.write(name, identity.exposed())
        if self._keys.read(name) != identity.exposed():
            raise WorkerError("WO611", reason="the key store does not keep it")
        return _entry(identity, None)

    def _key_names(self) -> set[str]:
        if not self._path.exists():
            return set()
        tree = _read_own(self._path)
        return {str(e["key_name"]) for e in (tree, *_former_of(tree)) if e["key_name"] is not None}

    def _forget(self, before: set[str]) -> None:
        for name in before - self._key_names():
            with contextlib.suppress(WorkerError):  # a key that nobody names opens nothing
                self._keys.remove(name)

    def succession(self) -> Succession | None:
        """Return the former identity's word for this one, if there was a renewal."""
        return _succession_of(_read_own(self._path), self._path) if self._path.exists() else None


def _key_name(identity: Installation) -> str:
    return f"identity {identity.certificate_sha256[:32]}"


def _entry(identity: Installation, sealed: SealedKey | None) -> dict[str, object]:
    return {
        "certificate_pem": identity.certificate_pem,
        "key_name": _key_name(identity) if sealed is None else None,
        "sealed": sealed.as_tree() if sealed is not None else None,
    }


def _said(succession: Succession | None) -> dict[str, str] | None:
    if succession is None:
        return None
    return {"former_pem": succession.former_pem, "signature": succession.signature.hex()}


def _succession_of(tree: dict[str, object], path: Path) -> Succession | None:
    found = tree["succession"]
    if not isinstance(found, dict):
        return None
    with contextlib.suppress(KeyError, ValueError, TypeError):
        signature = bytes.fromhex(found["signature"])
        return Succession(former_pem=str(found["former_pem"]), signature=signature)
    raise WorkerError("WO606", file=path.name, reason="it is damaged")


_ENTRY: Final[dict[str, tuple[type, ...]]] = {
    "certificate_pem": (str,),
    "key_name": (str, type(None)),
    "sealed": (dict, type(None)),
}
_FIELDS: Final = _ENTRY | {
    "kind": (str,),
    "format": (int,),
    "reason": (str,),
    "succession": (dict, type(None)),
}


def _read_own(path: Path) -> dict[str, object]:
    try:
        tree = _read(path, _KIND, _FIELDS, (1,))
    except WorkerError:
        tree = _read(path, _KIND, _FIELDS | {"former": (list,)}, (_FORMAT,))
    return {"former": []} | tree


def _former_of(tree: dict[str, object]) -> list[dict[str, object]]:
    found = tree["former"]
    if not isinstance(found, list) or not all(_fits(e, _ENTRY) for e in found):
        raise WorkerError("WO606", file="identity.json", reason="it is damaged")
    return found


def _fits(tree: object, wanted: dict[str, tuple[type, ...]]) -> bool:
    return (
        isinstance(tree, dict)
        and set(tree) == set(wanted)
        and all(isinstance(tree[name], kinds) for name, kinds in wanted.items())
    )


def _read(
    path: Path, kind: str, wanted: dict[str, tuple[type, ...]], formats: tuple[int, ...]
) -> dict[str, object]:
    try:
        with path.open("rb") as stream:
            tree = json.loads(stream.read(_MOST_BYTES + 1)[:_MOST_BYTES])
    except OSError:
        raise WorkerError("WO606", file=path.name, reason="it cannot be read") from None
    except (ValueError, RecursionError):
        raise WorkerError("WO606", file=path.name, reason="it is damaged") from None
    if not isinstance(tree, dict) or tree.get("kind") != kind:
        raise WorkerError("WO606", file=path.name, reason="it is another kind of file")
    if isinstance(tree.get("format"), int) and tree["format"] not in formats:
        raise WorkerError("WO606", file=path.name, reason="another version wrote it")
    if not _fits(tree, wanted):
        raise WorkerError("WO606", file=path.name, reason="it is damaged")
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
