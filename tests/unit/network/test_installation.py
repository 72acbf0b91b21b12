"""An installation's identity: sealed, kept, saved, brought back, renewed, and never shown."""

from __future__ import annotations

import datetime as dt
import json
import os
import pickle
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import WorkerError
from core.network import installation as module
from core.network.identity_store import IdentityStore, KeptIn
from core.network.installation import Installation, SealedKey, is_certificate, verify
from core.network.key_place import SystemKeys
from core.network.words import WORDS, fingerprint_words
from core.randomness import NoiseSource

SOURCE = NoiseSource()
NOW = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
PASSPHRASE = "correct horse staple"
GOLDEN = Path(__file__).resolve().parents[2] / "golden"


class Keys:
    """A key store in memory; with a reason, there is none."""

    def __init__(self, reason=""):
        self.kept, self.reason = {}, reason

    def unavailable(self):
        return self.reason

    def read(self, name):
        return self.kept.get(name)

    def write(self, name, text):
        assert not self.reason
        self.kept[name] = text

    def remove(self, name):
        self.kept.pop(name, None)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(module, "_SCRYPT_N", 1 << 14)


@pytest.fixture(scope="module")
def identity():
    return Installation.new(SOURCE, NOW)


def test_a_signature_is_of_the_content_and_the_key(identity):
    signature = identity.sign(b"plan")
    assert verify(identity.certificate_pem, b"plan", signature)
    assert not verify(identity.certificate_pem, b"plam", signature)
    assert not verify(Installation.new(SOURCE, NOW).certificate_pem, b"plan", signature)
    assert not verify("no certificate", b"plan", signature)


@given(st.binary(max_size=200))
def test_no_bytes_are_a_signature_by_chance(found):
    identity = SHARED
    assert not verify(identity.certificate_pem, b"plan", found)


SHARED = Installation.new(SOURCE, NOW)


def test_a_succession_is_not_a_signature_and_vouches_for_one_certificate(identity):
    new, succession = identity.successor(NOW)
    assert succession.leads_to(new.certificate_pem)
    assert not succession.leads_to(Installation.new(SOURCE, NOW).certificate_pem)
    assert not verify(
        identity.certificate_pem, new.certificate_sha256.encode(), succession.signature
    )


def test_the_identity_hides_its_key(identity):
    der = identity.exposed()
    assert der not in repr(identity)
    assert "PRIVATE" not in repr(identity)
    with pytest.raises(TypeError):
        pickle.dumps(identity)


def test_renewal_is_due_before_the_certificate_ends(identity):
    assert not identity.due(NOW)
    assert identity.due(identity.valid_until() - dt.timedelta(days=30))


def test_sealed_opens_with_its_passphrase_only(identity):
    sealed = SealedKey.from_tree(json.loads(json.dumps(identity.sealed(PASSPHRASE).as_tree())))
    same = sealed.opened(PASSPHRASE, identity.certificate_pem, SOURCE)
    assert same.certificate_sha256 == identity.certificate_sha256
    assert verify(identity.certificate_pem, b"x", same.sign(b"x"))
    with pytest.raises(WorkerError, match="WO613"):
        sealed.opened("another passphrase", identity.certificate_pem, SOURCE)
    with pytest.raises(WorkerError, match="WO613"):  # the certificate is sealed in, too
        sealed.opened(PASSPHRASE, Installation.new(SOURCE, NOW).certificate_pem, SOURCE)
    with pytest.raises(WorkerError, match="WO612"):
        identity.sealed("short")


@pytest.mark.parametrize(
    "change",
    [{"scrypt_n": 1 << 30}, {"scrypt_n": 3}, {"salt": "zz"}, {"content": 5}, {"more": 1}],
)
def test_a_damaged_seal_is_refused(identity, change):
    tree = {**identity.sealed(PASSPHRASE).as_tree(), **change}
    with pytest.raises(WorkerError, match="WO611"):
        SealedKey.from_tree(tree).opened(PASSPHRASE, identity.certificate_pem, SOURCE)


