"""Dialling out: a TCP connection to a place, through the hospital's proxy if one is set."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import socket
from dataclasses import dataclass
from enum import Enum
from typing import Final

from core.model.peer import ProxySetting

_LONGEST_ANSWER: Final = 8192


class DialStep(Enum):
    """How far a dial came."""

    NAME = "name"
    TCP = "tcp"
    PROXY_NAME = "proxy name"
    PROXY_TCP = "proxy tcp"
    PROXY_ANSWER = "proxy answer"
    PROXY_LOGIN = "proxy login"
    PROXY_REFUSED = "proxy refused"


_WORDS: Final = {
    DialStep.NAME: "its name is not known here",
    DialStep.TCP: "nothing answers at its port",
    DialStep.PROXY_NAME: "the proxy's name is not known here",
    DialStep.PROXY_TCP: "nothing answers at the proxy's port",
    DialStep.PROXY_ANSWER: "the proxy's answer is not HTTP",
    DialStep.PROXY_LOGIN: "the proxy wants another login",
    DialStep.PROXY_REFUSED: "the proxy does not allow this address",
}


class DialFailed(OSError):  # noqa: N818 - an outcome that callers turn into their error
    """A dial that did not get through.

    Attributes:
        step: Where it ended.
        status: HTTP status of the proxy, or 0.
        schemes: Logins that the proxy offers (``basic``, ``ntlm``, ``negotiate`` ...).
    """

    def __init__(self, step: DialStep, status: int = 0, schemes: tuple[str, ...] = ()) -> None:
        super().__init__(_WORDS[step])
        self.step, self.status, self.schemes = step, status, schemes

    @property
    def words(self) -> str:
        """What went wrong, in plain words."""
        return _WORDS[self.step]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where to dial."""

    host: str
    port: int


async def dial_tcp(target: Target, proxy: ProxySetting | None) -> socket.socket:
    """Return a connected, non-blocking socket to ``target``.

    Raises:
        DialFailed: Saying where it ended.
        TimeoutError: From the caller's deadline only; there is none here.
    """
    if proxy is None:
        return await _connect(target.host, target.port, DialStep.NAME, DialStep.TCP)
    connection = await _connect(proxy.host, proxy.port, DialStep.PROXY_NAME, DialStep.PROXY_TCP)
    try:
        await _tunnel(connection, target, proxy)
    except BaseException:
        connection.close()
        raise
    return connection


async def _connect(host: str, port: int, no_name: DialStep, no_answer: DialStep) -> socket.socket:
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise DialFailed(no_name) from None
    for family, kind, protocol, _, address in found:
        connection = socket.socket(family, kind, protocol)
        try:
            connection.setblocking(False)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            await loop.sock_connect(connection, address)
        except OSError:
            connection.close()
        except BaseException:
            connection.close()
            raise
        else:
            return connection
    raise DialFailed(no_answer)


async def _tunnel(connection: socket.socket, target: Target, proxy: ProxySetting) -> None:
    host = f"[{target.host}]" if ":" in target.host else target.host
    place = f"{host}:{target.port}"
    lines = [f"CONNECT {place} HTTP/1.1", f"Host: {place}"]
    if proxy.user:
        login = base64.b64encode(f"{proxy.user}:{proxy.password}".encode()).decode("ascii")
        lines.append(f"Proxy-Authorization: Basic {login}")
    loop = asyncio.get_running_loop()
    try:
        await loop.sock_sendall(connection, ("\r\n".join(lines) + "\r\n\r\n").encode("ascii"))
        head = await _read_head(connection)
    except (ConnectionError, UnicodeEncodeError):
        raise DialFailed(DialStep.PROXY_ANSWER) from None
    status = _status(head[0])
    if status == 407:
        raise DialFailed(DialStep.PROXY_LOGIN, status, _schemes(head))
    if not 200 <= status < 300:
        raise DialFailed(DialStep.PROXY_REFUSED, status)


async def _read_head(connection: socket.socket) -> list[str]:
    """Read the answer's lines and not a byte beyond them: the rest belongs to TLS."""
    loop = asyncio.get_running_loop()
    content = bytearray()
    while not content.endswith(b"\r\n\r\n"):
        byte = await loop.sock_recv(connection, 1)
        if not byte or len(content) >= _LONGEST_ANSWER:
            raise DialFailed(DialStep.PROXY_ANSWER)
        content += byte
        if len(content) == len(b"HTTP/") and content != b"HTTP/":
            raise DialFailed(DialStep.PROXY_ANSWER)
    return content.decode("latin-1").split("\r\n")


def _status(line: str) -> int:
    with contextlib.suppress(ValueError, IndexError):
        return int(line.split()[1])
    raise DialFailed(DialStep.PROXY_ANSWER)


def _schemes(head: list[str]) -> tuple[str, ...]:
    """Return the names of the logins that the proxy offers, known ones only."""
    known = {"basic", "digest", "ntlm", "negotiate", "kerberos"}
    offered = {
        line.split(":", 1)[1].split()[0].lower()
        for line in head[1:]
        if line.lower().startswith("proxy-authenticate:") and line.split(":", 1)[1].split()
    }
    return tuple(sorted(offered & known))
