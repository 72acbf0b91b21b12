"""Checks a release with nothing but its files: what was changed, who signed, what is not proven.

Two kinds of folders are read: a package (``contents.json``), and a hospital's own release folder,
which has a manifest and no contents. Every problem is named; nothing is believed because the file
says so, except what stands under "not proven".

References:
    FIPS 186-5 (ECDSA).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from core.errors import PlanError, WorkerError
from core.model.plan import Plan
from core.model.release import SyntheticCohort
from core.ports import Verifier
from core.release.export import MANIFEST, TABLE, load_manifest
from core.release.forms import Form, read_form
from core.release.manifest import PLAIN_VERSION, sha256
from core.release.package.contents import CONTENTS, Contents, Seal, read_contents, seal_statement
from core.release.package.packing import PLAN, SIGNATURES
from core.release.package.stating import statements
from core.release.signing import ReleaseSignature, Signatures
from core.release.table import parse_csv

#: What else lies in a hospital's own release folder.
OWN_FILES: Final = frozenset({"WHAT-MAY-LEAVE.txt", "report.json", "report.html", "report.pdf"})
_ALWAYS: Final = (
    (
        "that the hospitals put in true data, and that their computers were sound: no check of "
        "files can show it"
    ),
)
_NO_KEYS: Final = (
    "that the keys belong to these hospitals: name the keys that you know with --key, or compare "
    "them by telephone"
)
_REHEARSAL: Final = (
    "who made it: this is a rehearsal, in which one owner holds every key; whoever changed a file "
    "could have changed the lists, too"
)
_NO_PLAN: Final = "which plan it belongs to: the plan is not in the package"
_NO_SEAL: Final = (
    "who added the files that the manifest does not list: the contents are not sealed"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a check found.

    Attributes:
        problems: What is wrong, each naming a file or a hospital; empty if nothing is.
        proven: What holds.
        not_proven: What these files cannot show.
        plan: The plan, if it is there and fits.
        signed_by: Hospitals whose signature fits.
        keys: Hospital -> fingerprint of its key, as the plan names it.
    """

    problems: tuple[str, ...]
    proven: tuple[str, ...]
    not_proven: tuple[str, ...]
    plan: Plan | None
    signed_by: tuple[str, ...]
    keys: tuple[tuple[str, str], ...]


@dataclass(slots=True, kw_only=True)
class _Findings:
    """What is gathered while checking."""

    problems: list[str] = field(default_factory=list)
    proven: list[str] = field(default_factory=list)
    not_proven: list[str] = field(default_factory=list)
    signed_by: list[str] = field(default_factory=list)


def verify_release(files: Mapping[str, bytes], keys: frozenset[str], verify: Verifier) -> Verdict:
    """Check a release.

    Args:
        files: Everything in the package, by name; untrusted.
        keys: Fingerprints of hospitals' keys that the reader knows from another way.
        verify: Checks signatures.
    """
    found = _Findings()
    contents = _check_contents(files, found)
    manifest = _check_manifest(files, found)
    plan = _check_plan(files, manifest, found) if manifest is not None else None
    if manifest is not None:
        _check_forms(files, manifest, found)
    if plan is not None:
        _check_signatures(files, plan, verify, found)
        _check_seal(contents, files, plan, verify, found)
        _check_keys(plan, keys, found)
    elif keys:
        found.problems.append(f"{PLAN} is missing: the keys that you named cannot be compared")
    found.not_proven += _ALWAYS
    return Verdict(
        problems=tuple(dict.fromkeys(found.problems)),
        proven=tuple(found.proven),
        not_proven=tuple(found.not_proven),
        plan=plan,
        signed_by=tuple(found.signed_by),
        keys=tuple((p.name, p.certificate_sha256) for p in plan.parties) if plan else (),
    )


# ---- files


def _check_contents(
    files: Mapping[str, bytes], found: _Findings
) -> tuple[Contents, Seal | None] | None:
    """Hold every file against the package's own list."""
    if CONTENTS not in files:
        return None
    try:
        contents, seal = read_contents(files[CONTENTS])
    except ValueError:
        found.problems.append(f"{CONTENTS} was changed, or is not a list of a release")
        return None
    _compare(files, [(f.name, f.sha256, f.size_bytes) for f in contents.files], CONTENTS, found)
    listed = {f.name for f in contents.files} | {CONTENTS}
    found.problems += [f"{name} is not in {CONTENTS}" for name in files if name not in listed]
    if contents.manifest != sha256(files.get(MANIFEST, b"")):
        found.problems.append(f"{MANIFEST} is not the one that {CONTENTS} names")
    return contents, seal


