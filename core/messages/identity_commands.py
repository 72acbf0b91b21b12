"""What the application asks about the identity of this installation."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class AskIdentity:
    """Show who this installation is; makes its key at the first time. Answered by IdentityShown.

    Attributes:
        passphrase: Opens the key's file where the system has no keyring; empty otherwise.
    """

    passphrase: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class BackUpIdentity:
    """Write the identity into a file that opens with ``passphrase`` only, and read it again.
    Answered by IdentityBackedUp.

    Attributes:
        path: Of the file; one that is there is replaced.
        passphrase: At least 12 characters.
    """

    path: str
    passphrase: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreIdentity:
    """Let the identity of a backup be the one of this computer. Answered by IdentityReplaced and
    IdentityShown; Refused WO614 if another identity is here and ``replace`` is not set.

    Attributes:
        path: Of the backup.
        passphrase: Of the backup; where there is no key store it opens the identity from now on.
        replace: Whether the present identity, another one, may go.
    """

    path: str
    passphrase: str = field(repr=False)
    replace: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewIdentity:
    """Make a new key and certificate, vouched for by the present ones. Answered by
    IdentityReplaced and IdentityShown.

    Attributes:
        passphrase: The one that opens the identity, where there is no key store; empty otherwise.
    """

    passphrase: str = field(repr=False)


IdentityCommand = AskIdentity | BackUpIdentity | RestoreIdentity | RenewIdentity
