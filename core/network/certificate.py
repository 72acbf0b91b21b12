"""Self-signed certificates, and the TLS contexts that show them and trust exactly named ones."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import ssl
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from core.randomness import NoiseSource

#: How far the clocks of two hospitals may differ.
CLOCK_SKEW: Final = dt.timedelta(days=2)


def fingerprint(certificate_pem: str) -> str:
    """Return the SHA-256 of a certificate's DER bytes, 64 hex digits.

    Raises:
        ValueError: If the text is not one PEM certificate.
    """
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate_pem)).hexdigest()


def self_signed(
    key: ec.EllipticCurvePrivateKey, kind: str, now: dt.datetime, valid: dt.timedelta
) -> str:
    """Return a new certificate of ``key`` as PEM, valid around ``now`` (UTC).

    It names nobody: ``kind`` and a random number are its only words.
    """
    serial = x509.random_serial_number()
    # NB: one name for each certificate: OpenSSL looks a trusted certificate up by its name
    name = x509.Name(
        [x509.NameAttribute(x509.NameOID.COMMON_NAME, f"SynCohort {kind} {serial:x}")]
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(now + valid)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode("ascii")


def bare_context(purpose: ssl._SSLMethod) -> ssl.SSLContext:
    """Return a context for TLS 1.3 only that demands a certificate and trusts none yet."""
    context = ssl.SSLContext(purpose)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False  # certificates are pinned whole: a name would add nothing
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def show(
    contexts: Iterable[ssl.SSLContext],
    key: ec.EllipticCurvePrivateKey,
    certificate_pem: str,
    source: NoiseSource,
) -> None:
    """Let contexts show a certificate.

    NB: Python's ssl reads keys from files alone, so the key passes once through a file that is
    encrypted under a passphrase of this moment, readable by this user only, and deleted before
    this returns.
    """
    passphrase = source.token(32).hex()
    locked = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase.encode("ascii")),
    )
    with tempfile.TemporaryDirectory(prefix="syncohort-") as folder:
        path = Path(folder) / "run.pem"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(certificate_pem.encode("ascii") + locked)
        for context in contexts:
            context.load_cert_chain(path, password=passphrase)
