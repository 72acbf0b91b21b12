"""One coordinator and many joiners, each over one mutually authenticated stream of frames.

    stream = await dial_lobby(Caller(identity=..., source=...), door, slot)      a joiner
    lobby = LobbyListener(door, identity, source, events); await lobby.open()    the coordinator
    lobby.expect(slot, certificate_sha256 or "")      one parked connection for each joiner
    events.arrived(slot, stream)                      for each that proved its certificate

Both ends prove their installation's certificate by mutual TLS 1.3. The coordinator does not know a
joiner's certificate before, so a first TLS layer, to the coordinator's certificate as the
invitation pins it, carries the joiner's; the second layer is mutual and trusts exactly these two.
Neither a relay nor a listener sees who joins.

``stream.own_nonce`` and ``stream.peer_nonce`` are fresh in each stream: whoever proves a one-time
secret does so over both, and over both fingerprints, and cannot be replayed.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import ssl
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from core import __version__
from core.errors import ProtocolError, SessionError, SynCohortError, WorkerError
from core.messages.codec import decode, encode, language
from core.messages.relay import Purpose
from core.model.peer import DirectRoute, ProxySetting, RelayRoute, Route
from core.network.dialling import DialFailed, Target, dial_tcp
from core.network.installation import Installation
from core.network.link import Link
from core.network.prelude import HANDSHAKE_S, Prelude, PreludeEnded
from core.network.pulse import keep_alive
from core.network.relay_dial import NOTHING_SPENT, READY, Ends, dial_relay
from core.ports import Loss
from core.randomness import NoiseSource

#: Of the conversation that this module holds.
LOBBY_VERSION: Final = 1
#: The coordinator's end of every lobby splice.
COORDINATOR: Final = "coordinator"
MAX_APPROACH_BYTES: Final = 4096
_NONCE_BYTES: Final = 32
_SILENCE_S: Final = 60.0
_BEAT_S: Final = 10.0
_CLOSE_GRACE_S: Final = 2.0
#: Unread frames of a peer before it is given up.
_MOST_FRAMES: Final = 256
_MOST_BYTES: Final = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class LobbyPlace:
    """Where a study's lobby is and whose it is; all of it stands in the invitation.

    Attributes:
        route: The relay, or the coordinator's own address.
        session: Session token, 32 hex digits.
        coordinator_sha256: Fingerprint of the coordinator's certificate.
    """

    route: Route
    session: str = field(repr=False)
    coordinator_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who dials a lobby.

    Attributes:
        identity: Of this installation.
        source: For the nonce.
        proxy: Set by the steward, or None.
        on_waiting: Called when the relay has taken us and the coordinator is not there yet.
        application: Version of SynCohort.
    """

    identity: Installation
    source: NoiseSource
    proxy: ProxySetting | None = None
    on_waiting: Callable[[], None] = lambda: None
    application: str = __version__