def _compare(
    files: Mapping[str, bytes],
    listed: Sequence[tuple[str, str, int]],
    source: str,
    found: _Findings,
) -> None:
    for name, digest, size in listed:
        if name not in files:
            found.problems.append(f"{name} is missing; {source} lists it")
        elif sha256(files[name]) != digest or len(files[name]) != size:
            found.problems.append(f"{name} was changed: its SHA-256 is not the one in {source}")


def _check_manifest(files: Mapping[str, bytes], found: _Findings) -> dict[str, Any] | None:
    """Hold every file against the manifest."""
    if MANIFEST not in files:
        found.problems.append(f"{MANIFEST} is missing")
        return None
    try:
        manifest = load_manifest(files[MANIFEST])
        files_of: Any = manifest["files"]
        listed = [(f["name"], f["sha256"], f["size_bytes"]) for f in files_of]
    except (WorkerError, KeyError, TypeError):
        found.problems.append(f"{MANIFEST} was changed, or another program wrote it")
        return None
    before = len(found.problems)
    _compare(files, listed, MANIFEST, found)
    if TABLE not in {name for name, _, _ in listed}:
        found.problems.append(f"{MANIFEST} lists no {TABLE}")
    if CONTENTS not in files:
        known = {name for name, _, _ in listed} | {MANIFEST, PLAN, SIGNATURES} | OWN_FILES
        found.problems += [f"{name} is not in {MANIFEST}" for name in files if name not in known]
    if len(found.problems) == before:
        found.proven.append(f"{len(listed)} files are the ones that the manifest lists")
    return manifest


def _check_forms(
    files: Mapping[str, bytes], manifest: Mapping[str, Any], found: _Findings
) -> None:
    """Other forms of the table hold the records of the table."""
    present = {f: f"{TABLE.removesuffix('.csv')}.{f.value}" for f in Form}
    present = {f: name for f, name in present.items() if name in files}
    if not present or TABLE not in files:
        return
    try:
        plain = manifest["format_version"] == PLAIN_VERSION
        table = parse_csv(files[TABLE], tuple(manifest["sample"]["classes"]), TABLE, plain=plain)
    except WorkerError:
        found.problems.append(f"{TABLE} is not a synthetic table")
        return
    for form, name in present.items():
        if any(line.startswith(f"{name} was changed") for line in found.problems):
            continue  # not opened: it is not what its maker sealed
        if _same_records(table, read_form(form, files[name])):
            found.proven.append(f"{name} holds the records of {TABLE}")
        else:
            found.problems.append(f"{name} holds other records than {TABLE}")


def _same_records(table: SyntheticCohort, other: SyntheticCohort | None) -> bool:
    return (
        other is not None
        and (table.label_name, table.genes) == (other.label_name, other.genes)
        and [table.classes[k] for k in table.class_index.tolist()]
        == [other.classes[k] for k in other.class_index.tolist()]
        and np.array_equal(table.values, other.values)
    )


# ---- the plan


def _check_plan(
    files: Mapping[str, bytes], manifest: Mapping[str, Any], found: _Findings
) -> Plan | None:
    """Hold the manifest's statements against the plan whose digest it names."""
    if PLAN not in files:
        found.not_proven.append(_NO_PLAN)
        return None
    try:
        plan = Plan.from_bytes(files[PLAN])
    except PlanError:
        found.problems.append(f"{PLAN} was changed, or another version wrote it")
        return None
    if plan.digest != manifest.get("plan_digest"):
        found.problems.append(f"{PLAN} is another plan than the one that {MANIFEST} names")
        return None
    wrong = [name for name, same in statements(plan, manifest) if not same]
    found.problems += [f"{MANIFEST} and {PLAN} differ: {name}" for name in wrong]
    if not wrong:
        found.proven.append("the manifest says what the plan says")
    if plan.rehearsal:
        found.not_proven.append(_REHEARSAL)
    return plan


