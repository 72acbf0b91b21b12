"""What a hospital's worker says about studies between installations."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.messages.local_view import LocalView
from core.model.connection import ConnectionRow
from core.model.invitation import InvitationView, MeetingPoint
from core.model.lobby import LobbyView
from core.model.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityShown:
    """Who this installation is.

    Attributes:
        hospital: Its name.
        certificate_sha256: Of its certificate, 64 hex digits.
        words: Six words of it, to be read out by telephone.
        in_keyring: Whether the operating system's keyring keeps the private key; otherwise a file
            encrypted under a passphrase does.
        approver: Name of the second person; empty before SetUpApprover.
        steward: Name of the data steward; empty before SetUpApprover.
        kept_reason: Why a file and not a keyring keeps the key; empty if a keyring does.
        valid_until: End of the certificate, seconds since the epoch, UTC.
        due: Whether it should be renewed now; ``expired`` whether it has ended.
        renewed: Whether a former identity vouched for this one.
        studies: Titles of studies under way that were joined with this identity.
        former_studies: Titles of those that go on with a former identity, kept for them.
        lost_studies: Titles of those whose identity's key is not here any more.
    """

    hospital: str
    certificate_sha256: str
    words: str
    in_keyring: bool
    approver: str
    steward: str
    kept_reason: str = ""
    valid_until: float = 0.0
    due: bool = False
    expired: bool = False
    renewed: bool = False
    studies: tuple[str, ...] = ()
    former_studies: tuple[str, ...] = ()
    lost_studies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityBackedUp:
    """The identity is in a file too, which was read again.

    Attributes:
        file_name: Of the backup, without its folder.
    """

    file_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityReplaced:
    """This installation has another identity than before.

    Attributes:
        how: ``restored`` or ``renewed``.
        former_words: Six words until now; empty if there was no identity.
        words: Six words from now on.
        going_on: Titles of studies under way that go on with the former identity.
        to_join_again: Titles of studies under way that have to be joined again.
    """

    how: str
    former_words: str
    words: str
    going_on: tuple[str, ...]
    to_join_again: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproverSetUp:
    """The second person of this installation is ``name``."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationMade(LocalView):
    """One invitation for one joiner; it holds a secret and goes to that joiner only.

    Attributes:
        study_id: Of the study.
        text: To paste into an e-mail.
        content: Of the file.
        file_name: Proposed name, ending in ``.syncohort-invitation``.
        expires: Seconds since the epoch, UTC.
    """

    study_id: str
    text: str = field(repr=False)
    content: str = field(repr=False)
    file_name: str
    expires: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationOpened:
    """What an invitation asks; nobody was contacted."""

    invitation: InvitationView


@dataclass(frozen=True, slots=True, kw_only=True)
class LobbyChanged:
    """A study between installations changed; the view is complete."""

    lobby: LobbyView


@dataclass(frozen=True, slots=True, kw_only=True)
class LobbiesListed:
    """All kept studies between installations, newest first."""

    lobbies: tuple[LobbyView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanToSign:
    """The coordinator proposed this plan; this hospital recomputed its claim and found it right.

    Attributes:
        study_id: Of the study.
        plan: The whole public plan.
        digest: Its SHA-256.
        units: What it takes of the own cap; 0 for a compute partner.
        explanation: As in PlanProposed.
    """

    study_id: str
    plan: Plan
    digest: str
    units: float
    explanation: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContinuationAwaited:
    """At the coordinator: an interrupted run continues by itself when everybody is back.

    Attributes:
        study_id: Of the study.
        waiting_for: Hospitals that are not online; empty: it continues now, or waited in vain if
            ``seconds`` is 0.
        seconds: How long it waits at most from now on.
        attempt: 1, 2, ...
        most: Attempts, all together.
    """

    study_id: str
    waiting_for: tuple[str, ...]
    seconds: float
    attempt: int
    most: int


# ---- the way to the other hospitals


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxySet:
    """This computer dials out through the proxy ``host``; empty: directly."""

    host: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionShown:
    """How this computer reaches others; no password.

    Attributes:
        proxy_host: Of the proxy that is used; empty: this computer dials directly.
        proxy_port: Its port; 0 without one.
        proxy_user: Name for its login; empty: none.
        has_password: Whether there is a password for it.
        password_kept: Whether the operating system's key store keeps that password.
        key_store: Whether this computer has such a store.
        environment: Proxy that the environment names, as HOST:PORT, never used by itself; empty:
            none.
        relay: The relay that runs on this computer, as others dial it; or None.
        own_relay_sha256: Of the certificate that a relay on this computer shows at every start;
            empty before the first.
        relay_connections: Open connections of that relay.
        relay_bytes: Bytes that it copied since it started.
    """

    proxy_host: str
    proxy_port: int
    proxy_user: str
    has_password: bool
    password_kept: bool
    key_store: bool
    environment: str
    relay: MeetingPoint | None
    own_relay_sha256: str
    relay_connections: int
    relay_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayHosted:
    """A relay runs on this computer; use ``meeting`` in CreateStudy."""

    meeting: MeetingPoint


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayStopped:
    """No relay runs on this computer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionChecked:
    """What the connection doctor found, nearest first.

    Attributes:
        rows: One for each check.
        text: The whole, to copy for the hospital's IT department.
    """

    rows: tuple[ConnectionRow, ...]
    text: str
