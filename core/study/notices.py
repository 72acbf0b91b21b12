"""What a study remembers to tell its steward, also after a restart: pairs of a code and a name.

``void-signature`` CAUSE and ``void-approval`` PERSON stay until this hospital signs and approves
again; what the steward did not see yet must not be lost with the window.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from core.study.roster import Endorsement

Notices = tuple[tuple[str, str], ...]
VOID_SIGNATURE: Final = "void-signature"
VOID_APPROVAL: Final = "void-approval"
VOID: Final = (VOID_SIGNATURE, VOID_APPROVAL)


def once(kept: Notices, kind: str, name: str) -> Notices:
    """Return ``kept`` with one more, each only once."""
    return tuple(dict.fromkeys((*kept, (kind, name))))


def voided(
    kept: Notices,
    own_key: str,
    endorsements: tuple[Iterable[Endorsement], Iterable[Endorsement]],
    cause: str,
) -> Notices:
    """Return what to tell when a plan goes: which of this hospital's words no longer count.

    Args:
        kept: So far.
        own_key: Of this installation.
        endorsements: Signatures and approvals of the plan that goes.
        cause: Why it goes, in plain public words.
    """
    signatures, approvals = endorsements
    for given in signatures:
        if given.key == own_key:
            kept = once(without(kept, VOID_SIGNATURE), VOID_SIGNATURE, cause)
    for given in approvals:
        if given.key == own_key:
            kept = once(without(kept, VOID_APPROVAL), VOID_APPROVAL, given.person)
    return kept


def without(kept: Notices, *kinds: str) -> Notices:
    """Return ``kept`` without these kinds.

    >>> without((("refused", "North"), ("void-signature", "x")), VOID_SIGNATURE)
    (('refused', 'North'),)
    """
    return tuple(n for n in kept if n[0] not in kinds)
