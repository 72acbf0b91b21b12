"""The parts of a run worker that depend on how it is reached and what went before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from core import __version__
from core.errors import WorkerError
from core.messages.engine import Connect, PeerJoined, PeerReached, Prepare
from core.model.continuing import Standing
from core.model.peer import DirectRoute, RelayRoute
from core.network.channels import Limits
from core.network.direct import DirectChannels
from core.network.greeting import Versions
from core.network.identity import RunIdentity
from core.network.relay_channels import RelayChannels
from core.ports import PeerChannel
from core.protocol.mailbox import Kind, Label
from core.protocol.mpyc_backend import MPYC_VERSION
from core.protocol.session import Session

_LOOPBACK: Final = "127.0.0.1"
#: Messages of a stage that a party sends only after it has computed its share of the stage.
_COMPUTED: Final = frozenset({Kind.STORED, Kind.OPENING})


class ReportingSession(Session):
    """A session that says who has joined, and how far each of them has come.

    NB: what a peer says of itself is good for the screens only.
    """

    def __init__(
        self, command: Connect, step_s: float, report: Callable[[PeerJoined | PeerReached], None]
    ) -> None:
        super().__init__(command.plan, command.own_number, step_s)
        self._report = report
        self._reached: dict[int, PeerReached] = {}

    def joined(self, channel: PeerChannel) -> None:
        """Keep a party's channel and say so."""
        super().joined(channel)
        self._report(PeerJoined(number=channel.party))

    def heard(self, party: int, label: Label) -> None:
        """Say when a party has computed another stage, or is done."""
        before = self._reached.get(party, PeerReached(number=party, stages=0))
        now = before
        if label.kind in _COMPUTED and 0 <= label.major < len(self.plan.stages):
            now = replace(before, stages=max(before.stages, label.major + 1))
        elif label.kind is Kind.DONE:
            now = PeerReached(number=party, stages=len(self.plan.stages), done=True)
        if now != before:
            self._reached[party] = now
            self._report(now)


def standings_of(command: Connect) -> tuple[Standing, ...]:
    """Return one standing for each stage.

    Raises:
        WorkerError: WO604 for another number.
    """
    stages = command.plan.stages
    standings = command.standings or (Standing(),) * len(stages)
    if len(standings) != len(stages):
        reason = "it has another number of stages"
        raise WorkerError("WO604", step="Connect", reason=reason)
    return standings


def channels_of(command: Prepare, identity: RunIdentity) -> DirectChannels | RelayChannels:
    """Choose the channels by the route; without one, this computer only."""
    versions = Versions(application=__version__, mpyc=MPYC_VERSION)
    limits = Limits(connect_s=command.connect_s, silence_s=command.silence_s)
    if isinstance(command.route, RelayRoute):
        return RelayChannels(identity, versions, limits, command.route, command.proxy)
    here = DirectRoute(host=_LOOPBACK, port=0)
    return DirectChannels(identity, versions, limits, command.route or here)
