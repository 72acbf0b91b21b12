"""An installation's long-lived identity: the key with which a hospital signs, and its certificate.

The private key lives in the operating system's key store, or, where there is none, sealed under
the steward's passphrase in ``identity.json`` (scrypt, AES-256-GCM). A backup is the same sealed
text in a file of its own.

References:
    RFC 7914 (scrypt). FIPS 186-5 (ECDSA).
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import ssl
from dataclasses import asdict, dataclass, fields
from typing import Final, Protocol, Self

from cryptography import x509
from cryptography.exceptions import InvalidSignature, InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from core.errors import ProtocolError, WorkerError
from core.network.certificate import bare_context, fingerprint, self_signed, show
from core.randomness import NoiseSource

_VALID: Final = dt.timedelta(days=5 * 365)
#: A renewal is due when less than this is left.
RENEW_BEFORE: Final = dt.timedelta(days=90)
_SIGNING: Final = b"SynCohort installation signature 1\0"
_SUCCESSION: Final = b"SynCohort succession 1\0"
_SCRYPT_N: Final = 1 << 16  # 64 MiB, a fifth of a second
_SCRYPT_LEAST, _SCRYPT_MOST = 1 << 14, 1 << 18
SHORTEST_PASSPHRASE: Final = 12


class KeyPlace(Protocol):
    """The operating system's key store, or a test's."""

    def unavailable(self) -> str:
        """Return why there is no key store, in plain words; empty if there is one."""
        ...

    def read(self, name: str) -> str | None:
        """Return what is kept under ``name``."""
        ...

    def write(self, name: str, text: str) -> None:
        """Keep ``text`` under ``name``."""
        ...

    def remove(self, name: str) -> None:
        """Forget ``name``; no error if there is nothing."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Succession:
    """The former certificate's word for this one, so that known partners need not call again.

    Attributes:
        former_pem: The former certificate.
        signature: By its key, over the new certificate's fingerprint.
    """

    former_pem: str
    signature: bytes

    def leads_to(self, certificate_pem: str) -> bool:
        """Return whether the former key vouched for ``certificate_pem``."""
        signed = _SUCCESSION + fingerprint(certificate_pem).encode("ascii")
        return _verifies(self.former_pem, signed, self.signature)


