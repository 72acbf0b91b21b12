"""The operating system's key store, through the library keyring."""

from __future__ import annotations

from typing import Final

import keyring
from keyring.backend import KeyringBackend
from keyring.errors import KeyringError, PasswordDeleteError

from core.errors import WorkerError

_SERVICE: Final = "SynCohort"
#: Backends that keep nothing, or keep it in a plain file.
_NOT_A_STORE: Final = ("keyring.backends.fail", "keyring.backends.null", "keyrings.alt")


class SystemKeys:
    """Implements ``core.network.installation.KeyPlace``."""

    def unavailable(self) -> str:
        """Return why there is no key store, in plain words; empty if there is one."""
        backends = _members(keyring.get_keyring())
        if all(type(b).__module__.startswith(_NOT_A_STORE) for b in backends):
            return "this computer has no key store that a program may use"
        try:
            keyring.get_password(_SERVICE, "probe")
        except KeyringError:
            return "the key store of this computer is locked or does not answer"
        return ""

    def read(self, name: str) -> str | None:
        """Return what is kept under ``name``.

        Raises:
            WorkerError: WO611 if the store refuses.
        """
        try:
            return keyring.get_password(_SERVICE, name)
        except KeyringError:
            raise WorkerError("WO611", reason="the key store does not answer") from None

    def write(self, name: str, text: str) -> None:
        """Keep ``text`` under ``name``.

        Raises:
            WorkerError: WO611 if the store refuses.
        """
        try:
            keyring.set_password(_SERVICE, name, text)
        except KeyringError:
            raise WorkerError("WO611", reason="the key store refuses to keep it") from None

    def remove(self, name: str) -> None:
        """Forget ``name``.

        Raises:
            WorkerError: WO611 if the store refuses.
        """
        try:
            keyring.delete_password(_SERVICE, name)
        except PasswordDeleteError:
            return
        except KeyringError:
            raise WorkerError("WO611", reason="the key store does not answer") from None


def _members(backend: KeyringBackend) -> list[KeyringBackend]:
    """Return the backends behind a chain of them, or the one."""
    return list(getattr(backend, "backends", ())) or [backend]
