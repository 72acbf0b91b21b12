"""Where a party of a running study can be reached."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerAddress:
    """Where a party's run listens, and the certificate that it must show.

    Attributes:
        number: Party number in the plan.
        host: Address, loopback in a local study.
        port: TCP port.
        certificate_pem: The party's certificate (public).
    """

    number: int
    host: str
    port: int
    certificate_pem: str
