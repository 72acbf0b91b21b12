"""A party's way through the relay: dial, check its certificate, ask for the other end, wait."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from dataclasses import dataclass
from typing import Final

from core.errors import InternalError, ProtocolError, SessionError, WorkerError
from core.messages.codec import decode, encode
from core.messages.relay import (
    MAX_HELLO_BYTES,
    RELAY_VERSION,
    RELAY_WORDS,
    Accepted,
    Hello,
    Purpose,
    Ready,
    Refusal,
    Refused,
    Spliced,
    Waiting,
)
from core.model.peer import ProxySetting, RelayRoute
from core.network.dialling import DialFailed, Target, dial_tcp
from core.network.prelude import Prelude, PreludeEnded

NOTHING_SPENT: Final = "Nothing was opened and none of the privacy cap was used."
#: For TCP, proxy, TLS and the relay's first answer.
DIAL_S: Final = 15.0
#: Longest silence of the relay while the other end is missing; it speaks every 10 s.
RELAY_SILENCE_S: Final = 45.0
READY: Final = encode(Ready())
_REASONS: Final = {
    Refusal.VERSION: "it runs another version",
    Refusal.MALFORMED: "it did not understand our greeting",
    Refusal.SESSION_FULL: "this study has too many connections",
    Refusal.ADDRESS_FULL: "this address has too many connections",
    Refusal.FULL: "it is full",
    Refusal.REPLACED: "another connection took the same place",
    Refusal.LATE: "the other end did not come in time",
    Refusal.CLOSING: "it is shutting down",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """Which splice is wanted: the two ends' names within the session."""

    purpose: Purpose
    own: str
    wanted: str


class RelayConnection:
    """One accepted connection to the relay, before its splice.

    Attributes:
        accepted: The relay's first answer.
    """

    def __init__(self, prelude: Prelude, accepted: Accepted, relay: str) -> None:
        self._prelude, self._relay = prelude, relay
        self.accepted = accepted

    async def spliced(self) -> Prelude:
        """Wait for the other end; then return the connection. Its ``upgrade`` needs READY as last
        word: only then the other end's bytes follow.

        Raises:
            SessionError: SE407 if the relay is lost, SE408 if it gives up.
        """
        while True:
            try:
                async with asyncio.timeout(RELAY_SILENCE_S):
                    word = decode(await self._prelude.next(), RELAY_WORDS)
            except TimeoutError:
                self._prelude.abort()
                raise relay_lost(self._relay, "it is silent") from None
            except (PreludeEnded, WorkerError):
                self._prelude.abort()
                raise relay_lost(self._relay, "it hung up") from None
            except BaseException:  # the owner gives up waiting
                self._prelude.abort()
                raise
            match word:
                case Waiting():
                    pass
                case Spliced():
                    return self._prelude
                case Refused():
                    self._prelude.abort()
                    raise relay_refused(self._relay, word.reason)
                case _:
                    self._prelude.abort()
                    raise relay_lost(self._relay, "it broke the rules")

    def abort(self) -> None:
        """Hang up."""
        self._prelude.abort()


def relay_name(route: RelayRoute) -> str:
    """Return the relay's name for messages."""
    return f"{route.relay_host}:{route.relay_port}"


def relay_lost(relay: str, reason: str) -> SessionError:
    """Return the error of a relay that cannot be reached or is gone."""
    return SessionError("SE407", relay=relay, reason=reason, spent=NOTHING_SPENT)


def relay_refused(relay: str, reason: Refusal) -> SessionError:
    """Return the error of a relay that refused."""
    return SessionError("SE408", relay=relay, reason=_REASONS[reason], spent=NOTHING_SPENT)


async def dial_relay(route: RelayRoute, ends: Ends, proxy: ProxySetting | None) -> RelayConnection:
    """Dial the relay and ask for a splice.

    Raises:
        SessionError: SE407 if it cannot be reached, SE408 if it refuses.
        ProtocolError: PR508 if its certificate is another.
    """
    relay = relay_name(route)
    try:
        async with asyncio.timeout(DIAL_S):
            prelude = await dial_relay_tls(route, proxy)
            return await _ask(prelude, route, ends)
    except TimeoutError:
        raise relay_lost(relay, "it did not answer in time") from None
    except OSError:
        raise relay_lost(relay, "it hung up") from None


async def dial_relay_tls(route: RelayRoute, proxy: ProxySetting | None) -> Prelude:
    """Dial the relay and check its certificate; nothing was said yet.

    Raises:
        SessionError: SE407 if it cannot be reached.
        ProtocolError: PR508 if its certificate is another.
    """
    relay = relay_name(route)
    try:
        connection = await dial_tcp(Target(host=route.relay_host, port=route.relay_port), proxy)
    except DialFailed as wrong:
        raise relay_lost(relay, wrong.words) from None
    loop = asyncio.get_running_loop()
    try:
        transport, prelude = await loop.create_connection(
            lambda: Prelude(MAX_HELLO_BYTES),
            sock=connection,
            ssl=outer_context(route),
            server_hostname=route.relay_host,
            ssl_handshake_timeout=DIAL_S,
        )
    except ssl.SSLCertVerificationError:
        raise ProtocolError("PR508", relay=relay) from None
    except ssl.SSLError:
        raise relay_lost(relay, "it does not speak TLS 1.3") from None
    except OSError:
        raise relay_lost(relay, "it hung up") from None
    if route.relay_certificate_sha256 and _shown(transport) != route.relay_certificate_sha256:
        prelude.abort()
        raise ProtocolError("PR508", relay=relay)
    return prelude


async def _ask(prelude: Prelude, route: RelayRoute, ends: Ends) -> RelayConnection:
    relay = relay_name(route)
    prelude.send(
        encode(
            Hello(
                version=RELAY_VERSION,
                session=route.session,
                purpose=ends.purpose,
                own=ends.own,
                wanted=ends.wanted,
            )
        )
    )
    try:
        word = decode(await prelude.next(), RELAY_WORDS)
    except (PreludeEnded, WorkerError):
        prelude.abort()
        raise relay_lost(relay, "it hung up") from None
    except BaseException:
        prelude.abort()
        raise
    match word:
        case Accepted():
            return RelayConnection(prelude, word, relay)
        case Refused():
            prelude.abort()
            raise relay_refused(relay, word.reason)
        case _:
            prelude.abort()
            raise relay_lost(relay, "it broke the rules")


def outer_context(route: RelayRoute) -> ssl.SSLContext:
    """Return the context for the TLS layer up to the relay.

    A pinned certificate is compared whole after the handshake, before anything is sent; otherwise
    the public authorities of this computer decide.
    """
    if not route.relay_certificate_sha256:
        context = ssl.create_default_context()
    else:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    return context


def _shown(transport: asyncio.BaseTransport) -> str:
    tls = transport.get_extra_info("ssl_object")
    if not isinstance(tls, ssl.SSLObject):
        raise InternalError("IN901", rule="the relay's connection is encrypted")
    return hashlib.sha256(tls.getpeercert(binary_form=True) or b"").hexdigest()
