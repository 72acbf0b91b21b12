"""A run's own certificate: made for one run, pinned by the plan, gone afterwards."""

from __future__ import annotations

import datetime as dt
import ssl
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec

from core.errors import ProtocolError
from core.network.certificate import bare_context, fingerprint, self_signed, show
from core.randomness import NoiseSource

_VALID: Final = dt.timedelta(days=30)


class RunIdentity:
    """An elliptic-curve key (P-256) and its self-signed certificate.

    Invariant: the private key lives in the two TLS contexts only; no attribute, file or message
    holds it.

    Attributes:
        certificate_pem: The certificate (public).
        certificate_sha256: Its fingerprint, as pinned in the plan.
    """

    def __init__(self, source: NoiseSource, now: dt.datetime) -> None:
        """Make a new key and certificate, valid around ``now`` (UTC)."""
        key = ec.generate_private_key(ec.SECP256R1())
        self.certificate_pem = self_signed(key, "run", now, _VALID)
        self.certificate_sha256 = fingerprint(self.certificate_pem)
        self._server = bare_context(ssl.PROTOCOL_TLS_SERVER)
        self._client = bare_context(ssl.PROTOCOL_TLS_CLIENT)
        show((self._server, self._client), key, self.certificate_pem, source)

    def trust(self, certificates: dict[str, str]) -> tuple[ssl.SSLContext, ssl.SSLContext]:
        """Return the (server, client) contexts, trusting exactly these certificates.

        Args:
            certificates: Party name -> PEM, the name for the error text.

        Raises:
            ProtocolError: PR503 if one of them cannot be read.
        """
        for party, pem in certificates.items():
            for context in (self._server, self._client):
                try:
                    context.load_verify_locations(cadata=pem)
                except (ssl.SSLError, ValueError):
                    raise ProtocolError("PR503", party=party) from None
        return self._server, self._client
