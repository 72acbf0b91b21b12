"""Read a whole cohort file as float32, in pieces, with progress, stoppable at any time."""

from core.cohort.reading.entry import read

__all__ = ["read"]
