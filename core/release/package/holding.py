"""A package on disk: a folder or a ZIP, written once and read within bounds.

The ZIP holds times of 1980 and nothing of the computer on which it was made.
"""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from core.errors import WorkerError
from core.release.package.contents import is_file_name
from core.release.writing import write_file, write_folder

#: A released table has at most a gigabyte; a package holds it in a few forms.
MOST_BYTES: Final = 8 * 1024**3
_MOST_FILES: Final = 200
_TIME: Final = (1980, 1, 1, 0, 0, 0)


def write_package(target: Path, files: Mapping[str, bytes], *, as_zip: bool) -> None:
    """Write a package, complete or not at all, never over another.

    Raises:
        PlanError: PL210 if something is there already.
        WorkerError: WO603 if the disk refuses.
    """
    if as_zip:
        write_file(target, zip_bytes(files))
    else:
        write_folder(target, files)


def zip_bytes(files: Mapping[str, bytes]) -> bytes:
    """Return the files as a ZIP; the same files give the same bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, _TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = (stat.S_IFREG | 0o644) << 16
            info.create_system = 3
            archive.writestr(info, files[name])
    return stream.getvalue()


def read_package(path: Path) -> dict[str, bytes]:
    """Return every file of a package by name; untrusted.

    Raises:
        WorkerError: WO606 if it is neither a folder nor a ZIP, has folders inside, two files of
            one name, or more than a package can hold.
    """
    try:
        if path.is_dir():
            return _read_folder(path)
        return _read_zip(path)
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as wrong:
        reason = "it cannot be read" if isinstance(wrong, OSError) else "it is no sound ZIP file"
        raise WorkerError("WO606", file=path.name, reason=reason) from None


def _read_folder(path: Path) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    left = MOST_BYTES
    for entry in sorted(path.iterdir()):
        if not entry.is_file() or entry.is_symlink():
            reason = f"{entry.name} is not a file"
            raise WorkerError("WO606", file=path.name, reason=reason)
        left -= entry.stat().st_size
        _require_room(path, len(found), left)
        found[entry.name] = entry.read_bytes()
    return found


def _read_zip(path: Path) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    left = MOST_BYTES
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            if info.filename in found:
                reason = f"{info.filename} stands in it twice"
                raise WorkerError("WO606", file=path.name, reason=reason)
            if not is_file_name(info.filename):
                reason = "it holds a folder, or a name that leads elsewhere"
                raise WorkerError("WO606", file=path.name, reason=reason)
            left -= info.file_size
            _require_room(path, len(found), left)
            with archive.open(info) as stream:
                found[info.filename] = stream.read(info.file_size + 1)
    return found


def _require_room(path: Path, count: int, left: int) -> None:
    if left < 0 or count >= _MOST_FILES:
        raise WorkerError("WO606", file=path.name, reason="it holds more than a release")
