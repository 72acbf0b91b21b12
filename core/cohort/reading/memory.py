"""Refuse a file before it fills the computer's memory."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from core.errors import CohortError

_MB: Final = 1_000_000
_FREE_LIST: Final = Path("/proc/meminfo")
RESERVE_MB: Final = 200  # for the reader itself


def refuse_too_large(file_name: str, n_records: int, n_genes: int) -> None:
    """Raise CH120 if float32 values of this shape do not fit into free memory, where known.

    Raises:
        CohortError: CH120.
    """
    free = free_mb()
    needed = n_records * n_genes * 4 // _MB + RESERVE_MB
    if free is not None and needed > free:
        raise CohortError("CH120", file=file_name, needed_mb=needed, available_mb=free)


def free_mb() -> int | None:
    """Return the memory that programs can still get, in MB; None where the system does not say."""
    try:
        lines = _FREE_LIST.read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    for line in lines:
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024 // _MB
    return None
