"""Certificates of one run: fresh, pinned whole, their keys nowhere on disk."""

from __future__ import annotations

import datetime as dt
import gc
import os
import ssl
import stat
import tempfile

import pytest

from core.errors import ProtocolError
from core.network.identity import RunIdentity, fingerprint
from core.randomness import NoiseSource

NOW = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)


def test_the_fingerprint_is_the_certificates():
    identity = RunIdentity(NoiseSource(), NOW)
    assert fingerprint(identity.certificate_pem) == identity.certificate_sha256
    assert len(identity.certificate_sha256) == 64
    other = RunIdentity(NoiseSource(), NOW)
    assert other.certificate_sha256 != identity.certificate_sha256


def test_a_text_that_is_no_certificate_has_no_fingerprint():
    with pytest.raises(ValueError, match="PEM"):
        fingerprint("hello")


def test_contexts_speak_tls_1_3_only_and_demand_a_certificate():
    identity, peer = (RunIdentity(NoiseSource(), NOW) for _ in range(2))
    for context in identity.trust({"Hospital B": peer.certificate_pem}):
        assert context.minimum_version == ssl.TLSVersion.TLSv1_3
        assert context.verify_mode == ssl.CERT_REQUIRED
        assert len(context.get_ca_certs(binary_form=True)) <= 1  # no system authorities


def test_an_unreadable_certificate_is_refused_by_name():
    identity = RunIdentity(NoiseSource(), NOW)
    with pytest.raises(ProtocolError, match="PR503") as caught:
        identity.trust(
            {"Hospital B": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"}
        )
    assert dict(caught.value.fields)["party"] == "Hospital B"


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
def test_the_key_passes_through_a_private_locked_file_that_is_gone(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    seen = []
    load = ssl.SSLContext.load_cert_chain

    def watched(self, path, password=None):
        content = path.read_bytes()
        seen.append((stat.S_IMODE(path.stat().st_mode), stat.S_IMODE(path.parent.stat().st_mode)))
        assert b"ENCRYPTED PRIVATE KEY" in content
        assert b"BEGIN PRIVATE KEY" not in content
        assert b"BEGIN EC PRIVATE KEY" not in content
        return load(self, path, password=password)

    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", watched)
    identity = RunIdentity(NoiseSource(), NOW)
    assert seen == [(0o600, 0o700)] * 2
    assert list(tmp_path.iterdir()) == []
    gc.collect()
    assert not any("key" in name or "private" in name for name in vars(identity))
