"""A release between three hospitals with real keys, for the tests of packages and pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.model.candidate import Candidate, stage_of
from core.model.evaluation import JointScore, JointScores
from core.model.judging import CONFUSION, Judging
from core.model.measurement import Measurement, measurements_digest
from core.model.plan import CANDIDATES_VERSION, Attestation, Patients, Plan
from core.model.release import SyntheticCohort
from core.model.selection import CandidateScore, Selection
from core.network.installation import Installation, verify
from core.release.export import MANIFEST, TABLE
from core.release.forms import Form
from core.release.manifest import manifest_bytes, sha256
from core.release.package.contents import (
    CONTENTS,
    Contents,
    Recipient,
    Seal,
    contents_bytes,
    seal_statement,
)
from core.release.package.packing import CARD, DIFFERENCES, PLAN, Wish, pack
from core.release.package.reading import class_counts, released_report
from core.release.pages.documents import data_card
from core.release.pages.markdown import markdown_of
from core.release.pages.released import ReleasedReport
from core.release.signing import ReleaseSignature, Signatures, release_statement
from core.release.table import csv_bytes

TABLE_OF_DIFFERENCES = (
    b"class_a,class_b,gene,effect,standard_error,adjusted_p\n"
    b"Basal,'=Lum,TP53,1.2000,0.1000,1e-12\n"
    b"Basal,'=Lum,'-AS1,-0.4000,0.2000,0.09\n"
)


def joint_scores(classes: tuple[str, ...]) -> JointScores:
    score = JointScore(
        classifier="random-forest", score="macro-f1", value=0.71, low=0.61, high=0.8
    )
    return JointScores(
        classes=classes,
        level=0.95,
        n_patients=94.2,
        n_patients_low=80.0,
        n_patients_high=108.0,
        tables=(),
        scores=(score,),
    )


def joint_plan(plan: Plan, keys: list[Installation], *, rehearsal: bool = False) -> Plan:
    """The conftest's plan, between installations, with names that spreadsheets would run."""
    parties = tuple(
        replace(
            p, certificate_sha256=k.certificate_sha256, attestations=tuple(sorted(Attestation))
        )
        for p, k in zip(plan.parties, keys, strict=True)
    )
    return replace(
        plan,
        parties=parties,
        rehearsal=rehearsal,
        title="Subtypes <of> *breast* cancer",
        genes=("TP53", "-AS1", "MT,CO1"),
        classes=("Basal", "=Lum"),
    )


def choosing_plan(plan: Plan, keys: list[Installation]) -> Plan:
    """The same with two settings, of which the second has the first two genes only."""
    one = joint_plan(plan, keys)
    counts = one.stages[0]
    judged = replace(
        counts,
        name="joint-confusion",
        values=16,
        l2_sq=4,
        touched=4,
        patients=Patients.HOLDOUT,
    )
    return replace(
        one,
        recipe="",
        recipe_parameters=(),
        candidates=tuple(
            Candidate(recipe="marginals", recipe_parameters=(("bins", 4),), n_genes=n)
            for n in (3, 2)
        ),
        stages=(
            *(replace(counts, name=stage_of(x, counts.name), share=0.5) for x in "ab"),
            judged,
        ),
        judging=Judging(evaluation=CONFUSION),
        format_version=CANDIDATES_VERSION,
    )


def two_scores(classes: tuple[str, ...]) -> Selection:
    """The second is better."""
    worse = JointScore(
        classifier="random-forest", score="macro-f1", value=0.64, low=0.5, high=0.75
    )
    both = (replace(joint_scores(classes), scores=(worse,)), joint_scores(classes))
    return Selection(
        candidates=tuple(
            CandidateScore(value=s.macro_f1, low=s.scores[0].low, high=s.scores[0].high, scores=s)
            for s in both
        )
    )


@dataclass
class Released:
    """A hospital's release folder, its keys, and what can be packed from it."""

    plan: Plan
    keys: list[Installation]
    files: dict[str, bytes]
    cohort: SyntheticCohort

    @property
    def manifest(self) -> str:
        return sha256(self.files[MANIFEST])

    def signed(self, *who: int, manifest: str = "") -> Signatures:
        manifest = manifest or self.manifest
        given = tuple(
            ReleaseSignature(
                plan=self.plan.digest,
                manifest=manifest,
                key=self.keys[n].certificate_sha256,
                signature=self.keys[n].sign(
                    release_statement(self.plan.digest, manifest, self.keys[n].certificate_sha256)
                ),
            )
            for n in who
        )
        pems = {k.certificate_sha256: k.certificate_pem for k in self.keys}
        return Signatures(signatures=given, certificates=pems)

    def report(self) -> ReleasedReport:
        return released_report(self.plan, self.files, verify)

    def packed(self, signatures: Signatures | None = None, **changes: Any) -> dict[str, bytes]:
        wish = Wish(
            **{
                "forms": (),
                "report": False,
                "local": {},
                "recipient": Recipient.OUTSIDE,
                "to": "The public archive",
                "released_by": "Hospital 0",
                **changes,
            }
        )
        held = signatures or self.signed(0, 1, 2)
        files, contents = pack(self.plan, self.files, self.report(), held, wish)
        return {**files, CONTENTS: sealed(contents, self.keys[0])}


def sealed(contents: Contents, key: Installation | None) -> bytes:
    if key is None:
        return contents_bytes(contents, None)
    fingerprint = key.certificate_sha256
    signature = key.sign(seal_statement(contents.digest, fingerprint))
    return contents_bytes(contents, Seal(key=fingerprint, signature=signature))


def release_of(
    plan: Plan,
    keys: list[Installation],
    *,
    joint: bool = True,
    selection: Selection | None = None,
) -> Released:
    totals = [np.array([7, -3]), np.array([6, -2]), np.arange(16)]
    measurements = tuple(
        Measurement(stage=stage, totals=found)
        for stage, found in zip(plan.stages, totals, strict=False)
    )
    scores = joint_scores(plan.classes) if joint else None
    n_genes = plan.candidates[selection.number].n_genes if selection else len(plan.genes)
    values = np.array([[1.23456, -0.00001, 3.0], [-2.5, 0.33335, 3.14159], [0, 0, 0.5]])
    cohort = SyntheticCohort(
        label_name=plan.label_name,
        classes=plan.classes,
        genes=plan.genes[:n_genes],
        class_index=np.array([1, 0, 0]),
        values=values[:, :n_genes],
    )
    table = csv_bytes(cohort)
    files: dict[str, bytes] = {TABLE: table, DIFFERENCES: TABLE_OF_DIFFERENCES}
    files[CARD] = markdown_of(
        data_card(
            ReleasedReport(
                plan=plan,
                measurements_digest=measurements_digest(measurements),
                synthetic_sha256=sha256(table),
                class_counts=class_counts(cohort),
                joint=scores,
                selection=selection,
            )
        )
    )
    files[MANIFEST] = manifest_bytes(
        plan, measurements, cohort.n_records, files, scores, selection
    )
    files[PLAN] = plan.canonical_bytes()
    return Released(plan=plan, keys=keys, files=files, cohort=cohort)


ALL_FORMS = (Form.PARQUET, Form.H5AD)


def without(files: Mapping[str, bytes], name: str) -> dict[str, bytes]:
    return {n: c for n, c in files.items() if n != name}
