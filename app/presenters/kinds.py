"""How the study that is open came to be."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """How the study that is open came to be, which decides the pages of its steps."""

    LOCAL = "local"
    """All hospitals are programs on this computer."""
    CREATE = "create"
    """The steward writes a study down that others will be invited to."""
    JOIN = "join"
    """The steward reads an invitation and may ask to join."""
    LOBBY = "lobby"
    """Created or joined: hospitals gather, agree and compute."""
