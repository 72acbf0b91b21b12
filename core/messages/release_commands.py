"""What the application asks about handing a release on: put it together, then let it be approved.

Between the two nothing is written outside the hospital's own folder. What a second person approves
is the digest of what was put together; a change of anything makes another digest.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class PrepareRelease:
    """Put a package together. Answered by ReleasePrepared or Refused; cancels one before.

    Attributes:
        digest: Of the plan.
        folder: Existing folder in which it will be written.
        as_zip: As one ZIP file; else as a folder.
        forms: Of ``parquet``, ``h5ad``; CSV is always in it.
        report: Whether the report with released numbers goes along.
        local_report: Whether the hospital's own report goes along; inside only.
        recipient: ``inside`` or ``outside``.
        to: Who gets it, one line; may be empty inside.
    """

    digest: str
    folder: str
    as_zip: bool
    forms: tuple[str, ...]
    report: bool
    local_report: bool
    recipient: str
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveRelease:
    """Agree to the prepared package and write it. Answered by ReleaseHandedOn or Refused.

    Attributes:
        digest: Of the plan.
        contents: Digest of what is approved, from ReleasePrepared.
        requester: Who asks: another person than the second person.
        approver: The second person; empty where none is needed.
        passphrase: Theirs.
        reason: Why it is released, one line; may be empty inside.
    """

    digest: str
    contents: str
    requester: str
    approver: str
    passphrase: str = field(repr=False)
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DropRelease:
    """Cancel the prepared package; nothing was handed on. Not answered."""

    digest: str


ReleaseCommand = PrepareRelease | ApproveRelease | DropRelease
