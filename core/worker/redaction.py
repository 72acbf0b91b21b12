"""Logs that cannot hold a patient: an error's kind and place in the code, never its text."""

from __future__ import annotations

import logging
import traceback
from pathlib import Path


def place_of(wrong: BaseException) -> str:
    """Return ``module.py:line`` of the innermost frame, without folders or values."""
    frames = traceback.extract_tb(wrong.__traceback__)
    if not frames:
        return "unknown"
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}"


def log_unexpected(wrong: BaseException, step: str) -> None:
    """Log that something of ours broke: kind, place and step only."""
    trail = " < ".join(
        f"{Path(f.filename).name}:{f.lineno}"
        for f in reversed(traceback.extract_tb(wrong.__traceback__)[-6:])
    )
    logging.getLogger("syncohort.worker").error(
        "%s in %s at %s", type(wrong).__name__, step, trail
    )


class Redacted(logging.Filter):
    """Drops exception texts and arguments of foreign libraries' records: only our own loggers may
    format values.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep our records; reduce all others to their logger's name and level."""
        if not record.name.startswith("syncohort"):
            record.msg = "(text withheld)"
            record.args = ()
        record.exc_info = None
        record.exc_text = None
        record.stack_info = None
        return True


def configure_logging() -> None:
    """Send redacted logs to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    handler.addFilter(Redacted())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
