"""One run's conversation with the other parties: labelled messages in, failures out.

A party that ends early tells the others why in a *reason frame*: an error code and the number of
the party that is the cause. It carries nothing else, so no word of a peer is ever shown. Whoever
learns of an end first tells the others. A party that is gone is named alike by everyone; one that
sent what cannot be is named by who refused it, and the others name who refused.
"""

from __future__ import annotations

import asyncio
import struct
from collections import Counter
from collections.abc import Iterable
from typing import Final

from core.errors import CODES, InternalError, ProtocolError, SessionError, SynCohortError
from core.model.plan import Plan
from core.ports import Loss, PeerChannel
from core.protocol.mailbox import NOISE_KINDS, Kind, Label, Mailbox, pack, unpack

_REASON: Final = struct.Struct("<5sB")
#: A party that is silent, cancelled, or gone: everybody says so of that party.
_GONE: Final = ("SE401", "SE403", "SE406")


class Session:
    """Implements ``core.ports.ChannelEvents``: one mailbox and one channel for each other party.

    Invariant: ``failure`` is set at most once, to the first error; every wait in this room ends
    then, because the composition root cancels it.

    Attributes:
        plan: The agreed plan.
        own_number: This party.
        others: The other parties' numbers, ascending.
        failure: Set when the session cannot go on.
        bytes_sent: Message bytes handed to the channels so far (heartbeats and TLS not counted).
        noise_sent: Of ``bytes_sent``, those for the noise of each stage, by its index.
        bytes_received: Message bytes taken from the channels so far.
        opened: Names of the stages whose opening this party permitted.
    """

    def __init__(self, plan: Plan, own_number: int, step_s: float) -> None:
        """Start without channels.

        Args:
            plan: The agreed plan.
            own_number: This party.
            step_s: Longest wait for a message of another party, seconds.
        """
        self.plan, self.own_number, self._step_s = plan, own_number, step_s
        self.others = tuple(p.number for p in plan.parties if p.number != own_number)
        self._loop = asyncio.get_running_loop()
        self.failure: asyncio.Future[SynCohortError] = self._loop.create_future()
        self.bytes_sent = 0
        self.noise_sent: Counter[int] = Counter()
        self.bytes_received = 0
        self.opened: list[str] = []
        self._mail = {number: Mailbox() for number in self.others}
        self._channels: dict[int, PeerChannel] = {}
        self._done: set[int] = set()
        self._compared = 0
        self._tables = 0

    # ---- what the channels tell

    def joined(self, channel: PeerChannel) -> None:
        """Keep a party's channel."""
        self._channels[channel.party] = channel

    def received(self, party: int, frame: bytes) -> None:
        """Sort one frame of a peer into its mailbox."""
        self.bytes_received += len(frame)
        message = unpack(frame)
        if message is None:
            self.refuse(party, "not a message")
            return
        label, payload = message
        if label.kind is Kind.REASON:
            self._told(party, payload)
            return
        if label.kind is Kind.DONE:
            self._done.add(party)
        complaint = self._mail[party].deliver(label, payload)
        if complaint:
            self.refuse(party, complaint)
        else:
            self.heard(party, label)

    def heard(self, party: int, label: Label) -> None:
        """A message of a peer was kept; whoever reports how far the peers are looks at it here."""

    def lost(self, party: int, loss: Loss) -> None:
        """End the session, unless that party was done."""
        if loss is Loss.MALFORMED:
            self.refuse(party, "not a frame")
        elif loss is Loss.RELAY:
            self.fail(self._relay_lost())
        elif loss is Loss.SILENT:
            self.fail(self.error("SE401", party))
        elif party not in self._done:
            self.fail(self.error("SE406", party))

    def _told(self, party: int, payload: bytes) -> None:
        """Turn a peer's reason frame into our error."""
        if len(payload) != _REASON.size:
            self.refuse(party, "not a reason")
            return
        raw, cause = _REASON.unpack(payload)
        code = raw.decode("ascii", "replace")
        if code not in CODES or cause >= len(self.plan.parties):
            self.refuse(party, "not a reason")
        elif cause == self.own_number:  # it gave us up
            self.fail(self.error("SE405", party, code=code))
        elif code in _GONE:
            self.fail(self.error(code, cause))
        else:
            self.fail(self.error("SE405", cause, code=code))

    # ---- ending

    def name(self, number: int) -> str:
        """Return a party's name in the plan."""
        return self.plan.parties[number].name

    def spent(self) -> str:
        """Say in public words what the end of the session means for the cap."""
        if not self.opened:
            return "Nothing was opened and none of the privacy cap was used."
        return f"What was opened counts as spent ({', '.join(self.opened)})."

    def error(self, code: str, party: int, /, **fields: object) -> SessionError:
        """Return a session error about a party."""
        return SessionError(code, party=self.name(party), spent=self.spent(), **fields)

    def _relay_lost(self) -> SessionError:
        return SessionError(
            "SE407", relay="of this study", reason="it is gone or silent", spent=self.spent()
        )

    def refuse(self, party: int, reason: str) -> None:
        """End the session because of what a peer sent."""
        self.fail(ProtocolError("PR502", party=self.name(party), reason=reason))

    def fail(self, error: SynCohortError) -> None:
        """End the session with the first error; later ones are its consequences."""
        if not self.failure.done():
            self.failure.set_result(error)

    def tell(self, error: SynCohortError) -> None:
        """Tell every connected party why this one ends: the first cause, whoever it is."""
        fields = dict(error.fields)
        code, cause = error.code, self.own_number
        if code in {*_GONE, "SE405"}:
            named = [p.number for p in self.plan.parties if p.name == fields["party"]]
            cause = named[0] if named else cause
            code = fields.get("code", code)
        frame = pack(Label(Kind.REASON), _REASON.pack(code.encode("ascii"), cause))
        for channel in self._channels.values():
            channel.send(frame)

    # ---- messages

    def send(self, party: int, label: Label, payload: bytes) -> None:
        """Queue one message to one party."""
        frame = pack(label, payload)
        self.bytes_sent += len(frame)
        if label.kind in NOISE_KINDS:
            self.noise_sent[label.major] += len(frame)
        self._channels[party].send(frame)

    def broadcast(self, label: Label, payload: bytes) -> None:
        """Queue one message to every other party."""
        for party in self.others:
            self.send(party, label, payload)

    async def drain(self) -> None:
        """Wait until every party's queue is short."""
        for channel in tuple(self._channels.values()):
            await channel.drain()

    def take(self, party: int, label: Label) -> asyncio.Future[bytes]:
        """Return a future of one message, without a deadline (MPyC waits on these)."""
        return self._mail[party].take(label, self._loop)

    async def collect(
        self, label: Label, parties: Iterable[int], size: int, step: str
    ) -> dict[int, bytes]:
        """Wait for the same message of several parties.

        Args:
            label: Of the message.
            parties: Whose.
            size: Exact length of each payload, bytes.
            step: Named in the error when the deadline passes.

        Raises:
            SessionError: SE404 after the step's longest wait.
            ProtocolError: PR502 if a payload has another length.
        """
        found = {}
        try:
            async with asyncio.timeout(self._step_s):
                for party in parties:
                    found[party] = await self.take(party, label)
        except TimeoutError:
            raise SessionError(
                "SE404", stage=step, seconds=f"{self._step_s:g}", spent=self.spent()
            ) from None
        for party, payload in found.items():
            if len(payload) != size:
                raise ProtocolError(
                    "PR502", party=self.name(party), reason="a message has the wrong length"
                )
        return found

    def require_all_joined(self) -> None:
        """Check that every party has a channel.

        Raises:
            InternalError: If one has not.
        """
        if set(self._channels) != set(self.others):
            raise InternalError("IN901", rule="messages are sent when all parties are connected")

    def sent_beside_noise(self) -> int:
        """Return the bytes sent for anything but noise, which may be drawn ahead of its stage."""
        return self.bytes_sent - self.noise_sent.total()

    # ---- steps that are no computation

    async def compare_digests(self, digest: str) -> None:
        """Check that every party holds the same measurements.

        Reveals:
            A hash of values that were opened already, to every party.

        Raises:
            ProtocolError: PR505 naming a party that holds others.
        """
        label, own = Label(Kind.DIGEST, self._compared), digest.encode("ascii")
        self._compared += 1
        self.broadcast(label, own)
        found = await self.collect(label, self.others, len(own), "comparison")
        for party, theirs in found.items():
            if theirs != own:
                raise ProtocolError("PR505", party=self.name(party))

    def next_table(self) -> int:
        """Return the number of the table that travels next, from 0; the same at every party."""
        number, self._tables = self._tables, self._tables + 1
        return number

    async def finish(self) -> None:
        """Wait until every party is done; after that a closed channel is no failure."""
        label = Label(Kind.DONE)
        self.broadcast(label, b"")
        await self.collect(label, self.others, 0, "end")
