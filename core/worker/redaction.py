"""Logs that cannot hold a patient: an error's kind and place in the code, never its text.

Python itself prints the text of whatever ends a thread, a process or an object, and libraries
print warnings that quote cells. In a process that holds patients all of these lead here.
"""

from __future__ import annotations

import logging
import signal
import sys
import threading
import traceback
import types
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
    """Send redacted logs, warnings and last words to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    handler.addFilter(Redacted())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.captureWarnings(True)
    sys.excepthook = _last_words
    threading.excepthook = _last_words_of_a_thread
    sys.unraisablehook = _last_words_of_an_object


def guard_process() -> None:
    """Keep what a child process holds: redacted logs, no memory dump, no end by Ctrl-C.

    Ctrl-C reaches every process of a terminal at once. Who started this one takes it and ends the
    children in order, so that nothing counts as spent that was not.
    """
    configure_logging()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        import resource  # noqa: PLC0415 - Windows has none; it writes no dump unless told to
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _last_words(
    kind: type[BaseException], wrong: BaseException, _trace: types.TracebackType | None
) -> None:
    if not issubclass(kind, KeyboardInterrupt | SystemExit):
        log_unexpected(wrong, "the whole process")


def _last_words_of_a_thread(ended: threading.ExceptHookArgs) -> None:
    if ended.exc_value is not None and not isinstance(ended.exc_value, SystemExit):
        log_unexpected(ended.exc_value, "a thread")


def _last_words_of_an_object(ended: sys.UnraisableHookArgs) -> None:
    if ended.exc_value is not None:
        log_unexpected(ended.exc_value, "clearing up")