class Installation:
    """A key pair (P-256) and its self-signed certificate.

    Invariant: the private key leaves as sealed text or into a TLS context only; ``repr`` shows the
    fingerprint, and pickling raises.

    Attributes:
        certificate_pem: The certificate (public).
        certificate_sha256: Its fingerprint, 64 hex digits.
    """

    __slots__ = ("_key", "_source", "certificate_pem", "certificate_sha256")

    def __init__(
        self, key: ec.EllipticCurvePrivateKey, certificate_pem: str, source: NoiseSource
    ) -> None:
        """Bring a key and its certificate together.

        Raises:
            WorkerError: WO611 if they do not belong together.
        """
        if _public(certificate_pem) != key.public_key():
            raise _unreadable("key and certificate do not belong together")
        self._key, self._source = key, source
        self.certificate_pem = certificate_pem
        self.certificate_sha256 = fingerprint(certificate_pem)

    @classmethod
    def new(cls, source: NoiseSource, now: dt.datetime) -> Self:
        """Make a new key and certificate, valid around ``now`` (UTC)."""
        key = ec.generate_private_key(ec.SECP256R1())
        return cls(key, self_signed(key, "installation", now, _VALID), source)

    def __repr__(self) -> str:
        """Show the fingerprint only."""
        return f"Installation({self.certificate_sha256[:16]}...)"

    def __reduce__(self) -> str:
        """Refuse pickling."""
        raise TypeError("an identity cannot be pickled")

    def sign(self, content: bytes) -> bytes:
        """Return the signature of ``content`` (ECDSA, SHA-256, DER)."""
        return self._key.sign(_SIGNING + content, ec.ECDSA(hashes.SHA256()))

    def valid_until(self) -> dt.datetime:
        """Return when the certificate ends (UTC)."""
        return x509.load_pem_x509_certificate(
            self.certificate_pem.encode("ascii")
        ).not_valid_after_utc

    def due(self, now: dt.datetime) -> bool:
        """Return whether the certificate should be renewed."""
        return now + RENEW_BEFORE > self.valid_until()

    def successor(self, now: dt.datetime) -> tuple[Installation, Succession]:
        """Return a new identity and this one's word for it."""
        new = Installation.new(self._source, now)
        signed = _SUCCESSION + new.certificate_sha256.encode("ascii")
        signature = self._key.sign(signed, ec.ECDSA(hashes.SHA256()))
        return new, Succession(former_pem=self.certificate_pem, signature=signature)

    # ---- TLS

    def server_context(self, trusted_pem: str | None) -> ssl.SSLContext:
        """Return a context that shows our certificate and demands exactly ``trusted_pem``; None:
        that demands none, for the first moment with a joiner who is not known yet.

        Raises:
            ProtocolError: PR503 if the certificate cannot be read.
        """
        return self._context(ssl.PROTOCOL_TLS_SERVER, trusted_pem)

    def client_context(self, trusted_pem: str) -> ssl.SSLContext:
        """Return a context that shows our certificate and demands exactly ``trusted_pem``.

        Raises:
            ProtocolError: PR503 if the certificate cannot be read.
        """
        return self._context(ssl.PROTOCOL_TLS_CLIENT, trusted_pem)

    def _context(self, purpose: ssl._SSLMethod, trusted_pem: str | None) -> ssl.SSLContext:
        context = bare_context(purpose)
        show((context,), self._key, self.certificate_pem, self._source)
        if trusted_pem is None:
            context.verify_mode = ssl.CERT_NONE
        else:
            try:
                context.load_verify_locations(cadata=trusted_pem)
            except (ssl.SSLError, ValueError):
                raise ProtocolError("PR503", party="a hospital") from None
        return context

    # ---- at rest

    def exposed(self) -> str:
        """Return the private key as text, for the operating system's key store only."""
        der = self._key.private_bytes(
            serialization.Encoding.DER,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return base64.b64encode(der).decode("ascii")

    @classmethod
    def from_exposed(cls, text: str, certificate_pem: str, source: NoiseSource) -> Self:
        """Read what ``exposed`` returned.

        Raises:
            WorkerError: WO611 if it is anything else.
        """
        try:
            der = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raise _unreadable("the key is damaged") from None
        return cls(_key_from(der), certificate_pem, source)

    def sealed(self, passphrase: str) -> SealedKey:
        """Return the private key locked with a passphrase.

        Raises:
            WorkerError: WO612 if the passphrase is too short.
        """
        require_passphrase(passphrase)
        der = base64.b64decode(self.exposed())
        salt, nonce = self._source.token(16), self._source.token(12)
        content = AESGCM(_stretched(passphrase, salt, _SCRYPT_N)).encrypt(
            nonce, der, self.certificate_sha256.encode("ascii")
        )
        return SealedKey(
            scrypt_n=_SCRYPT_N, salt=salt.hex(), nonce=nonce.hex(), content=content.hex()
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedKey:
    """A private key locked with a passphrase; every field is text or a number of JSON."""

    scrypt_n: int
    salt: str
    nonce: str
    content: str

    def opened(self, passphrase: str, certificate_pem: str, source: NoiseSource) -> Installation:
        """Return the identity.

        Raises:
            WorkerError: WO613 if the passphrase is another; WO611 if the text is damaged.
        """
        if not _SCRYPT_LEAST <= self.scrypt_n <= _SCRYPT_MOST or self.scrypt_n.bit_count() != 1:
            raise _unreadable("its lock is not one of ours")
        try:
            salt, nonce, content = (
                bytes.fromhex(t) for t in (self.salt, self.nonce, self.content)
            )
            sha256 = fingerprint(certificate_pem).encode("ascii")
            der = AESGCM(_stretched(passphrase, salt, self.scrypt_n)).decrypt(
                nonce, content, sha256
            )
        except InvalidTag:
            raise WorkerError("WO613") from None
        except (ValueError, TypeError):
            raise _unreadable("it is damaged") from None
        return Installation(_key_from(der), certificate_pem, source)

    def as_tree(self) -> dict[str, object]:
        """Return the fields for JSON."""
        return asdict(self)

    @classmethod
    def from_tree(cls, tree: object) -> SealedKey:
        """Read ``as_tree`` back.

        Raises:
            WorkerError: WO611 if it is anything else.
        """
        kinds = {f.name: int if f.name == "scrypt_n" else str for f in fields(cls)}
        if not isinstance(tree, dict) or {k: type(v) for k, v in tree.items()} != kinds:
            raise _unreadable("it is damaged")
        return cls(**tree)


def verify(certificate_pem: str, content: bytes, signature: bytes) -> bool:
    """Return whether the holder of ``certificate_pem`` signed ``content`` (untrusted input)."""
    return _verifies(certificate_pem, _SIGNING + content, signature)


def require_passphrase(passphrase: str) -> None:
    """Refuse a passphrase that is too short.

    Raises:
        WorkerError: WO612.
    """
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise WorkerError("WO612", reason=f"at least {SHORTEST_PASSPHRASE} characters")


def _verifies(certificate_pem: str, content: bytes, signature: bytes) -> bool:
    try:
        _public(certificate_pem).verify(signature, content, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, WorkerError):
        return False
    return True


def _public(certificate_pem: str) -> ec.EllipticCurvePublicKey:
    try:
        key = x509.load_pem_x509_certificate(certificate_pem.encode("ascii")).public_key()
    except (ValueError, UnsupportedAlgorithm):  # UnicodeEncodeError is a ValueError
        raise _unreadable("its certificate is damaged") from None
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise _unreadable("its certificate is of another kind")
    return key


def _key_from(der: bytes) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_der_private_key(der, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise _unreadable("the key is damaged") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise _unreadable("the key is of another kind")
    return key


def _stretched(passphrase: str, salt: bytes, n: int) -> bytes:
    return Scrypt(salt=salt, length=32, n=n, r=8, p=1).derive(passphrase.encode("utf-8"))


def _unreadable(reason: str) -> WorkerError:
    return WorkerError("WO611", reason=reason)


def is_certificate(pem: str) -> bool:
    """Return whether untrusted text is one certificate of an installation (ECDSA, P-256)."""
    try:
        _public(pem)
        fingerprint(pem)
    except (WorkerError, ValueError):
        return False
    return pem.count("-----BEGIN CERTIFICATE-----") == 1
