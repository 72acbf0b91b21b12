"""Good files and good messages with one place changed: read as they are, or refused in our words.

Whoever wrote the reader of a format knows what it looks like; so does a disk that loses a sector,
a person with an editor, and a member of a study who means harm.
"""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import json
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import SynCohortError
from core.messages.codec import decode, encode, language
from core.messages.engine import ENGINE_COMMANDS, Connect
from core.messages.lobby import (
    COORDINATOR_WORDS,
    EndorsementsShown,
    PlanProposed,
    RosterSeat,
    RosterShown,
    RunSeat,
    StartAsked,
)
from core.model.measurement import Measurement
from core.model.peer import DirectRoute, PeerAddress
from core.model.plan import Plan
from core.model.release import SyntheticCohort
from core.network.certificate import fingerprint
from core.network.identity_store import IdentityStore
from core.network.installation import Installation, is_certificate, verify
from core.protocol.array_codec import ArrayCodec, PeerBytes
from core.protocol.field import MersenneField
from core.protocol.mailbox import unpack
from core.randomness import NoiseSource
from core.release.export import load_release
from core.release.manifest import manifest_bytes
from core.release.table import csv_bytes, parse_csv, require_match
from core.study.invitation import invite, read_invitation, to_file, to_text
from core.study.session import StudySession
from core.synthesis.reference.file import ReferenceFile, build_reference
from core.worker.cohorts.cohort_shelf import CohortShelf
from core.worker.home import Home
from core.worker.installation.session_shelf import SessionShelf
from tests.property.shapes import mutated, one_place_changed
from tests.unit.study.joint_study import GENES, MEETING, TERMS, lobby, plan_for, secret_of

MANY = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
SOURCE = NoiseSource()
SESSION = lobby().closed()
PLAN = plan_for(SESSION)
PASSPHRASE = "a canary of many words"