@dataclass(frozen=True, slots=True, kw_only=True)
class Approach:
    """A joiner's first word, under the first TLS layer."""

    version: int
    application: str
    session: str
    slot: str
    certificate_pem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """The coordinator knows the slot; the second TLS layer follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnedAway:
    """The coordinator hangs up.

    Attributes:
        code: ``PR504`` for another version (then ``theirs`` is the coordinator's), ``PR503`` for
            a slot that is not open to this certificate.
        theirs: Version of the coordinator's SynCohort.
    """

    code: str
    theirs: str


APPROACH_WORDS: Final = language(Approach)
ANSWER_WORDS: Final = language(Admitted, TurnedAway)


class LobbyStream:
    """Frames over one authenticated connection; heartbeats run by themselves.

    Invariant: made only after both certificates were proved; holds at most ``_MOST_FRAMES`` unread
    frames of an untrusted peer.

    Attributes:
        slot: Which joiner's connection this is.
        own_certificate_sha256: Fingerprint of this installation.
        peer_certificate_sha256: Fingerprint of the other.
        peer_certificate_pem: The other's certificate.
        own_nonce: Ours, 32 bytes.
        peer_nonce: Theirs, 32 bytes.
        loss: Why the stream ended although nobody here ended it; None while it is open.
    """

    def __init__(
        self, link: Link, slot: str, own_sha256: str, nonces: tuple[bytes, bytes]
    ) -> None:
        self.slot, self.own_certificate_sha256 = slot, own_sha256
        self.peer_certificate_sha256 = link.certificate_sha256()
        self.peer_certificate_pem = ssl.DER_cert_to_PEM_cert(link.certificate_der())
        self.own_nonce, self.peer_nonce = nonces
        self.loss: Loss | None = None
        self._link = link
        self._frames: deque[bytes] = deque()
        self._held = 0
        self._changed = asyncio.Event()
        self._closing: asyncio.Task[None] | None = None
        self._beats = asyncio.create_task(keep_alive(lambda: (link,), _SILENCE_S, _BEAT_S))
        link.bye.add_done_callback(lambda _done: self._said_bye())
        link.admit(self._delivered, self._lost)

    @property
    def open(self) -> bool:
        """Whether frames can still be sent."""
        return self.loss is None and self._closing is None

    def _delivered(self, _party: int, frame: bytes) -> None:
        self._held += len(frame)
        if len(self._frames) >= _MOST_FRAMES or self._held > _MOST_BYTES:
            self._link.refuse()
            return
        self._frames.append(frame)
        self._changed.set()

    def _lost(self, _party: int, loss: Loss) -> None:
        self.loss = self.loss or loss
        self._beats.cancel()
        self._changed.set()

    def _said_bye(self) -> None:
        if self.open:
            self._lost(-1, Loss.CLOSED)
            self._closing = asyncio.create_task(self._link.aclose(_CLOSE_GRACE_S))

    def send(self, frame: bytes) -> None:
        """Queue one frame of at most core.network.link.MAX_FRAME_BYTES; lost if the stream ended.

        Raises:
            InternalError: If it is longer.
        """
        if self.open:
            self._link.send(frame)

    async def drain(self) -> None:
        """Wait until the queue is short again."""
        await self._link.drain()

    async def receive(self) -> bytes | None:
        """Return the next frame, untrusted; None when the stream has ended and all were taken."""
        while not self._frames:
            if not self.open:
                return None
            self._changed.clear()
            await self._changed.wait()
        frame = self._frames.popleft()
        self._held -= len(frame)
        return frame

    async def aclose(self) -> None:
        """Send what is queued, say goodbye, and hang up; safe to repeat."""
        self._beats.cancel()
        if self._closing is None:
            self._closing = asyncio.create_task(self._link.aclose(_CLOSE_GRACE_S))
        self._changed.set()
        await asyncio.shield(self._closing)
        with contextlib.suppress(asyncio.CancelledError):
            await self._beats


# ---- a joiner's side


async def dial_lobby(caller: Caller, place: LobbyPlace, slot: str) -> LobbyStream:
    """Reach the coordinator. Waits for it as long as the relay keeps us; the caller sets limits.

    Raises:
        SessionError: SE407 or SE408 about the relay; SE406 if the coordinator hangs up.
        ProtocolError: PR503 if the certificate is not the invitation's or the slot is not ours,
            PR504 for another version, PR508 for another relay.
    """
    try:
        first = await _reach(caller, place, slot)
        pem = first.peer_certificate_pem()
        if hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest() != place.coordinator_sha256:
            first.abort()
            raise ProtocolError("PR503", party="the coordinator")
        await _approach(first, caller, place.session, slot)
        link = await first.upgrade(
            Link(asyncio.get_running_loop()), caller.identity.client_context(pem), dialler=True
        )
        return await settle(link, slot, caller.identity, caller.source, place.coordinator_sha256)
    except (PreludeEnded, OSError):
        raise SessionError("SE406", party="the coordinator", spent=NOTHING_SPENT) from None


async def _reach(caller: Caller, place: LobbyPlace, slot: str) -> Prelude:
    """Return the first TLS layer to whoever answers at the place."""
    route = place.route
    if isinstance(route, RelayRoute):
        ends = Ends(purpose=Purpose.LOBBY, own=slot, wanted=COORDINATOR)
        connection = await dial_relay(route, ends, caller.proxy)
        caller.on_waiting()
        spliced = await connection.spliced()
        return await spliced.upgrade(
            Prelude(MAX_APPROACH_BYTES), _pinned_later(), dialler=True, last=READY
        )
    return await _dial_direct(route, caller.proxy)


async def _dial_direct(route: DirectRoute, proxy: ProxySetting | None) -> Prelude:
    """Dial the coordinator's own address.

    Raises:
        SessionError: SE402 if nothing answers.
    """
    try:
        async with asyncio.timeout(HANDSHAKE_S):
            connection = await dial_tcp(Target(host=route.host, port=route.port), proxy)
    except (DialFailed, TimeoutError):
        raise SessionError(
            "SE402", party=route.host, seconds=f"{HANDSHAKE_S:g}", spent=NOTHING_SPENT
        ) from None
    _, first = await asyncio.get_running_loop().create_connection(
        lambda: Prelude(MAX_APPROACH_BYTES),
        sock=connection,
        ssl=_pinned_later(),
        server_hostname="syncohort",
        ssl_handshake_timeout=HANDSHAKE_S,
    )
    return first


async def _approach(first: Prelude, caller: Caller, session: str, slot: str) -> None:
    first.send(
        encode(
            Approach(
                version=LOBBY_VERSION,
                application=caller.application,
                session=session,
                slot=slot,
                certificate_pem=caller.identity.certificate_pem,
            )
        )
    )
    try:
        async with asyncio.timeout(HANDSHAKE_S):
            answer = decode(await first.next(), ANSWER_WORDS)
    except (TimeoutError, WorkerError):
        first.abort()
        raise PreludeEnded from None
    if isinstance(answer, TurnedAway):
        first.abort()
        raise turned_away(answer, caller.application)


def turned_away(answer: TurnedAway, ours: str) -> SynCohortError:
    """Return the error of a joiner that the coordinator does not take."""
    if answer.code == "PR504":
        theirs = "".join(c for c in answer.theirs[:20] if c.isascii() and c.isprintable())
        return ProtocolError(
            "PR504", party="the coordinator", field="SynCohort version", theirs=theirs, ours=ours
        )
    return SessionError("SE405", party="the coordinator", code="PR503", spent=NOTHING_SPENT)


def _pinned_later() -> ssl.SSLContext:
    """Return a context for the first layer; its certificate is compared whole afterwards."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


# ---- both sides


async def settle(
    link: Link, slot: str, identity: Installation, source: NoiseSource, expected_sha256: str
) -> LobbyStream:
    """Check the proved certificate, exchange nonces, and return the stream.

    Raises:
        PreludeEnded: If the other end hangs up.
        ProtocolError: PR503 if the certificate is another.
    """
    try:
        if link.certificate_sha256() != expected_sha256:
            raise ProtocolError("PR503", party="a hospital")  # noqa: TRY301 - hangs up below
        nonce = source.token(_NONCE_BYTES)
        link.greet(nonce)
        async with asyncio.timeout(HANDSHAKE_S):
            theirs = await link.greeting
        if theirs is None or len(theirs) != _NONCE_BYTES:
            raise PreludeEnded  # noqa: TRY301 - hangs up below
    except TimeoutError:
        link.refuse()
        raise PreludeEnded from None
    except BaseException:
        link.refuse()
        raise
    return LobbyStream(link, slot, identity.certificate_sha256, (nonce, theirs))