def test_with_a_key_store_the_key_is_nowhere_on_the_disk(tmp_path):
    keys = Keys()
    store = IdentityStore(tmp_path / "home", keys, SOURCE)
    assert store.standing().kept_in is KeptIn.NOWHERE
    made = store.create(NOW)
    assert store.standing().kept_in is KeptIn.KEY_STORE
    assert store.load().certificate_sha256 == made.certificate_sha256
    text = (tmp_path / "home" / "identity.json").read_text()
    assert made.exposed() not in text
    assert list(keys.kept.values()) == [made.exposed()]
    with pytest.raises(WorkerError, match="WO604"):
        store.create(NOW)
    keys.kept.clear()
    with pytest.raises(WorkerError, match="WO611"):
        store.load()


def test_without_a_key_store_a_passphrase_is_needed_and_the_reason_is_kept(tmp_path):
    store = IdentityStore(tmp_path, Keys("no store here"), SOURCE)
    assert store.standing().reason == "no store here"
    with pytest.raises(WorkerError, match="no store here"):
        store.create(NOW)
    assert not (tmp_path / "identity.json").exists()
    made = store.create(NOW, PASSPHRASE)
    assert store.standing().kept_in is KeptIn.FILE
    assert store.standing().reason == "no store here"
    with pytest.raises(WorkerError, match="WO615"):
        store.load()
    with pytest.raises(WorkerError, match="WO613"):
        store.load("another passphrase")
    assert store.load(PASSPHRASE).certificate_sha256 == made.certificate_sha256
    if os.name != "nt":
        assert stat.S_IMODE((tmp_path / "identity.json").stat().st_mode) == 0o600


def test_a_backup_opens_with_its_passphrase_and_changes_nothing_here(tmp_path):
    store = IdentityStore(tmp_path / "old", Keys(), SOURCE)
    made = store.create(NOW)
    store.backup(made, tmp_path / "backup.json", PASSPHRASE)
    assert made.exposed() not in (tmp_path / "backup.json").read_text()
    assert stat.S_IMODE((tmp_path / "backup.json").stat().st_mode) == 0o600
    elsewhere = IdentityStore(tmp_path / "new", Keys(), SOURCE)
    with pytest.raises(WorkerError, match="WO613"):
        elsewhere.read_backup(tmp_path / "backup.json", "another passphrase")
    again, _ = elsewhere.read_backup(tmp_path / "backup.json", PASSPHRASE)
    assert again.exposed() == made.exposed()
    assert elsewhere.standing().kept_in is KeptIn.NOWHERE
    with pytest.raises(WorkerError, match="WO612"):
        store.backup(made, tmp_path / "short.json", "short")
    assert not (tmp_path / "short.json").exists()


def test_the_backup_format_of_version_1_is_read():
    """The file was written by the first version that offered backups; its key is no secret."""
    store = IdentityStore(GOLDEN, Keys("none"), SOURCE)
    identity, succession = store.read_backup(GOLDEN / "identity-backup-1.json", PASSPHRASE)
    assert identity.certificate_sha256 == (
        "d0d3829e6163bbf5184c44e6f0f2d496c8236a3ae549312a0b00e91d53be4b3d"
    )
    assert verify(identity.certificate_pem, b"plan", identity.sign(b"plan"))
    assert succession is not None
    assert succession.leads_to(identity.certificate_pem)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"format": 2}, "another version"),
        ({"kind": "syncohort-identity"}, "another kind"),
        ({"extra": 1}, "damaged"),
        ({"sealed": None}, "damaged"),
        ({"succession": {"former_pem": 1}}, "damaged"),
    ],
)
def test_a_changed_backup_is_refused(tmp_path, change, code):
    tree = json.loads((GOLDEN / "identity-backup-1.json").read_text()) | change
    (tmp_path / "backup.json").write_text(json.dumps(tree))
    store = IdentityStore(tmp_path, Keys(), SOURCE)
    with pytest.raises(WorkerError, match=code):
        store.read_backup(tmp_path / "backup.json", PASSPHRASE)


