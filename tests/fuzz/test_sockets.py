"""Bytes at random, and worse, at every socket that listens.

Small here; ``python tests/fuzz/fuzz_sockets.py`` sends 10 million bytes to each.
"""

from __future__ import annotations

import sys

import pytest
from targets import attack_hosted_relay, attack_lobby, attack_relay, attack_run_worker

BYTES = 300_000
pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")


def test_a_relay_bears_strangers(tmp_path):
    attack_relay(tmp_path / "relay", BYTES).require_well()


def test_a_hosted_relay_bears_strangers(tmp_path):
    attack_hosted_relay(tmp_path / "relay", BYTES).require_well()


def test_a_lobby_bears_strangers_and_then_hears_a_hospital(tmp_path):
    attack_lobby(tmp_path / "home", BYTES).require_well()


def test_a_waiting_run_worker_bears_strangers_and_then_computes():
    attack_run_worker(BYTES).require_well()
