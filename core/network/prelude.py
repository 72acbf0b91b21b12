"""A connection before its last TLS layer: short frames, then the stream is handed on untouched.

NB: what arrives together with the last short frame would be lost to the TLS layer that starts
after it. So the other end must wait for an answer before it speaks TLS, and ``upgrade`` refuses a
stream that spoke too early.
"""

from __future__ import annotations

import asyncio
import inspect
import ssl
from typing import Final, TypeVar

from core.errors import InternalError, WorkerError
from core.messages.codec import FrameReader

#: For one TLS handshake.
HANDSHAKE_S: Final = 15.0
_WAITING_FRAMES: Final = 8
P = TypeVar("P", bound=asyncio.Protocol)


class PreludeEnded(Exception):  # noqa: N818 - an event of the connection, not an error of ours
    """The connection ended, or what came was no short frame. Callers turn it into their error."""

    def __init__(self, *, malformed: bool = False) -> None:
        super().__init__()
        self.malformed = malformed


class Prelude(asyncio.Protocol):
    """Short frames over a connection. Invariant: holds a few frames of ``limit`` bytes at most."""

    def __init__(self, limit: int) -> None:
        """Expect frames of at most ``limit`` bytes."""
        self._reader = FrameReader(limit)
        self._frames: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._transport: asyncio.Transport | None = None
        self._malformed = False
        self._over = False

    # ---- asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the transport; hang up if the first bytes were wrong already."""
        if not isinstance(transport, asyncio.Transport):
            raise InternalError("IN901", rule="a connection is a byte stream")
        self._transport = transport
        if self._malformed:
            transport.abort()

    def data_received(self, data: bytes) -> None:
        """Cut into frames."""
        try:
            for body in self._reader.feed(data):
                self._frames.put_nowait(body)
        except WorkerError:
            self._end(malformed=True)
        if self._frames.qsize() > _WAITING_FRAMES:
            self._end(malformed=True)

    def eof_received(self) -> bool:
        """Close when the other end closes."""
        return False

    def connection_lost(self, _exc: Exception | None) -> None:
        """Tell who waits."""
        self._end(malformed=False)

    def _end(self, *, malformed: bool) -> None:
        if not self._over:
            self._over, self._malformed = True, malformed
            self._frames.put_nowait(None)
            if malformed and self._transport is not None:
                self._transport.abort()

    # ---- the owner's side

    @property
    def over(self) -> bool:
        """Whether the connection has ended."""
        return self._over

    def send(self, frame: bytes) -> None:
        """Queue a frame."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(frame)

    async def next(self) -> bytes:
        """Return the next frame's body.

        Raises:
            PreludeEnded: If there will be none.
        """
        body = await self._frames.get()
        if body is None:
            self._frames.put_nowait(None)
            raise PreludeEnded(malformed=self._malformed)
        return body

    async def upgrade(
        self, inner: P, context: ssl.SSLContext, *, dialler: bool, last: bytes = b""
    ) -> P:
        """Start a TLS layer inside this connection and give it to ``inner``.

        Args:
            inner: Gets the decrypted stream.
            context: Of this end.
            dialler: Whether this end is the TLS client.
            last: A last short frame, sent before TLS starts: the other end waits for it.

        Raises:
            PreludeEnded: If the connection is over, or the other end spoke too early.
            OSError: If the handshake fails; ssl.SSLError among them.
        """
        transport = self._transport
        if self._over or transport is None:
            raise PreludeEnded(malformed=self._malformed)
        if self._reader.pending or not self._frames.empty():
            self._end(malformed=True)
            raise PreludeEnded(malformed=True)
        loop = asyncio.get_running_loop()
        _mend(transport)
        self.send(last)
        try:
            secure = await loop.start_tls(
                transport,
                inner,
                context,
                server_side=not dialler,
                server_hostname="syncohort" if dialler else None,
                ssl_handshake_timeout=HANDSHAKE_S,
            )
        except BaseException:
            transport.abort()
            raise
        if secure is None:
            raise PreludeEnded
        inner.connection_made(secure)
        return inner

    def hand_over(self, inner: P, *, last: bytes) -> P:
        """Give the stream to ``inner`` as it is, after a last short frame.

        Raises:
            PreludeEnded: If the connection is over, or the other end spoke too early.
        """
        transport = self._transport
        if self._over or transport is None or self._reader.pending or not self._frames.empty():
            raise PreludeEnded(malformed=self._malformed)
        self.send(last)
        transport.set_protocol(inner)
        inner.connection_made(transport)
        return inner

    def peer_certificate_pem(self) -> str:
        """Return the certificate that the other end showed in the innermost TLS layer.

        Raises:
            InternalError: If there is none.
        """
        tls = self._transport.get_extra_info("ssl_object") if self._transport else None
        der = tls.getpeercert(binary_form=True) if isinstance(tls, ssl.SSLObject) else None
        if not der:
            raise InternalError("IN901", rule="the other end shows a certificate")
        return ssl.DER_cert_to_PEM_cert(der)

    def abort(self) -> None:
        """Hang up."""
        self._over = True
        if self._transport is not None:
            self._transport.abort()


def _mend(transport: asyncio.Transport) -> None:
    """Let TLS inside TLS end with its error.

    Python before 3.11.8 and 3.12.2 raises a TypeError in the place of it (gh-113214).
    """
    outer = getattr(transport, "_ssl_protocol", None)
    if outer is None or len(inspect.signature(outer._abort).parameters) > 0:  # noqa: SLF001
        return

    def force_close(error: Exception | None) -> None:
        carrier = outer._transport  # noqa: SLF001
        if carrier is not None:
            carrier._force_close(error)  # noqa: SLF001

    transport._force_close = force_close  # type: ignore[attr-defined]  # noqa: SLF001
