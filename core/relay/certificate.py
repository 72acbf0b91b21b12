"""The relay's own certificate, made at the first start and kept beside it."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from core.errors import WorkerError

_VALID: Final = dt.timedelta(days=10 * 365)
_CLOCK_SKEW: Final = dt.timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateFiles:
    """Where the relay's certificate and its key lie (PEM)."""

    certificate: Path
    key: Path


def kept_in(folder: Path, now: dt.datetime) -> CertificateFiles:
    """Return the certificate in ``folder``, after making it if there is none.

    Raises:
        WorkerError: WO603 if the folder cannot be written.
    """
    files = CertificateFiles(
        certificate=folder / "relay-certificate.pem", key=folder / "relay-key.pem"
    )
    if not (files.certificate.exists() and files.key.exists()):
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            _make(files, now)
        except OSError as wrong:
            raise WorkerError(
                "WO603", file=folder.name, reason=wrong.strerror or "unknown"
            ) from None
    return files


def kept_sha256(folder: Path) -> str:
    """Return the SHA-256 of the certificate in ``folder``, 64 hex digits; empty without one."""
    try:
        return _sha256(folder / "relay-certificate.pem")
    except (OSError, ValueError):
        return ""


def _sha256(certificate: Path) -> str:
    first = certificate.read_bytes().split(b"-----END CERTIFICATE-----")[0]
    pem = first.decode("ascii") + "-----END CERTIFICATE-----\n"
    der = ssl.PEM_cert_to_DER_cert(pem[pem.index("-----BEGIN CERTIFICATE-----") :])
    return hashlib.sha256(der).hexdigest()


def _make(files: CertificateFiles, now: dt.datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "SynCohort relay")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_SKEW)
        .not_valid_after(now + _VALID)
        .sign(key, hashes.SHA256())
    )
    locked = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    files.key.unlink(missing_ok=True)
    with os.fdopen(os.open(files.key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(locked)
    files.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


def server_context(files: CertificateFiles) -> tuple[ssl.SSLContext, str]:
    """Return the relay's TLS context and its certificate's SHA-256, 64 hex digits.

    Raises:
        WorkerError: WO606 if the files cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    try:
        context.load_cert_chain(files.certificate, files.key)
        sha256 = _sha256(files.certificate)
    except (OSError, ValueError):
        raise WorkerError(
            "WO606", file=files.certificate.name, reason="certificate and key do not fit"
        ) from None
    return context, sha256
