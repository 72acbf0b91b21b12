"""This installation's identity: made at the first use, opened once in each session, saved, brought
back and renewed.

A study goes on with the identity with which it was joined (decision 006): what is replaced stays
beside the new one until no study under way needs it.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import threading
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Final, assert_never

from core.errors import StudyError, WorkerError
from core.messages import identity_commands as who
from core.messages.events import Event
from core.messages.lobby import Continuity
from core.messages.study_events import IdentityBackedUp, IdentityReplaced, IdentityShown
from core.network.certificate import fingerprint
from core.network.identity_store import IdentityStore, KeptIn
from core.network.installation import Installation, Succession
from core.network.words import fingerprint_words
from core.ports import Clock
from core.study.session import StudySession
from core.worker.installation.second_person import SecondPerson
from core.worker.installation.session_shelf import SessionShelf

_UNREADABLE: Final = "one that cannot be read"


def six_words(key: str) -> str:
    """Return the six words of a certificate's SHA-256, with spaces."""
    return " ".join(fingerprint_words(key))


class IdentityDesk:
    """Opens the identity. Invariant: private keys stay in their Installation."""

    def __init__(
        self,
        store: IdentityStore,
        shelf: SessionShelf,
        person: SecondPerson,
        clock: Clock,
    ) -> None:
        """Name where it is kept and who needs it; nothing is read yet."""
        self._store, self._shelf, self._person = store, shelf, person
        self._clock = clock
        self._opened: Installation | None = None
        self._former: dict[str, Installation] = {}
        self._one_at_a_time = threading.Lock()

    def perform(
        self, command: who.IdentityCommand, hospital: str, emit: Callable[[Event], None]
    ) -> None:
        """Do one command and emit its answer; it takes a while, so it is not for an event loop.

        Raises:
            SynCohortError: Its refusal.
        """
        with self._one_at_a_time:
            match command:
                case who.AskIdentity():
                    self._open(command.passphrase)
                case who.BackUpIdentity():
                    emit(self._back_up(command))
                    return
                case who.RestoreIdentity():
                    emit(self._restore(command))
                case who.RenewIdentity():
                    emit(self._renew(command.passphrase))
                case _:
                    assert_never(command)
            emit(self._shown(hospital))

    # ---- using

    def open(self) -> Installation:
        """Return the identity, made now if there is none.

        Raises:
            WorkerError: WO612 if a passphrase must be chosen, WO615 if it is locked, WO611 if it
                is damaged.
        """
        with self._one_at_a_time:
            return self._open("")

    def exists(self) -> bool:
        """Return whether there is an identity, open or not, readable or not."""
        try:
            return self._store.standing().kept_in is not KeptIn.NOWHERE
        except WorkerError:
            return True

    def fresh(self) -> Installation:
        """Return the identity for a study that begins now.

        Raises:
            WorkerError: As ``open``; WO616 if its certificate has ended.
        """
        identity = self.open()
        if self._now() >= identity.valid_until():
            raise WorkerError("WO616", day=f"{identity.valid_until():%Y-%m-%d}")
        return identity

    def signer(self, key: str) -> Installation:
        """Return the identity with which a study was joined, the present or a former one.

        Raises:
            StudyError: ST718 if its key is not here any more.
        """
        identity = self.open()
        if key == identity.certificate_sha256:
            return identity
        if key not in self._former:
            raise StudyError("ST718")
        return self._former[key]

    def continuity(self, key: str) -> Continuity | None:
        """Return what links the identity of ``key`` to the one before, after a renewal."""
        opened = self._opened
        if opened is None or key != opened.certificate_sha256:
            return None
        word = self._store.succession()
        if word is None:
            return None
        return Continuity(former_pem=word.former_pem, signature=word.signature)

    def holds(self, key: str) -> bool:
        """Return whether the key of a study is here; True while the identity is locked."""
        opened = self._opened
        return opened is None or key == opened.certificate_sha256 or key in self._former

    def _open(self, passphrase: str) -> Installation:
        if self._opened is None:
            if self._store.standing().kept_in is KeptIn.NOWHERE:
                self._opened = self._store.create(self._now(), passphrase)
            else:
                self._opened = self._store.load(passphrase)
                self._take_former(self._store.load_former(passphrase))
                self._tidy()
        return self._opened

    # ---- saving, bringing back, renewing

    def _back_up(self, command: who.BackUpIdentity) -> IdentityBackedUp:
        target = Path(command.path)
        self._store.backup(self._open(""), target, command.passphrase)
        return IdentityBackedUp(file_name=target.name)

    def _restore(self, command: who.RestoreIdentity) -> IdentityReplaced:
        restored, succession = self._store.read_backup(Path(command.path), command.passphrase)
        words = six_words(restored.certificate_sha256)
        present = self._present_words()
        if present not in {"", words} and not command.replace:
            raise WorkerError("WO614", present=present, restored=words)
        if present not in {"", _UNREADABLE}:
            with contextlib.suppress(WorkerError):  # locked or lost: nothing of it can be kept
                self._open(command.passphrase)
        return self._put("restored", restored, succession, command.passphrase)

    def _present_words(self) -> str:
        """Return the six words of the present identity; empty if there is none."""
        try:
            pem = self._store.standing().certificate_pem
            return six_words(fingerprint(pem)) if pem else ""
        except (WorkerError, ValueError):
            return _UNREADABLE

    def _renew(self, passphrase: str) -> IdentityReplaced:
        present = self._open("")
        if self._store.standing().kept_in is KeptIn.FILE:
            self._store.load(passphrase)  # one passphrase opens all that is sealed
        new, succession = present.successor(self._now())
        return self._put("renewed", new, succession, passphrase)

    def _put(
        self, how: str, new: Installation, succession: Succession | None, passphrase: str
    ) -> IdentityReplaced:
        """Let ``new`` be the identity; keep beside it what studies under way need and can use."""
        former_words = self._present_words()
        under_way = self._under_way()
        needed = {s.own_key for s in under_way} - {new.certificate_sha256}
        known = (*((self._opened,) if self._opened else ()), *self._former.values())
        now = self._now()
        former = tuple(
            i for i in known if i.certificate_sha256 in needed and now < i.valid_until()
        )
        self._store.keep(new, passphrase, succession, former)
        self._opened = new
        self._take_former(former)
        return IdentityReplaced(
            how=how,
            former_words=former_words,
            words=six_words(new.certificate_sha256),
            going_on=_titles(under_way, self._former),
            to_join_again=_titles(under_way, needed - set(self._former)),
        )

    # ---- what is known

    def _shown(self, hospital: str) -> IdentityShown:
        identity, approver = self._open(""), self._person.named()
        standing = self._store.standing()
        now, ends, key = self._now(), identity.valid_until(), identity.certificate_sha256
        under_way: tuple[StudySession, ...] = ()
        with contextlib.suppress(WorkerError):  # a damaged study is told where it is listed
            under_way = self._under_way()
        elsewhere = {s.own_key for s in under_way} - {key} - set(self._former)
        return IdentityShown(
            hospital=hospital,
            certificate_sha256=key,
            words=six_words(key),
            in_keyring=standing.kept_in is KeptIn.KEY_STORE,
            approver=approver.name if approver else "",
            steward=approver.steward if approver else "",
            kept_reason=standing.reason,
            valid_until=ends.timestamp(),
            due=identity.due(now),
            expired=now >= ends,
            renewed=self._store.succession() is not None,
            studies=_titles(under_way, {key}),
            former_studies=_titles(under_way, self._former),
            lost_studies=_titles(under_way, elsewhere),
        )

    def _under_way(self) -> tuple[StudySession, ...]:
        return tuple(s for s in self._shelf.sessions() if not s.over)

    def _take_former(self, former: Iterable[Installation]) -> None:
        self._former = {i.certificate_sha256: i for i in former}

    def _tidy(self) -> None:
        """Forget former identities that no study under way needs any more."""
        try:
            needed = {s.own_key for s in self._under_way()}
        except WorkerError:  # a study that cannot be read may need any of them
            return
        if not needed.issuperset(self._former):
            self._store.forget_former(needed)
            self._take_former(i for k, i in self._former.items() if k in needed)

    def _now(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(self._clock.now(), dt.UTC)


def _titles(sessions: Iterable[StudySession], keys: Collection[str]) -> tuple[str, ...]:
    return tuple(s.terms.title for s in sessions if s.own_key in keys)