class Keys:
    """A key store for the length of a test."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def unavailable(self) -> str:
        return ""

    def read(self, name: str) -> str | None:
        return self.kept.get(name)

    def write(self, name: str, text: str) -> None:
        self.kept[name] = text

    def remove(self, name: str) -> None:
        self.kept.pop(name, None)


@pytest.fixture(scope="module")
def installation() -> Installation:
    return Installation.new(SOURCE, dt.datetime.now(dt.UTC))


def changed(data: st.DataObject, content: bytes) -> bytes:
    """Bytes changed, or the JSON in them."""
    if data.draw(st.booleans()):
        return data.draw(mutated(content))
    return json.dumps(data.draw(one_place_changed(json.loads(content)))).encode()


def read_or_refused(read: Callable[[bytes], object], content: bytes) -> object:
    """What a reader made of it; any other error than ours fails the test."""
    with contextlib.suppress(SynCohortError):
        return read(content)
    return None


# ---- messages

ROSTER = RosterShown(
    seats=tuple(
        RosterSeat(
            certificate_pem=p.certificate_pem,
            name=p.name,
            has_cohort=p.has_cohort,
            attestations=p.attestations,
            accepted=True,
        )
        for p in SESSION.seated
    ),
    closed=True,
    plan_digest=PLAN.digest,
)
SEATS = tuple(
    RunSeat(
        number=i,
        route=DirectRoute(host="127.0.0.1", port=5000 + i),
        certificate_pem=p.certificate_pem,
        voucher=b"voucher",
    )
    for i, p in enumerate(SESSION.seated)
)
PEERS = tuple(
    PeerAddress(number=s.number, route=s.route, certificate_pem=s.certificate_pem) for s in SEATS
)
MESSAGES = (
    (PlanProposed(plan=PLAN), COORDINATOR_WORDS),
    (ROSTER, COORDINATOR_WORDS),
    (StartAsked(digest=PLAN.digest, peers=SEATS), COORDINATOR_WORDS),
    (EndorsementsShown(digest=PLAN.digest, signatures=(), approvals=()), COORDINATOR_WORDS),
    (Connect(plan=PLAN, own_number=0, peers=PEERS[1:]), ENGINE_COMMANDS),
    (SESSION, language(StudySession)),
)


@MANY
@given(st.data())
def test_a_message_changed_in_one_place_is_a_message_or_our_error(data):
    message, words = data.draw(st.sampled_from(MESSAGES))
    found = read_or_refused(lambda b: decode(b, words), changed(data, encode(message)[4:]))
    if found is not None:
        assert encode(found)
    if isinstance(found, PlanProposed):
        assert len(found.plan.digest) == 64


@MANY
@given(st.data())
def test_a_plan_changed_in_one_place_has_another_digest_or_is_refused(data):
    content = changed(data, PLAN.canonical_bytes())
    found = read_or_refused(Plan.from_bytes, content)
    if isinstance(found, Plan):
        assert (found.digest == PLAN.digest) == (found == PLAN)


@MANY
@given(st.binary(max_size=400) | mutated(np.arange(40, dtype="<u8").tobytes()))
def test_bytes_of_a_peer_are_field_elements_or_refused(content):
    codec = ArrayCodec()
    codec.expect(MersenneField(exponent=31), 40)
    with contextlib.suppress(SynCohortError):
        found = codec.loads(PeerBytes.of("Hospital B", content))
        assert all(0 <= v < 2**31 - 1 for v in found.tolist())
    message = unpack(content)
    assert message is None or len(message[1]) == len(content) - 13


# ---- what strangers show


@MANY
@given(st.data())
def test_a_changed_certificate_is_one_or_is_none(installation, data):
    der = base64.b64decode("".join(installation.certificate_pem.split("\n")[1:-2]))
    changed_der = base64.encodebytes(data.draw(mutated(der))).decode("ascii")
    shown = f"-----BEGIN CERTIFICATE-----\n{changed_der}-----END CERTIFICATE-----\n"
    signature = installation.sign(b"content")
    if is_certificate(shown):
        assert len(fingerprint(shown)) == 64
        with contextlib.suppress(SynCohortError):
            installation.server_context(shown)
    verify(shown, b"content", signature)
    verify(installation.certificate_pem, b"content", data.draw(mutated(signature)))


@pytest.mark.parametrize(
    ("found", "instead"),
    [
        ("06072a8648ce3d0201", "06072a8648ce3d0209"),  # a kind of key that nobody knows
        ("06082a8648ce3d030107", "06082a8648ce3d030179"),  # a curve that nobody knows
        ("06082a8648ce3d040302", "06082a8648ce3d040379"),  # a signature that nobody knows
    ],
)
def test_a_certificate_of_an_unknown_kind_is_none(installation, found, instead):
    der = base64.b64decode("".join(installation.certificate_pem.split("\n")[1:-2]))
    changed_der = der.replace(bytes.fromhex(found), bytes.fromhex(instead))
    assert changed_der != der
    text = base64.encodebytes(changed_der).decode("ascii")
    shown = f"-----BEGIN CERTIFICATE-----\n{text}-----END CERTIFICATE-----\n"
    signature = installation.sign(b"content")
    if is_certificate(shown):
        with contextlib.suppress(SynCohortError):
            installation.server_context(shown)
    verify(shown, b"content", signature)


@MANY
@given(st.data())
def test_a_changed_invitation_is_the_same_or_is_refused(data):
    made = invite(
        study_id="ab" * 16,
        token="cd" * 16,
        secret=secret_of("River"),
        meeting=MEETING,
        coordinator="North",
        coordinator_sha256="0" * 64,
        expires=1000,
        terms=TERMS,
    )
    form = data.draw(st.sampled_from([to_text, to_file]))
    content = data.draw(mutated(form(made).encode())).decode("utf-8", "replace")
    found = read_or_refused(
        lambda b: read_invitation(b.decode("utf-8", "replace")), content.encode()
    )
    assert found in (None, made)


@given(st.text(max_size=2000) | st.text(max_size=200).map("SYNCOHORT1.".__add__))
def test_any_text_is_refused_as_an_invitation(text):
    with pytest.raises(SynCohortError, match="ST701"):
        read_invitation(text)


# ---- what a disk gives back


@MANY
@given(st.data())
def test_a_changed_session_is_read_or_refused(data):
    with tempfile.TemporaryDirectory() as folder:
        shelf = SessionShelf(Path(folder))
        shelf.keep(replace(SESSION.proposed(PLAN)))
        path = Path(folder) / SESSION.study_id / "session.json"
        path.write_bytes(changed(data, path.read_bytes()))
        read_or_refused(lambda _: (shelf.session(SESSION.study_id), shelf.sessions()), b"")


@pytest.fixture(scope="module")
def identity_file(tmp_path_factory, installation) -> bytes:
    store = IdentityStore(tmp_path_factory.mktemp("identity"), Keys(), SOURCE)
    target = tmp_path_factory.mktemp("backup") / "backup.json"
    store.backup(installation, target, PASSPHRASE)
    return target.read_bytes()


@settings(MANY, max_examples=40)
@given(st.data())
def test_a_changed_identity_is_refused_and_never_another(identity_file, installation, data):
    with tempfile.TemporaryDirectory() as folder:
        backup = Path(folder) / "backup.json"
        backup.write_bytes(changed(data, identity_file))
        store = IdentityStore(Path(folder) / "home", Keys(), SOURCE)
        read = read_or_refused(lambda _: store.read_backup(backup, PASSPHRASE), b"")
        found = read[0] if read is not None else None
        assert found is None or found.certificate_sha256 == installation.certificate_sha256


COHORT = SyntheticCohort(
    label_name="diagnosis",
    classes=TERMS.classes,
    genes=GENES,
    class_index=np.array([1, 0]),
    values=np.array([[1.25, -0.5, 3.0], [-2.5, 0.333, 0.0]]),
)
TABLE = csv_bytes(COHORT)
MEASUREMENTS = (Measurement(stage=PLAN.stages[0], totals=np.array([7, -3, 1, 2])),)
MANIFEST = manifest_bytes(PLAN, MEASUREMENTS, 2, {"synthetic.csv": TABLE})


@MANY
@given(st.data())
def test_a_changed_release_is_refused(data):
    with tempfile.TemporaryDirectory() as folder:
        room = Path(folder)
        manifest = changed(data, MANIFEST)
        room.joinpath("manifest.json").write_bytes(manifest)
        table = TABLE if data.draw(st.booleans()) else data.draw(mutated(TABLE))
        room.joinpath("synthetic.csv").write_bytes(table)
        found = read_or_refused(lambda _: load_release(room), b"")
        assert found is None or table == TABLE


@MANY
@given(st.data())
def test_a_changed_table_is_not_what_follows_from_the_measurements(data):
    table = data.draw(mutated(TABLE))
    read_or_refused(lambda b: parse_csv(b, TERMS.classes, "synthetic.csv"), table)
    if table != TABLE and read_or_refused(
        lambda b: require_match(b, COHORT, "North") or True, table
    ):
        # within the tolerance of rounding, in the very same layout: the same table
        theirs = parse_csv(table, TERMS.classes, "synthetic.csv")
        assert np.allclose(theirs.values, COHORT.values, atol=1e-3)


@MANY
@given(st.data())
def test_a_changed_reference_is_read_or_refused(data):
    made = build_reference(
        np.random.default_rng(1).normal([0, 2, 4, 6], size=(12, 4)),
        ("A", "B", "C", "D"),
        title="t",
        provenance="p",
        licence="l",
        source_sha256="0" * 64,
    )
    content = changed(data, made.to_bytes())
    found = read_or_refused(lambda b: ReferenceFile.from_bytes(b, "reference"), content)
    if isinstance(found, ReferenceFile):
        read_or_refused(lambda _: found.for_panel(("A", "B", "C", "D")), b"")


COHORTS = [
    {
        "cohort_id": "0" * 32,
        "name": "One",
        "path": "one.csv",
        "layout": {"format": "csv"},
        "fingerprint": "1" * 64,
    }
]


@MANY
@given(st.data())
def test_changed_notes_about_cohorts_and_studies_are_read_or_refused(data):
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder), rehearsal=False)
        file = Path(folder) / "cohorts.json"
        file.write_bytes(changed(data, json.dumps(COHORTS).encode()))
        shelf = CohortShelf(home)
        read_or_refused(lambda _: shelf.remembered(), b"")
        read_or_refused(lambda _: shelf.entry("0" * 32), b"")
        study = Path(folder) / "studies" / "a" / "study.json"
        study.parent.mkdir(parents=True)
        study.write_bytes(data.draw(mutated(b'{"state": "finished", "hospitals": [], "x": 1}')))
        read_or_refused(lambda _: home.studies(), b"")
