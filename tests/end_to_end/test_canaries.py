"""The search for secrets finds what it looks for."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from core.network.identity_store import IdentityStore
from core.randomness import NoiseSource
from tests.end_to_end.canaries import NoKeyring, require_none, secrets_of
from tests.end_to_end.study_steps import Installation


@pytest.fixture
def north(tmp_path: Path) -> Installation:
    made = Installation(tmp_path, "North", None)
    store = IdentityStore(made.home / "joint", NoKeyring(), NoiseSource())
    store.create(dt.datetime.now(dt.UTC), "the passphrase of identity North")
    return made


def test_every_secret_is_found_in_an_output_and_in_a_file(north):
    hidden, _ = secrets_of(north)
    assert {"passphrase identity", "passphrase approver", "key, raw", "key, DER"} <= set(hidden)
    require_none([north], {"a step": b"nothing"})
    for name, secret in hidden.items():
        with pytest.raises(AssertionError, match="a step shows"):
            require_none([north], {"a step": b"before " + secret + b" after"})
        (north.home / "log").write_bytes(b"before " + secret)
        with pytest.raises(AssertionError, match="log of North holds"):
            require_none([north], {})
        (north.home / "log").unlink()
        assert name
    with pytest.raises(AssertionError, match="Traceback"):
        require_none([north], {"a step": b"Traceback (most recent call last)"})
