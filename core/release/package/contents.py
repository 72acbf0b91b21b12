"""``contents.json``: the list of everything in a package, for whom it was made, and its seal.

The manifest is signed by all hospitals and holds what all of them computed alike. What one
hospital adds for a recipient (other file formats, pages to read) stands in the contents only and
is sealed with that hospital's key. What a second person approves is the digest of the contents: of
exactly these bytes, for exactly this recipient.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final, Self

from core.model.stage import is_hex, is_text
from core.release.manifest import readable, sha256
from core.study.signatures import statement

FORMAT: Final = "syncohort-release"
FORMAT_VERSION: Final = 1
CONTENTS: Final = "contents.json"
_MOST_FILES: Final = 100


class Recipient(StrEnum):
    """Who gets a package."""

    INSIDE = "inside"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One file of a package."""

    name: str
    sha256: str
    size_bytes: int

    def __post_init__(self) -> None:
        """Refuse a name that leads elsewhere.

        Raises:
            ValueError: If a field has another shape.
        """
        if not is_file_name(self.name) or not is_hex(self.sha256, 64):
            raise ValueError("file")
        if type(self.size_bytes) is not int or self.size_bytes < 0:
            raise ValueError("size_bytes")


def is_file_name(name: object) -> bool:
    """Tell whether ``name`` names a file right here on every system.

    >>> [is_file_name(n) for n in ("synthetic.csv", "../a", "a/b", ".a", "a:b")]
    [True, False, False, False, False]
    """
    forbidden = set('/\\:*?"<>|')
    return is_text(name, 120) and not set(str(name)) & forbidden and not str(name).startswith(".")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What is in a package and for whom. Invariant: names are different and sorted.

    Attributes:
        plan: Digest of the plan.
        manifest: SHA-256 of the manifest.
        released_by: Name of the hospital that made the package.
        recipient: Inside the hospital or outside.
        to: Who gets it, as typed; may be empty.
        files: Everything but ``contents.json`` itself.
    """

    plan: str
    manifest: str
    released_by: str
    recipient: Recipient
    to: str
    files: tuple[Listed, ...]

    def __post_init__(self) -> None:
        """Refuse a list that is not one.

        Raises:
            ValueError: If a field has another shape.
        """
        names = [f.name for f in self.files]
        if names != sorted(set(names)) or CONTENTS in names or len(names) > _MOST_FILES:
            raise ValueError("files")
        if not is_hex(self.plan, 64) or not is_hex(self.manifest, 64):
            raise ValueError("digest")
        if not is_text(self.released_by) or not (self.to == "" or is_text(self.to)):
            raise ValueError("name")

    @classmethod
    def of(
        cls,
        files: Mapping[str, bytes],
        *,
        plan: str,
        manifest: str,
        released_by: str,
        recipient: Recipient,
        to: str,
    ) -> Self:
        """Return the list of these files."""
        listed = tuple(
            Listed(name=name, sha256=sha256(content), size_bytes=len(content))
            for name, content in sorted(files.items())
        )
        return cls(
            plan=plan,
            manifest=manifest,
            released_by=released_by,
            recipient=recipient,
            to=to,
            files=listed,
        )

    @property
    def digest(self) -> str:
        """SHA-256 that is approved: of every file, its name, and for whom it is."""
        text = json.dumps(asdict(self), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(b"syncohort-release-contents-1\0" + text.encode()).hexdigest()


def seal_statement(digest: str, key: str) -> bytes:
    """Return what the releasing hospital signs: it made these contents for this recipient."""
    return statement("hospital seals package", digest, key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """The releasing hospital's signature of the contents."""

    key: str
    signature: bytes


def contents_bytes(contents: Contents, seal: Seal | None) -> bytes:
    """Return ``contents.json``; a rehearsal's has no seal."""
    sealed = None if seal is None else {"key": seal.key, "signature": seal.signature.hex()}
    return readable(
        {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            **asdict(contents),
            "digest": contents.digest,
            "seal": sealed,
        }
    )


def read_contents(content: bytes) -> tuple[Contents, Seal | None]:
    """Read ``contents.json`` strictly; untrusted.

    Raises:
        ValueError: If it is another file, or damaged.
    """
    try:
        tree: dict[str, Any] = json.loads(content)
        if (tree.pop("format"), tree.pop("format_version")) != (FORMAT, FORMAT_VERSION):
            raise ValueError("format")
        digest, sealed = tree.pop("digest"), tree.pop("seal")
        files = tuple(Listed(**row) for row in tree["files"])
        recipient = Recipient(tree["recipient"])
        found = Contents(**{**tree, "files": files, "recipient": recipient})
        seal = None
        if sealed is not None:
            key, signature = str(sealed["key"]), bytes.fromhex(sealed["signature"])
            seal = Seal(key=key, signature=signature)
    except (KeyError, TypeError, AttributeError, RecursionError) as wrong:
        raise ValueError(type(wrong).__name__) from None
    if digest != found.digest:
        raise ValueError("digest")
    return found, seal
