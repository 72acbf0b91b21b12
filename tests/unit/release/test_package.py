"""A package is what its lists say, or the check names what is wrong."""

import json
import warnings
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import PlanError, WorkerError
from core.network.installation import verify
from core.release.export import MANIFEST, TABLE, load_release
from core.release.forms import form_bytes
from core.release.package.contents import CONTENTS, Contents, Recipient, read_contents
from core.release.package.holding import read_package, write_package, zip_bytes
from core.release.package.packing import CARD, PLAN, SIGNATURES
from core.release.package.verifying import verify_release
from core.release.signing import Signatures
from tests.unit.privacy.signing import new_seals
from tests.unit.release.released import (
    ALL_FORMS,
    Released,
    choosing_plan,
    joint_plan,
    release_of,
    sealed,
    two_scores,
    without,
)

GOLDEN = Path(__file__).resolve().parents[2] / "golden"
KEYS = [new_seals().signer for _ in range(4)]
NONE: frozenset[str] = frozenset()


@pytest.fixture
def released(plan) -> Released:
    return release_of(joint_plan(plan, KEYS[:3]), KEYS[:3])


def problems(files, keys=NONE) -> tuple[str, ...]:
    return verify_release(files, keys, verify).problems


def only(found: tuple[str, ...], *words: str) -> None:
    """Something is wrong, and every problem says one of these words."""
    assert found
    assert all(any(w in line for w in words) for line in found), found
    assert all(any(w in line for line in found) for w in words), found


def test_a_sound_package_passes_and_says_what_it_cannot_show(released: Released) -> None:
    files = released.packed(forms=ALL_FORMS, report=True)
    verdict = verify_release(files, NONE, verify)
    assert verdict.problems == ()
    assert verdict.signed_by == ("Hospital 0", "Hospital 1", "Hospital 2")
    proven = " ".join(verdict.proven)
    for words in ("synthetic.parquet holds the records", "synthetic.h5ad holds the records"):
        assert words in proven
    assert "sealed by Hospital 0" in proven
    assert any("--key" in line for line in verdict.not_proven)
    assert any("true data" in line for line in verdict.not_proven)
    for name in ("report.html", "report.pdf", "data-card.html", CARD, PLAN, SIGNATURES):
        assert name in files


def test_known_keys_are_compared_with_the_plan(released: Released) -> None:
    files = released.packed()
    known = frozenset(k.certificate_sha256 for k in KEYS[:3])
    verdict = verify_release(files, known, verify)
    assert verdict.problems == ()
    assert not any("key" in line for line in verdict.not_proven)
    one = verify_release(files, frozenset({KEYS[0].certificate_sha256}), verify)
    assert any("Hospital 1, Hospital 2" in line for line in one.not_proven)
    only(problems(files, frozenset({KEYS[3].certificate_sha256})), "of no hospital of the plan")


