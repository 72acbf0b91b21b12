"""Where the installations of a study meet, and how this computer is reached from there."""

from __future__ import annotations

import socket

from core.errors import SessionError
from core.model.invitation import MeetingPoint
from core.model.peer import DirectRoute, RelayRoute, Route


def route_of(meeting: MeetingPoint, token: str) -> Route:
    """Return how a meeting point is dialled."""
    if not meeting.relay:
        return DirectRoute(host=meeting.host, port=meeting.port)
    return RelayRoute(
        relay_host=meeting.host,
        relay_port=meeting.port,
        relay_certificate_sha256=meeting.certificate_sha256,
        session=token,
    )


def own_address(towards: DirectRoute) -> str:
    """Return this computer's address as the other computer of a direct study can dial it.

    Raises:
        SessionError: SE402 if there is no way there.
    """
    try:
        family, _, _, _, place = socket.getaddrinfo(
            towards.host, towards.port, type=socket.SOCK_DGRAM
        )[0]
        with socket.socket(family, socket.SOCK_DGRAM) as probe:  # nothing is sent
            probe.connect(place)
            return str(probe.getsockname()[0])
    except OSError:
        raise SessionError(
            "SE402", party="The coordinator", seconds="1", spent="Nothing is spent."
        ) from None