# ---- signatures


def _check_signatures(
    files: Mapping[str, bytes], plan: Plan, verify: Verifier, found: _Findings
) -> None:
    """Every signature is of this manifest, by a hospital of the plan."""
    held: tuple[ReleaseSignature, ...] = ()
    pems: Mapping[str, str] = {}
    if SIGNATURES in files:
        try:
            read = Signatures.from_bytes(files[SIGNATURES])
            held, pems = read.signatures, read.certificates
        except ValueError:
            found.problems.append(f"{SIGNATURES} was changed, or is another file")
    names = {p.certificate_sha256: p.name for p in plan.parties}
    manifest = sha256(files[MANIFEST])
    for given in held:
        wrong = _wrong_with(given, manifest, plan, names, pems, verify)
        if wrong:
            found.problems.append(wrong)
        else:
            found.signed_by.append(names[given.key])
    found.signed_by.sort(key=list(names.values()).index)
    missing = [p.name for p in plan.parties if p.has_cohort and p.name not in found.signed_by]
    if found.signed_by:
        signed = ", ".join(found.signed_by)
        found.proven.append(f"signed with the keys that the plan names: {signed}")
    if missing and not plan.rehearsal:
        found.not_proven.append(
            f"that these hospitals agree, who have not signed: {', '.join(missing)}"
        )


def _wrong_with(
    given: ReleaseSignature,
    manifest: str,
    plan: Plan,
    names: Mapping[str, str],
    pems: Mapping[str, str],
    verify: Verifier,
) -> str:
    name = names.get(given.key)
    if name is None:
        return f"{SIGNATURES}: the key {given.key[:16]} is of no hospital of the plan"
    if given.plan != plan.digest or given.manifest != manifest:
        return f"{SIGNATURES}: {name} signed another release"
    if not verify(pems.get(given.key, ""), given.signed_bytes, given.signature):
        return f"{SIGNATURES}: the signature of {name} does not fit"
    return ""


def _check_seal(
    contents: tuple[Contents, Seal | None] | None,
    files: Mapping[str, bytes],
    plan: Plan,
    verify: Verifier,
    found: _Findings,
) -> None:
    """The hospital that made the package sealed its list."""
    if contents is None:
        return
    listed, seal = contents
    if listed.plan != plan.digest:
        found.problems.append(f"{CONTENTS} was made for another plan")
    if seal is None:
        found.not_proven.append(_NO_SEAL)
        return
    names = {p.certificate_sha256: p.name for p in plan.parties}
    pem = ""
    if SIGNATURES in files:
        try:
            pem = Signatures.from_bytes(files[SIGNATURES]).certificates.get(seal.key, "")
        except ValueError:
            pem = ""
    if seal.key not in names:
        found.problems.append(f"{CONTENTS} is sealed by a key of no hospital of the plan")
    elif not verify(pem, seal_statement(listed.digest, seal.key), seal.signature):
        found.problems.append(f"{CONTENTS}: the seal of {names[seal.key]} does not fit")
    else:
        found.proven.append(f"the package was put together and sealed by {names[seal.key]}")


def _check_keys(plan: Plan, keys: frozenset[str], found: _Findings) -> None:
    """The keys that the reader knows are the plan's."""
    names = {p.certificate_sha256: p.name for p in plan.parties}
    found.problems += [
        f"the key {key[:16]} that you named is of no hospital of the plan"
        for key in sorted(keys - set(names))
    ]
    known = [name for key, name in names.items() if key in keys]
    if known:
        found.proven.append(f"these keys are the ones that you named: {', '.join(known)}")
    if not keys and not plan.rehearsal:
        found.not_proven.append(_NO_KEYS)
    elif not plan.rehearsal:
        rest = [n for k, n in names.items() if k not in keys]
        if rest:
            found.not_proven.append(f"whose key this is, for: {', '.join(rest)}")


def as_json(verdict: Verdict) -> str:
    """Return a verdict as one JSON object."""
    return json.dumps(
        {
            "problems": verdict.problems,
            "proven": verdict.proven,
            "not_proven": verdict.not_proven,
            "plan_digest": verdict.plan.digest if verdict.plan else None,
            "signed_by": verdict.signed_by,
            "keys": dict(verdict.keys),
        }
    )
