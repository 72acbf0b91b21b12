"""Write files once: complete or not at all, never over another one.

References:
    formats.md; conventions.md "Save the checkpoint before the outgoing effect".
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from core.errors import PlanError, WorkerError


def write_file(path: Path, content: bytes) -> None:
    """Write a new file: to a temporary name, flushed to the disk, then renamed.

    Raises:
        PlanError: PL210 if the file is already there.
        WorkerError: WO603 if the disk refuses.
    """
    if path.exists():
        raise PlanError("PL210", folder=path.parent.name)
    try:
        descriptor, name = tempfile.mkstemp(prefix=".partial-", dir=path.parent)
        temporary = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            temporary.replace(path)
            sync_folder(path.parent)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as wrong:
        raise _refused(path, wrong) from None


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write a new folder with all its files, or none of it.

    Raises:
        PlanError: PL210 if the folder already holds something.
        WorkerError: WO603 if the disk refuses.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise PlanError("PL210", folder=folder.name)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=".partial-", dir=folder.parent))
        try:
            for name, content in files.items():
                write_file(temporary / name, content)
            if folder.exists():
                folder.rmdir()
            temporary.rename(folder)
            sync_folder(folder.parent)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    except OSError as wrong:
        raise _refused(folder, wrong) from None


def sync_folder(folder: Path) -> None:
    """Make a rename durable, where the system can (Windows keeps its own journal)."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _refused(path: Path, wrong: OSError) -> WorkerError:
    reason = os.strerror(wrong.errno) if wrong.errno else "the disk refused"
    return WorkerError("WO603", file=path.name, reason=reason)
