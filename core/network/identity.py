"""A run's own certificate: made for one run, pinned by the plan, gone afterwards."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import ssl
import tempfile
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from core.errors import ProtocolError
from core.randomness import NoiseSource

_VALID: Final = dt.timedelta(days=30)
_CLOCK_SKEW: Final = dt.timedelta(days=2)


def fingerprint(certificate_pem: str) -> str:
    """Return the SHA-256 of a certificate's DER bytes, 64 hex digits.

    Raises:
        ValueError: If the text is not one PEM certificate.
    """
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate_pem)).hexdigest()


class RunIdentity:
    """An elliptic-curve key (P-256) and its self-signed certificate.

    Invariant: the private key lives in the two TLS contexts only; no attribute, file or message
    holds it. Python's ssl reads keys from files alone, so it passes once through a file that is
    encrypted under a passphrase of this moment, readable by this user only, and deleted before
    ``__init__`` returns.

    Attributes:
        certificate_pem: The certificate (public).
        certificate_sha256: Its fingerprint, as pinned in the plan.
    """

    def __init__(self, source: NoiseSource, now: dt.datetime) -> None:
        """Make a new key and certificate, valid around ``now`` (UTC)."""
        key = ec.generate_private_key(ec.SECP256R1())
        serial = x509.random_serial_number()
        # NB: one name for each certificate: OpenSSL looks a trusted certificate up by its name
        name = x509.Name(
            [x509.NameAttribute(x509.NameOID.COMMON_NAME, f"SynCohort run {serial:x}")]
        )
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(serial)
            .not_valid_before(now - _CLOCK_SKEW)
            .not_valid_after(now + _VALID)
            .sign(key, hashes.SHA256())
        )
        self.certificate_pem = certificate.public_bytes(serialization.Encoding.PEM).decode("ascii")
        self.certificate_sha256 = fingerprint(self.certificate_pem)
        passphrase = source.token(32).hex()
        locked = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(passphrase.encode("ascii")),
        )
        self._server = _bare_context(ssl.PROTOCOL_TLS_SERVER)
        self._client = _bare_context(ssl.PROTOCOL_TLS_CLIENT)
        with tempfile.TemporaryDirectory(prefix="syncohort-") as folder:
            path = Path(folder) / "run.pem"
            with os.fdopen(
                os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb"
            ) as file:
                file.write(self.certificate_pem.encode("ascii") + locked)
            for context in (self._server, self._client):
                context.load_cert_chain(path, password=passphrase)

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


def _bare_context(purpose: ssl._SSLMethod) -> ssl.SSLContext:
    """Return a context for TLS 1.3 only that demands a certificate and trusts none yet."""
    context = ssl.SSLContext(purpose)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False  # certificates are pinned whole: a name would add nothing
    context.verify_mode = ssl.CERT_REQUIRED
    return context
