"""A release read back from its files.

Only what the manifest vouches for goes on: hashes are checked first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from core.errors import WorkerError
from core.model.release import SyntheticCohort
from core.model.stage import is_text
from core.release.manifest import FORMAT, MANIFEST_VERSION, PLAIN_VERSION, sha256
from core.release.table import parse_csv

TABLE: Final = "synthetic.csv"
EXPRESSION: Final = "synthetic-log2.csv"
MANIFEST: Final = "manifest.json"
REPORT: Final = "report.json"


def load_manifest(content: bytes) -> dict[str, object]:
    """Return a manifest of a known version; untrusted.

    Raises:
        WorkerError: WO606 if it is none.
    """
    return _manifest(content)[0]


def load_release_files(
    release: Mapping[str, bytes],
) -> tuple[SyntheticCohort, dict[str, object], tuple[str, ...]]:
    """Check every file that the manifest lists and read the table.

    Args:
        release: Files by name; others than the listed ones are not looked at.

    Returns:
        The synthetic cohort, the manifest, and the names that the manifest lists.

    Raises:
        WorkerError: WO606 if a file is missing, changed or not ours.
    """
    manifest, classes = _manifest(release.get(MANIFEST, b""))
    stated = _stated(manifest)
    if TABLE not in stated:
        raise WorkerError("WO606", file=MANIFEST, reason="it lists no table")
    for name, digest in stated.items():
        if sha256(release.get(name, b"")) != digest:
            reason = "its SHA-256 is not the manifest's" if name in release else "it is missing"
            raise WorkerError("WO606", file=name, reason=reason)
    cohort = parse_csv(release[TABLE], classes, TABLE, plain=_is_plain(manifest))
    return cohort, manifest, tuple(stated)


def load_release(folder: Path) -> tuple[SyntheticCohort, dict[str, object]]:
    """Read a written release and check it against its manifest.

    Returns:
        The synthetic cohort and the manifest.

    Raises:
        WorkerError: WO606 if a file is missing, changed or not ours.
    """
    content, classes, manifest = _checked(folder)
    return parse_csv(content, classes, TABLE, plain=_is_plain(manifest)), manifest


def _is_plain(manifest: dict[str, object]) -> bool:
    return manifest["format_version"] == PLAIN_VERSION


def _stated(manifest: dict[str, Any]) -> dict[str, str]:
    return {f["name"]: f["sha256"] for f in manifest["files"]}


def _checked(folder: Path) -> tuple[bytes, tuple[str, ...], dict[str, object]]:
    """Return the table, its classes and the manifest."""
    try:
        content = (folder / TABLE).read_bytes()
        manifest, classes = _manifest((folder / MANIFEST).read_bytes())
    except OSError as wrong:
        raise WorkerError("WO606", file=MANIFEST, reason=type(wrong).__name__) from None
    if _stated(manifest).get(TABLE) != sha256(content):
        raise WorkerError("WO606", file=TABLE, reason="its SHA-256 is not the manifest's")
    return content, classes, manifest


def _manifest(content: bytes) -> tuple[dict[str, object], tuple[str, ...]]:
    """Return a manifest of a known version, and the classes that it names."""
    try:
        manifest = json.loads(content)
        stated = _stated(manifest)
        classes = tuple(manifest["sample"]["classes"])
        known = manifest["format"] == FORMAT and type(manifest["format_version"]) is int
        known = known and 1 <= manifest["format_version"] <= MANIFEST_VERSION
        sound = all(map(is_text, (*classes, *stated, *stated.values())))
    except (ValueError, KeyError, TypeError, RecursionError, AttributeError) as wrong:
        raise WorkerError("WO606", file=MANIFEST, reason=type(wrong).__name__) from None
    if not known or not sound:
        reason = "another program or another version wrote it"
        raise WorkerError("WO606", file=MANIFEST, reason=reason)
    return manifest, classes
