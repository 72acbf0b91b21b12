"""What a hospital's worker says about handing a release on: public facts only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseSignedByAll:
    """Every hospital with patients has signed the same manifest, and the signatures are here.

    Attributes:
        digest: Of the plan.
        parties: Names of these hospitals.
    """

    digest: str
    parties: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PackagedFile:
    """One file of a package: its name and its size."""

    name: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasePrepared:
    """A package is put together and waits for a second person; nothing is handed on.

    Attributes:
        digest: Of the plan.
        contents: SHA-256 of exactly these files for exactly this recipient: what is approved.
        files: What is in it.
        recipient: ``inside`` or ``outside``.
        to: Who gets it, as typed.
        needs_approval: Whether a second person has to agree; not for simulated patients.
        signed_by: Hospitals whose signature goes along.
    """

    digest: str
    contents: str
    files: tuple[PackagedFile, ...]
    recipient: str
    to: str
    needs_approval: bool
    signed_by: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseHandedOn:
    """A package was written.

    Attributes:
        digest: Of the plan.
        contents: What was approved.
        name: Of the folder or ZIP.
        approver: Who agreed; empty where nobody had to.
    """

    digest: str
    contents: str
    name: str
    approver: str


ReleaseEvent = ReleaseSignedByAll | ReleasePrepared | ReleaseHandedOn
