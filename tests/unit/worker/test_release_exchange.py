"""core.worker.studies.release_exchange: after a run everybody holds everybody's signature."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from core.messages import codec
from core.messages.lobby import (
    COORDINATOR_WORDS,
    JOINER_WORDS,
    MAX_LOBBY_BYTES,
    ReleaseSignaturesShown,
)
from core.network.installation import verify
from core.release.package.reading import signers
from core.release.package.verifying import verify_release
from core.worker.home import Home
from core.worker.runs.release_shelf import ReleaseShelf
from core.worker.studies.release_exchange import ReleaseExchange
from tests.unit.privacy.signing import new_seals
from tests.unit.release import conftest
from tests.unit.release.released import Released, joint_plan, release_of

KEYS = [new_seals().signer for _ in range(3)]
NAMES = ("Hospital 0", "Hospital 1", "Hospital 2")


class Party:
    """One hospital that has written the release."""

    def __init__(self, number: int, folder: Path, released: Released, *, patients: bool) -> None:
        self.released = released
        seats = [
            SimpleNamespace(
                key=k.certificate_sha256,
                certificate_pem=k.certificate_pem,
                name=n,
                has_cohort=patients or n != "Hospital 2",
            )
            for k, n in zip(KEYS, NAMES, strict=True)
        ]
        self.session: Any = SimpleNamespace(
            plan=released.plan, own_key=seats[number].key, seated=seats
        )
        home = Home(folder / str(number), rehearsal=False)
        self.folder = home.study(released.plan.digest) / "release"
        self.shelf = ReleaseShelf(home)
        self.exchange = ReleaseExchange(self.shelf, KEYS[number], verify)

    def write(self) -> Party:
        self.folder.mkdir(parents=True)
        for name, content in self.released.files.items():
            (self.folder / name).write_bytes(content)
        return self

    def hears(self, word: ReleaseSignaturesShown | None) -> ReleaseSignaturesShown | None:
        assert word is not None
        body = codec.encode(word, MAX_LOBBY_BYTES)[4:]
        assert codec.decode(body, JOINER_WORDS) == codec.decode(body, COORDINATOR_WORDS) == word
        return self.exchange.heard(self.session, word)

    @property
    def names(self) -> tuple[str, ...]:
        return self.exchange.signed_by_all(self.session)


@pytest.fixture
def released() -> Released:
    return release_of(joint_plan(conftest.a_plan(), KEYS), KEYS)


def parties(tmp_path: Path, released: Released, *, patients: bool = True) -> list[Party]:
    return [Party(n, tmp_path, released, patients=patients) for n in range(3)]


def test_all_come_to_hold_all_signatures_and_the_release_verifies(tmp_path, released) -> None:
    north, river, lake = parties(tmp_path, released)
    for party in (north, river, lake):
        party.write()
    assert north.names == ()
    for joiner in (river, lake):
        north.hears(joiner.exchange.shown(joiner.session))
    held = north.exchange.shown(north.session)
    for joiner in (river, lake):
        joiner.hears(held)
    for party in (north, river, lake):
        assert party.names == NAMES
        files = party.shelf.files(released.plan.digest)
        assert signers(released.plan, files, verify) == NAMES
        assert verify_release(files, frozenset(), verify).problems == ()
    assert river.hears(held) is None, "nothing new is not said on"


def test_signatures_that_come_before_the_own_release_are_kept(tmp_path, released) -> None:
    north, river, lake = parties(tmp_path, released)
    lake.write()
    north.hears(lake.exchange.shown(lake.session))
    assert not north.folder.exists()
    assert len(north.shelf.signatures(released.plan.digest).signatures) == 1
    assert north.exchange.shown(north.session) is not None, "it is said on without an own one"
    north.write()
    shown = north.exchange.shown(north.session)
    assert shown is not None
    assert len(shown.signatures) == 2
    assert (north.folder / "signatures.json").exists()
    assert river.exchange.shown(river.session) is None


def test_a_compute_partner_passes_on_and_does_not_sign(tmp_path, released) -> None:
    north, river, partner = parties(tmp_path, released, patients=False)
    for party in (north, river):
        party.write()
    partner.hears(north.exchange.shown(north.session))
    partner.hears(river.exchange.shown(river.session))
    assert partner.names == NAMES[:2]


def test_lies_are_left_out(tmp_path, released) -> None:
    north, river, _ = parties(tmp_path, released)
    river.write()
    word = river.exchange.shown(river.session)
    assert word is not None
    (told,) = word.signatures
    for lie in (
        replace(told, signature=told.signature[:-1] + b"x"),
        replace(told, key="a" * 64),
        replace(told, key=KEYS[2].certificate_sha256),
        replace(told, manifest="b" * 64),
        replace(told, manifest="none"),
    ):
        assert north.hears(replace(word, signatures=(lie,))) is None
    assert north.hears(replace(word, plan="c" * 64)) is None
    assert north.shelf.signatures(released.plan.digest).signatures == ()


def test_who_signed_another_manifest_is_not_counted_and_is_named(tmp_path, released) -> None:
    north, river, lake = parties(tmp_path, released)
    for party in (north, river, lake):
        party.write()
    manifest = lake.folder / "manifest.json"
    manifest.write_bytes(manifest.read_bytes().replace(b'"version"', b'"Version"'))
    for joiner in (river, lake):
        north.hears(joiner.exchange.shown(joiner.session))
    north.exchange.shown(north.session)
    assert north.names == ()
    found = verify_release(north.shelf.files(released.plan.digest), frozenset(), verify)
    assert any("Hospital 2 signed another release" in line for line in found.problems)


def test_a_rehearsal_is_not_signed(tmp_path) -> None:
    plan = joint_plan(conftest.a_plan(), KEYS, rehearsal=True)
    north = parties(tmp_path, release_of(plan, KEYS))[0].write()
    assert north.exchange.shown(north.session) is None
