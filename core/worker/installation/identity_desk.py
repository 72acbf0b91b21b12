"""This installation's identity: made at the first use, opened once in each session."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from core.messages.study_events import IdentityShown
from core.network.identity_store import IdentityStore, KeptIn
from core.network.installation import Installation, KeyPlace
from core.network.words import fingerprint_words
from core.ports import Clock
from core.randomness import NoiseSource
from core.worker.installation.second_person import SecondPerson


def six_words(key: str) -> str:
    """Return the six words of a certificate's SHA-256, with spaces."""
    return " ".join(fingerprint_words(key))


class IdentityDesk:
    """Opens the identity. Invariant: the private key stays in the Installation."""

    def __init__(self, folder: Path, keys: KeyPlace, clock: Clock, source: NoiseSource) -> None:
        """Name where it is kept; nothing is read yet."""
        self._store = IdentityStore(folder, keys, source)
        self._clock = clock
        self._opened: Installation | None = None

    def open(self, passphrase: str = "") -> Installation:
        """Return the identity, made now if there is none.

        Raises:
            WorkerError: WO612 if a passphrase is needed, WO613 if it is another, WO611 if the
                identity is damaged.
        """
        if self._opened is None:
            if self._store.standing().kept_in is KeptIn.NOWHERE:
                now = dt.datetime.fromtimestamp(self._clock.now(), dt.UTC)
                self._opened = self._store.create(now, passphrase)
            else:
                self._opened = self._store.load(passphrase)
        return self._opened

    def shown(self, hospital: str, person: SecondPerson) -> IdentityShown:
        """Return what people see of it."""
        identity, approver = self.open(), person.named()
        return IdentityShown(
            hospital=hospital,
            certificate_sha256=identity.certificate_sha256,
            words=six_words(identity.certificate_sha256),
            in_keyring=self._store.standing().kept_in is KeptIn.KEY_STORE,
            approver=approver.name if approver else "",
            steward=approver.steward if approver else "",
        )
