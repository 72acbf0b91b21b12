"""What ``syncohort-cli study`` reads from files and writes into them."""

from __future__ import annotations

from pathlib import Path

from core.errors import CohortError, StudyError, WorkerError
from core.messages.study_events import InvitationMade


def read_text(path: Path) -> str:
    """Return an invitation's content."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise StudyError("ST701", reason=f"{path.name} cannot be read") from None


def read_lines(path: Path) -> tuple[str, ...]:
    """Return the lines of a file that are not empty."""
    try:
        read = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise CohortError("CH101", file=path.name) from None
    return tuple(line.strip() for line in read if line.strip())


def first_line(path: Path) -> str:
    """Return a passphrase: the first line of a file."""
    try:
        return path.read_text(encoding="utf-8").split("\n", 1)[0].rstrip("\r")
    except (OSError, UnicodeDecodeError):
        raise WorkerError("WO605", reason=f"{path.name} cannot be read") from None


def write_invitation(path: Path, made: InvitationMade) -> str:
    """Write an invitation, readable by its owner only."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(made.content, encoding="utf-8")
        path.chmod(0o600)
    except OSError as wrong:
        raise WorkerError("WO603", file=path.name, reason=wrong.strerror or "unknown") from None
    return str(path)
