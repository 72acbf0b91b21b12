"""How a party can be reached: by its own address, or through a relay that both ends dial."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from core.errors import PlanError

#: Bytes of a session token and of a lobby slot; as hex digits in every message.
TOKEN_BYTES: Final = 16
_TOKEN: Final = re.compile(r"[0-9a-f]{32}")
_SHA256: Final = re.compile(r"(?:[0-9a-f]{64})?")
_HOST: Final = re.compile(r"[0-9A-Za-z.:_-]{1,253}(?:%[0-9A-Za-z]{1,16})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectRoute:
    """An address on which the party itself listens.

    Attributes:
        host: Name or address.
        port: TCP port; 0 only where a listener may choose one.
    """

    host: str
    port: int

    def __post_init__(self) -> None:
        _require_place(self.host, self.port)


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayRoute:
    """A relay that every party of a session dials.

    Attributes:
        relay_host: Name or address of the relay.
        relay_port: Its TCP port.
        relay_certificate_sha256: Of its certificate, 64 hex digits; empty: a certificate of a
            public authority for ``relay_host``.
        session: Token of the session, 32 hex digits. Who knows it can disturb the session, not
            read it.
    """

    relay_host: str
    relay_port: int
    relay_certificate_sha256: str
    session: str = field(repr=False)

    def __post_init__(self) -> None:
        _require_place(self.relay_host, self.relay_port)
        if not _SHA256.fullmatch(self.relay_certificate_sha256):
            raise PlanError("PL201", field="relay", reason="its fingerprint is not a SHA-256")
        if not is_token(self.session):
            raise PlanError("PL201", field="relay", reason="the session token is not one")


Route = DirectRoute | RelayRoute


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxySetting:
    """A proxy through which this computer dials out (HTTP CONNECT). Used only when set.

    Attributes:
        host: Name or address.
        port: TCP port.
        user: For Basic authentication; empty: none.
        password: For Basic authentication; never shown.
    """

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        _require_place(self.host, self.port)
        if ":" in self.user or not (self.user + self.password).isprintable():
            raise PlanError("PL201", field="proxy", reason="a user name without a colon")


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerAddress:
    """Where a party's run can be reached, and the certificate that it must show.

    Attributes:
        number: Party number in the plan.
        route: Its own address, or the relay of the session.
        certificate_pem: The party's certificate (public).
    """

    number: int
    route: Route
    certificate_pem: str


def is_token(text: str) -> bool:
    """Return whether ``text`` is a session token or slot.

    >>> is_token("0" * 32), is_token("0" * 31), is_token("A" * 32)
    (True, False, False)
    """
    return _TOKEN.fullmatch(text) is not None


def _require_place(host: str, port: int) -> None:
    if not _HOST.fullmatch(host) or not 0 <= port <= 65535:
        raise PlanError("PL201", field="address", reason="not a host name and a port")
