"""What must never be written where people or strangers read it: keys, passphrases, one-time
secrets. Every end-to-end test ends with this search.
"""

from __future__ import annotations

import base64
from pathlib import Path

from cryptography.hazmat.primitives import serialization

from core.network.identity_store import IdentityStore
from core.randomness import NoiseSource
from core.study.invitation import read_invitation


class NoKeyring:
    """There is none in a test."""

    def unavailable(self) -> str:
        return "a test"


def forms_of_the_key(home: Path, passphrase: str) -> dict[str, bytes]:
    """The private key of an installation in every form that a program might print."""
    folder = home / "joint"
    if not (folder / "identity.json").exists():
        return {}
    found = IdentityStore(folder, NoKeyring(), NoiseSource()).load(passphrase)
    der = base64.b64decode(found.exposed())
    key = serialization.load_der_private_key(der, None)
    value = key.private_numbers().private_value
    raw = value.to_bytes(32, "big")
    return {
        "key, raw": raw,
        "key, hex": raw.hex().encode(),
        "key, base64": base64.b64encode(raw),
        "key, decimal": str(value).encode(),
        "key, sealed store": found.exposed().encode(),
        "key, DER": der,
    }


def secrets_of(installation: object) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Secrets that stand in no file and no output, and those that their own files may hold."""
    folder: Path = installation.folder
    hidden = {}
    for file in ("identity", "approver", "wrong"):
        hidden[f"passphrase {file}"] = (folder / file).read_bytes().strip()
    hidden |= forms_of_the_key(installation.home, hidden["passphrase identity"].decode())
    kept = {}
    for path in (folder / "invitations").glob("*"):
        invitation = read_invitation(path.read_text())
        kept |= {f"secret {path.name}": invitation.secret.encode()}
        kept |= {f"token {path.name}": invitation.token.encode()}
    return hidden, kept


def require_none(installations: list[object], outputs: dict[str, bytes]) -> None:
    """Search everything that was printed and everything that was kept."""
    hidden: dict[str, bytes] = {}
    kept: dict[str, bytes] = {}
    for installation in installations:
        own_hidden, own_kept = secrets_of(installation)
        hidden |= {f"{installation.name} {k}": v for k, v in own_hidden.items()}
        kept |= {f"{installation.name} {k}": v for k, v in own_kept.items()}
    assert not installations or hidden
    for where, content in outputs.items():
        found = [name for name, secret in {**hidden, **kept}.items() if secret in content]
        assert not found, f"{where} shows {found}"
        assert b"Traceback" not in content, f"{where}: {content.decode()[-3000:]}"
    for installation in installations:
        for path in installation.home.rglob("*"):
            if path.is_file():
                content = path.read_bytes()
                own = path.name == "session.json" or path.name.startswith(".session.json-")
                searched = hidden if own else {**hidden, **kept}
                found = [name for name, secret in searched.items() if secret in content]
                assert not found, f"{path.name} of {installation.name} holds {found}"
