"""What the studies of this hospital work with: one office for each identity that a study needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.messages.events import Event
from core.model.peer import ProxySetting
from core.network.installation import Installation, KeyPlace, verify
from core.ports import Clock
from core.randomness import NoiseSource
from core.worker.cohorts.books import Books
from core.worker.cohorts.cohort_desk import CohortDesk
from core.worker.home import Home
from core.worker.installation.identity_desk import IdentityDesk, six_words
from core.worker.installation.session_shelf import SessionShelf
from core.worker.lines.network_wires import NetworkWires
from core.worker.runs.release_shelf import ReleaseShelf
from core.worker.runs.run_desk import RunDesk
from core.worker.studies.joint_run import JointRun
from core.worker.studies.ledger_exchange import LedgerExchange
from core.worker.studies.release_exchange import ReleaseExchange
from core.worker.studies.study_part import Office


@dataclass(frozen=True, slots=True, kw_only=True)
class Desks:
    """The other desks of this hospital that studies need."""

    home: Home
    books: Books
    cohorts: CohortDesk
    runs: RunDesk
    keys: KeyPlace
    clock: Clock
    emit: Callable[[Event], None]
    version: str
    shelf: ReleaseShelf


class Offices:
    """Makes offices. Invariant: a study signs with the identity with which it was joined.

    Attributes:
        hospital: Name under which this hospital asks to join.
    """

    def __init__(
        self,
        desks: Desks,
        identity: IdentityDesk,
        shelf: SessionShelf,
        proxy: Callable[[], ProxySetting | None],
    ) -> None:
        """Start with none."""
        self.hospital = ""
        self._desks, self._identity, self._shelf, self._proxy = desks, identity, shelf, proxy
        self._made: dict[str, Office] = {}

    def fresh(self) -> Office:
        """Return the office for a study that begins now.

        Raises:
            WorkerError: As ``IdentityDesk.fresh``.
        """
        return self._with(self._identity.fresh())

    def present(self) -> Office:
        """Return the office of the present identity, even of one that has ended."""
        return self._with(self._identity.open())

    def of(self, key: str) -> Office:
        """Return the office of the identity with which a study was joined.

        Raises:
            StudyError: ST718 if its key is not here any more.
        """
        return self._with(self._identity.signer(key))

    def _with(self, identity: Installation) -> Office:
        key = identity.certificate_sha256
        if key not in self._made:
            desks, source = self._desks, NoiseSource()
            self._made[key] = Office(
                hospital=self.hospital,
                application=desks.version,
                signer=identity,
                verify=verify,
                words=six_words,
                wires=NetworkWires(identity, source, self._proxy),
                shelf=self._shelf,
                run=JointRun(
                    runs=desks.runs,
                    cohorts=desks.cohorts,
                    signer=identity,
                    verify=verify,
                    proxy=self._proxy,
                    ballot_of=self._shelf.ballot,
                ),
                emit=desks.emit,
                clock=desks.clock,
                source=source,
                ledgers=LedgerExchange(desks.books.main, identity, verify),
                releases=ReleaseExchange(desks.shelf, identity, verify),
                continuity=self._identity.continuity(key),
            )
        return self._made[key]