@pytest.mark.parametrize("reason", ["", "no store here"])
def test_what_is_replaced_stays_until_nobody_needs_it(tmp_path, reason):
    keys = Keys(reason)
    store = IdentityStore(tmp_path, keys, SOURCE)
    old = store.create(NOW, PASSPHRASE)
    assert store.succession() is None
    new, succession = old.successor(NOW + dt.timedelta(days=1800))
    store.keep(new, PASSPHRASE, succession, (old,))
    assert store.load(PASSPHRASE).certificate_sha256 == new.certificate_sha256
    assert store.succession() == succession
    assert succession.former_pem == old.certificate_pem
    assert succession.leads_to(new.certificate_pem)
    assert not succession.leads_to(old.certificate_pem)
    (former,) = store.load_former(PASSPHRASE)
    assert former.exposed() == old.exposed()
    assert store.standing().former_pems == (old.certificate_pem,)
    store.forget_former({old.certificate_sha256})
    assert store.load_former(PASSPHRASE)
    store.forget_former(set())
    assert store.load_former(PASSPHRASE) == ()
    assert list(keys.kept.values()) == ([] if reason else [new.exposed()])


def test_the_first_format_of_the_identity_is_read(tmp_path):
    store = IdentityStore(tmp_path, Keys(), SOURCE)
    made = store.create(NOW)
    path = tmp_path / "identity.json"
    tree = json.loads(path.read_text()) | {"format": 1}
    del tree["former"]
    path.write_text(json.dumps(tree))
    assert store.load().certificate_sha256 == made.certificate_sha256
    assert store.load_former() == ()
    path.write_text(json.dumps(tree | {"format": 3}))
    with pytest.raises(WorkerError, match="WO606"):
        store.load()


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[]", b"\xff\xfe", b'{"kind": "syncohort-identity"}', b"[" * 100_000],
)
def test_a_damaged_file_is_refused(tmp_path, content):
    (tmp_path / "identity.json").write_bytes(content)
    store = IdentityStore(tmp_path, Keys(), SOURCE)
    for step in (store.standing, store.load, store.succession):
        with pytest.raises(WorkerError, match="WO606"):
            step()


def test_a_swapped_certificate_is_noticed(tmp_path):
    store = IdentityStore(tmp_path, Keys(), SOURCE)
    store.create(NOW)
    path = tmp_path / "identity.json"
    tree = json.loads(path.read_text())
    tree["certificate_pem"] = Installation.new(SOURCE, NOW).certificate_pem
    path.write_text(json.dumps(tree))
    with pytest.raises(WorkerError, match="WO611"):
        store.load()


@given(st.text(max_size=300))
def test_text_is_no_certificate(text):
    assert not is_certificate(text)


def test_one_certificate_is_one(identity):
    assert is_certificate(identity.certificate_pem)
    assert not is_certificate(identity.certificate_pem * 2)


def test_the_systems_key_store_says_why_it_is_none():
    assert "no key store" in SystemKeys().unavailable()  # the suite runs without one


# ---- words


def test_the_list_has_eleven_bits_of_plain_words():
    assert len(WORDS) == len(set(WORDS)) == 2048
    assert list(WORDS) == sorted(WORDS)
    assert all(w.isascii() and w.isalpha() and w.islower() and 3 <= len(w) <= 9 for w in WORDS)


def test_no_two_words_differ_by_one_letter():
    seen = {}
    for word in WORDS:
        for i in range(len(word)):
            pattern = (word[:i], word[i + 1 :])
            assert seen.setdefault(pattern, word) == word
    known = set(WORDS)
    assert not any(w[:i] + w[i + 1 :] in known for w in WORDS for i in range(len(w)))


def test_words_are_the_first_66_bits():
    assert fingerprint_words("ff" * 32) == (WORDS[-1],) * 6
    words = fingerprint_words("00" * 8 + "40" + "00" * 23)  # bit 65
    assert words == (*(WORDS[0],) * 5, WORDS[1])
    assert len({fingerprint_words(f"{i:064x}") for i in range(50)}) == 1  # low bits do not count
    for wrong in ("", "ab", "g" * 64, "ab" * 33):
        with pytest.raises(ValueError):
            fingerprint_words(wrong)
