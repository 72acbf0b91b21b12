"""Invitations as a file and as text to paste; strict in both directions.

Both forms carry a checksum, so that a cut or mistyped copy is told from a wrong one. Neither
carries a key: whoever intercepts an invitation can ask to join, once, and is found out when the
six words are compared.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from core.errors import StudyError, SynCohortError
from core.messages import codec
from core.model.invitation import (
    INVITATION_VERSION,
    PLAIN_VERSION,
    Invitation,
    MeetingPoint,
    StudyTerms,
)

SUFFIX: Final = ".syncohort-invitation"
MAX_INVITATION_CHARACTERS: Final = 512 * 1024
#: An invitation longer than this leaves the gene names out; their fingerprint stays in the terms.
_FILE_MOST_BYTES, _TEXT_MOST_BYTES = 192 * 1024, 12 * 1024
_PREFIX: Final = "SYNCOHORT1."
_LINE: Final = 64
#: What terms need not say, as it is then; then it is not written.
_LATER: Final[dict[str, object]] = {
    "reference": None,
    "judging": None,
    "licence": None,
    "candidates": [],
}
_CHECK_DIGITS: Final = 16
_LENGTH_BYTES: Final = 4
_KINDS: Final = codec.language(Invitation)


def panel_digest(genes: Sequence[str]) -> str:
    r"""Return the SHA-256 of a panel: its names in order, as a JSON list.

    >>> panel_digest(["TP53", "MPO"]) == panel_digest(["MPO", "TP53"])
    False
    """
    return hashlib.sha256(json.dumps(list(genes)).encode("ascii")).hexdigest()


def secret_id(secret: str) -> str:
    """Return the public name of an invitation's secret, 32 hex digits."""
    return hashlib.sha256(b"SynCohort invitation " + bytes.fromhex(secret)).hexdigest()[:32]


def invite(  # noqa: PLR0913 - the facts of one invitation
    *,
    study_id: str,
    token: str,
    secret: str,
    meeting: MeetingPoint,
    coordinator: str,
    coordinator_sha256: str,
    expires: int,
    terms: StudyTerms,
    genes: Sequence[str] = (),
) -> Invitation:
    """Return the invitation with these facts; ``genes`` are the panel."""
    return Invitation(
        version=INVITATION_VERSION if terms.later else PLAIN_VERSION,
        study_id=study_id,
        token=token,
        secret=secret,
        secret_id=secret_id(secret),
        meeting=meeting,
        coordinator=coordinator,
        coordinator_sha256=coordinator_sha256,
        expires=expires,
        terms=terms,
        genes=tuple(genes),
    )


def _body(invitation: Invitation, most_bytes: int) -> bytes:
    whole = _written(invitation)
    if len(whole) <= most_bytes:
        return whole
    return _written(replace(invitation, genes=()))


def _written(invitation: Invitation) -> bytes:
    """Return the bytes; what the terms do not say has no field, as before it could be said."""
    body = codec.encode(invitation)[_LENGTH_BYTES:]
    tree = json.loads(body)
    terms = tree["fields"]["terms"]
    for name, nothing in _LATER.items():
        if terms[name] == nothing:
            del terms[name]
    return json.dumps(tree, separators=(",", ":")).encode()


def _completed(body: bytes) -> bytes:
    """Add what is not written because the terms do not say it."""
    tree = json.loads(body)
    terms = tree["fields"]["terms"]
    for name, nothing in _LATER.items():
        said = terms.setdefault(name, ...)
        if said is ...:
            terms[name] = nothing
        elif said == nothing or tree["fields"]["version"] == PLAIN_VERSION:
            raise _wrong("its content is of another version or was changed")
    return json.dumps(tree).encode()


def _check(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:_CHECK_DIGITS]


def to_text(invitation: Invitation) -> str:
    """Return lines to paste into an e-mail; a long panel is left out."""
    body = _body(invitation, _TEXT_MOST_BYTES)
    packed = base64.urlsafe_b64encode(body).decode("ascii").rstrip("=")
    whole = f"{_PREFIX}{packed}.{_check(body)}."
    return "\n".join(whole[i : i + _LINE] for i in range(0, len(whole), _LINE))


def to_file(invitation: Invitation) -> str:
    """Return the content of an invitation file: one JSON object; a very long panel is left out."""
    body = _body(invitation, _FILE_MOST_BYTES)
    tree = {"format": "syncohort-invitation", "check": _check(body), "invitation": body.decode()}
    return json.dumps(tree, indent=1) + "\n"


def read_invitation(content: str) -> Invitation:
    """Read a file's content or pasted text, quoted and wrapped as mail programs do.

    Raises:
        StudyError: ST701 for anything that is not exactly one invitation.
    """
    if len(content) > MAX_INVITATION_CHARACTERS:
        raise _wrong("it is too long")
    stripped = content.strip().removeprefix("\ufeff")
    body, check = _from_file(stripped) if stripped.startswith("{") else _from_text(stripped)
    if _check(body) != check:
        raise _wrong("its checksum does not fit")
    try:
        found = codec.decode(_completed(body), _KINDS)
    except SynCohortError:
        raise _wrong("its content is of another version or was changed") from None
    except (TypeError, ValueError, KeyError, RecursionError):
        raise _wrong("its content was changed") from None
    if not isinstance(found, Invitation) or found.secret_id != secret_id(found.secret):
        raise _wrong("its secret was changed")
    if found.genes and panel_digest(found.genes) != found.terms.panel_sha256:
        raise _wrong("its genes were changed")
    return found


def require_fresh(invitation: Invitation, now: float) -> None:
    """Refuse an expired invitation.

    Raises:
        StudyError: ST702.
    """
    if now >= invitation.expires:
        raise StudyError("ST702")


def _wrong(reason: str) -> StudyError:
    return StudyError("ST701", reason=reason)


def _from_file(content: str) -> tuple[bytes, str]:
    try:
        tree = json.loads(content)
    except (ValueError, RecursionError):
        raise _wrong("the file is cut off") from None
    if (
        set(tree) != {"format", "check", "invitation"}
        or tree["format"] != "syncohort-invitation"
        or not isinstance(tree["invitation"], str)
        or not isinstance(tree["check"], str)
    ):
        raise _wrong("the file is another one")
    return tree["invitation"].encode(errors="replace"), tree["check"]


def _from_text(content: str) -> tuple[bytes, str]:
    start = content.find(_PREFIX)
    if start < 0:
        raise _wrong(f"it does not start with {_PREFIX}")
    kept = re.sub(r"[\s>|]+", "", content[start + len(_PREFIX) :])
    parts = kept.split(".")
    if len(parts) < 3:
        raise _wrong("its end is missing")
    packed, check = parts[0], parts[1]
    try:
        body = base64.b64decode(packed + "=" * (-len(packed) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise _wrong("it was changed on its way") from None
    return body, check
