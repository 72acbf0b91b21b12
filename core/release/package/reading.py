"""The public value of a release, read back from its folder: what pages are made from."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from core.errors import InternalError, WorkerError
from core.model.evaluation import JointScores
from core.model.plan import Plan
from core.model.release import SyntheticCohort
from core.model.selection import Selection
from core.ports import Verifier
from core.release.cells import restored
from core.release.export import MANIFEST, TABLE, load_release_files
from core.release.manifest import CANDIDATES, sha256
from core.release.package.packing import DIFFERENCES, SIGNATURES
from core.release.pages.released import DifferenceRow, ReleasedReport
from core.release.signing import Signatures

_STRONGEST: Final = 12


def class_counts(cohort: SyntheticCohort) -> tuple[int, ...]:
    """Return how many synthetic records each class has."""
    found = np.bincount(cohort.class_index, minlength=len(cohort.classes))
    return tuple(int(n) for n in found)


def released_report(plan: Plan, release: Mapping[str, bytes], verify: Verifier) -> ReleasedReport:
    """Return what is public about a release.

    Args:
        plan: The study's plan.
        release: The release folder's files.
        verify: Checks signatures.

    Raises:
        WorkerError: WO606 if the release is not what its manifest says.
    """
    cohort, manifest, _ = load_release_files(release)
    return ReleasedReport(
        plan=plan,
        measurements_digest=str(manifest["measurements_digest"]),
        synthetic_sha256=sha256(release[TABLE]),
        class_counts=class_counts(cohort),
        joint=_joint(manifest),
        selection=selection_of(manifest),
        differences=_strongest(release.get(DIFFERENCES, b"")),
        signed_by=signers(plan, release, verify),
    )


def signers(plan: Plan, release: Mapping[str, bytes], verify: Verifier) -> tuple[str, ...]:
    """Return the hospitals whose signature of this manifest is held and fits, in order."""
    try:
        held = Signatures.from_bytes(release.get(SIGNATURES, b""))
    except ValueError:
        return ()
    manifest = sha256(release[MANIFEST])
    fit = {
        s.key
        for s in held.signatures
        if (s.plan, s.manifest) == (plan.digest, manifest)
        and verify(held.certificates.get(s.key, ""), s.signed_bytes, s.signature)
    }
    return tuple(p.name for p in plan.parties if p.certificate_sha256 in fit)


def _joint(manifest: Mapping[str, Any]) -> JointScores | None:
    tree = manifest.get("joint_evaluation")
    if tree is None:
        return None
    try:
        return JointScores.from_tree(tree)
    except (InternalError, KeyError, TypeError):
        raise WorkerError("WO606", file=MANIFEST, reason="its joint scores are none") from None


def selection_of(manifest: Mapping[str, Any]) -> Selection | None:
    """Return how the release was chosen among candidate settings; None where it was not.

    Raises:
        WorkerError: WO606 if the manifest says it in another way.
    """
    tree = manifest.get(CANDIDATES)
    if tree is None:
        return None
    try:
        return Selection.from_tree(tree["scores"])
    except (InternalError, KeyError, TypeError):
        raise WorkerError(
            "WO606", file=MANIFEST, reason="its candidates' scores are none"
        ) from None


def _strongest(content: bytes) -> tuple[DifferenceRow, ...]:
    """Return the released differences that are largest beside their standard errors."""
    if not content:
        return ()
    rows = list(csv.reader(io.StringIO(content.decode("utf-8"), newline="")))[1:]
    rows.sort(key=lambda r: -abs(float(r[3])) / max(1e-9, float(r[4])))
    return tuple(
        DifferenceRow(
            class_a=restored(r[0]),
            class_b=restored(r[1]),
            gene=restored(r[2]),
            effect=r[3],
            standard_error=r[4],
            adjusted_p=r[5],
        )
        for r in rows[:_STRONGEST]
    )