def test_every_changed_byte_is_noticed_and_named(released: Released) -> None:
    files = released.packed(forms=ALL_FORMS, report=True)
    for name, content in files.items():
        for at in (0, len(content) // 2, len(content) - 2):
            changed = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
            found = problems({**files, name: changed})
            assert any(name in line for line in found), (name, at, found)


def test_missing_and_extra_files_are_named(released: Released) -> None:
    files = released.packed(report=True)
    for name in files:
        if name != CONTENTS:
            assert any(name in line for line in problems(without(files, name))), name
    only(problems({**files, "notes.txt": b"x"}), "notes.txt is not in contents.json")
    own = without(files, CONTENTS)
    only(problems({**own, "notes.txt": b"x"}), "notes.txt is not in", "data-card.html is not in")


def test_other_signatures_are_named(released: Released) -> None:
    stranger = release_of(released.plan, [KEYS[3], *KEYS[1:3]])
    files = {**released.files, SIGNATURES: stranger.signed(0, 1).to_bytes()}
    only(problems(files), "is of no hospital of the plan")
    other = released.signed(1, manifest="a" * 64)
    only(problems({**released.files, SIGNATURES: other.to_bytes()}), "Hospital 1 signed another")
    held = released.signed(0, 1, 2)
    forged = replace(held.signatures[0], signature=held.signatures[1].signature)
    bad = replace(held, signatures=(forged, *held.signatures[1:]))
    only(problems({**released.files, SIGNATURES: bad.to_bytes()}), "signature of Hospital 0")


def test_who_has_not_signed_is_said(released: Released) -> None:
    files = {**released.files, SIGNATURES: released.signed(0, 2).to_bytes()}
    verdict = verify_release(files, NONE, verify)
    assert verdict.problems == ()
    assert verdict.signed_by == ("Hospital 0", "Hospital 2")
    assert any("not signed: Hospital 1" in line for line in verdict.not_proven)


def test_a_replaced_manifest_is_named(released: Released) -> None:
    other = release_of(replace(released.plan, title="Another study"), KEYS[:3])
    files = {**released.packed(), MANIFEST: other.files[MANIFEST]}
    found = problems(files)
    assert any("plan.json is another plan" in line for line in found)
    assert any("manifest.json was changed" in line for line in found)
    tree = json.loads(released.files[MANIFEST])
    tree["privacy"]["epsilon"] = 0.1
    lied = {**released.files, MANIFEST: json.dumps(tree).encode()}
    only(problems(lied), "differ: epsilon")
    signed = {**lied, SIGNATURES: released.signed(0, 1, 2).to_bytes()}
    assert any("Hospital 2 signed another release" in line for line in problems(signed))


def test_a_list_that_somebody_made_anew_has_no_seal_of_a_hospital(released: Released) -> None:
    files = released.packed()
    files["report.html"] = b"<p>Trust me.</p>"
    listed, _ = read_contents(files[CONTENTS])
    fresh = Contents.of(
        without(files, CONTENTS),
        plan=listed.plan,
        manifest=listed.manifest,
        released_by="Hospital 0",
        recipient=listed.recipient,
        to=listed.to,
    )
    only(problems({**files, CONTENTS: sealed(fresh, KEYS[3])}), "sealed by a key of no hospital")
    unsealed = verify_release({**files, CONTENTS: sealed(fresh, None)}, NONE, verify)
    assert any("not sealed" in line for line in unsealed.not_proven)


def test_another_form_with_other_records_is_named(released: Released) -> None:
    other = replace(released.cohort, values=released.cohort.values + 1.0)
    for form in ALL_FORMS:
        name = f"synthetic.{form.value}"
        files = {**released.files, name: form_bytes(form, other, {})}
        assert any(f"{name} holds other records" in line for line in problems(files))


def test_a_rehearsal_passes_and_says_that_one_owner_made_it(plan) -> None:
    rehearsed = release_of(joint_plan(plan, KEYS[:3], rehearsal=True), KEYS[:3])
    verdict = verify_release(rehearsed.files, NONE, verify)
    assert verdict.problems == ()
    assert any("rehearsal" in line for line in verdict.not_proven)
    assert b"nobody: a rehearsal has one owner" in rehearsed.files[MANIFEST]


@pytest.mark.parametrize("name", ["release-1", "release-2", "release-2-candidates"])
def test_the_golden_releases_verify_for_ever(name: str) -> None:
    folder = GOLDEN / name
    files = read_package(folder)
    verdict = verify_release(files, NONE, verify)
    assert verdict.problems == ()
    assert json.loads(files[MANIFEST])["format_version"] == int(name[8])
    cohort, _ = load_release(folder)
    chosen = verdict.plan.candidates
    assert cohort.genes == ("TP53", "-AS1", "MT,CO1")[: chosen[1].n_genes if chosen else 3]
    if name != "release-1":
        assert verdict.signed_by == ("Hospital 0", "Hospital 1", "Hospital 2")


def test_what_a_manifest_says_of_its_settings_is_held_against_the_plan(plan) -> None:
    chosen = choosing_plan(plan, KEYS[:3])
    made = release_of(chosen, KEYS[:3], selection=two_scores(chosen.classes))
    assert problems(made.packed(report=True)) == ()
    for name, change in (
        ("the settings", lambda m: m["candidates"]["settings"][0].update(n_genes=2)),
        ("the settings", lambda m: m["candidates"]["settings"].pop()),
        ("the chosen setting", lambda m: m["candidates"].update(chosen="a")),
        ("the chosen setting", lambda m: m["joint_evaluation"]["scores"][0].update(value=0.7)),
        ("the chosen setting", lambda m: m.update(candidates=[])),
        ("title", lambda m: m.update(study="A study")),
    ):
        tree = json.loads(made.files[MANIFEST])
        change(tree)
        wrong = {**made.files, MANIFEST: json.dumps(tree).encode()}
        assert f"{MANIFEST} and {PLAN} differ: {name}" in problems(wrong)


def test_a_local_report_never_goes_outside(released: Released) -> None:
    local = {"internal-report.html": b"<p>312 patients</p>"}
    with pytest.raises(PlanError, match="PL231"):
        released.packed(local=local, recipient=Recipient.OUTSIDE)
    inside = released.packed(local=local, recipient=Recipient.INSIDE)
    assert problems(inside) == ()
    assert "internal-report.html" in inside


def test_what_is_approved_is_bound_to_bytes_and_recipient(released: Released) -> None:
    held = released.signed(0, 1, 2)

    def digest(**changes) -> str:
        contents, _ = read_contents(released.packed(held, **changes)[CONTENTS])
        return contents.digest

    digests = {
        digest(),
        digest(to="Somebody else"),
        digest(recipient=Recipient.INSIDE),
        digest(report=True),
        digest(forms=ALL_FORMS[:1]),
    }
    assert len(digests) == 5
    assert digest() in digests, "the same contents have the same digest"


def test_folder_and_zip_hold_the_same(released: Released, tmp_path) -> None:
    files = released.packed(forms=ALL_FORMS)
    write_package(tmp_path / "folder", files, as_zip=False)
    write_package(tmp_path / "one.zip", files, as_zip=True)
    assert read_package(tmp_path / "folder") == read_package(tmp_path / "one.zip") == files
    assert zip_bytes(files) == (tmp_path / "one.zip").read_bytes()
    with pytest.raises(PlanError, match="PL210"):
        write_package(tmp_path / "one.zip", files, as_zip=True)


def test_strange_packages_are_refused(tmp_path) -> None:
    (tmp_path / "no.zip").write_bytes(b"PK not really")
    (tmp_path / "folder" / "inner").mkdir(parents=True)
    for names in (["../up.csv"], ["a/b.csv"], ["twice", "twice"]):
        with warnings.catch_warnings(), zipfile.ZipFile(tmp_path / "bad.zip", "w") as archive:
            warnings.simplefilter("ignore")  # that a name stands twice is the point
            for name in names:
                archive.writestr(zipfile.ZipInfo(name), b"x")
        with pytest.raises(WorkerError, match="WO606"):
            read_package(tmp_path / "bad.zip")
    for path in (tmp_path / "no.zip", tmp_path / "folder", tmp_path / "none"):
        with pytest.raises(WorkerError, match="WO606"):
            read_package(path)


def test_signatures_are_read_strictly(released: Released) -> None:
    held = released.signed(0, 1)
    assert Signatures.from_bytes(held.to_bytes()) == Signatures(
        signatures=tuple(sorted(held.signatures, key=lambda s: s.key)),
        certificates=held.certificates,
    )
    for content in (b"", b"[]", b"{}", held.to_bytes().replace(b'"format_version": 1', b'"a": 1')):
        with pytest.raises(ValueError, match=r"."):
            Signatures.from_bytes(content)


def test_a_table_that_lost_its_manifest_is_said(released: Released) -> None:
    only(problems({TABLE: released.files[TABLE]}), "manifest.json is missing")
