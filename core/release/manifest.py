"""The manifest: everything public about one release, the same bytes at every hospital.

Version 2 names the hospitals' keys, who signs, a fingerprint of each measurement and what the
joint evaluation released. Version 1 had none of these and is read for ever.

References:
    privacy.md sections 8.3 (seed) and 12 (claims).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Final, assert_never

import core
from core.model.candidate import letter_of
from core.model.evaluation import JointScores
from core.model.measurement import Measurement, measurements_digest
from core.model.plan import Plan, StagePlan
from core.model.selection import Selection
from core.model.stage import LocalGaussian, NoiseLadder, StageNoise
from core.release import claims
from core.release.cells import RULE
from core.release.choosing import choice_words
from core.synthesis.recipe import sampling_seed
from core.synthesis.settings import setting_of

FORMAT: Final = "syncohort-manifest"
MANIFEST_VERSION: Final = 2
#: Where the manifest of a plan with candidate settings says how one was chosen.
CANDIDATES: Final = "candidates"
#: Where it says there among which.
SETTINGS: Final = "settings"
#: Names stand in its tables as they are; later ones follow ``core.release.cells``.
PLAIN_VERSION: Final = 1
_SIGNED: Final = (
    "each hospital with patients signs the SHA-256 of this file with the key named here; "
    "signatures.json holds the signatures"
)
_NOT_SIGNED: Final = (
    "nobody: a rehearsal has one owner, who holds every key, so a signature would prove nothing; "
    "the keys named here were made for this run only"
)


def sha256(content: bytes) -> str:
    """Return the SHA-256 of ``content``, 64 hex digits."""
    return hashlib.sha256(content).hexdigest()


def manifest_bytes(
    plan: Plan,
    measurements: Sequence[Measurement],
    n_records: int,
    files: Mapping[str, bytes],
    joint: JointScores | None = None,
    selection: Selection | None = None,
) -> bytes:
    """Return the manifest as readable JSON.

    Args:
        plan: The study's plan.
        measurements: What was opened.
        n_records: Synthetic records drawn: planned or noisy, never an exact count.
        files: The released files by name; what a recipe adds stands beside the table.
        joint: What the joint evaluation released, if the plan has one.
        selection: What it released about every candidate setting, if the plan has some.

    Reveals:
        Public facts only: the plan, hashes of what was opened, and scores that follow from it.
    """
    setting = setting_of(plan, selection.letter if selection else "")
    sampled, made = setting.measured(measurements), setting.plan
    content = {
        "format": FORMAT,
        "format_version": MANIFEST_VERSION,
        "application": {"name": "SynCohort", "version": core.__version__},
        "study": {"id": plan.study_id, "title": plan.title, "rehearsal": plan.rehearsal},
        "plan_digest": plan.digest,
        "hospitals": [
            {"name": p.name, "has_cohort": p.has_cohort, "key": p.certificate_sha256}
            for p in plan.parties
        ],
        "signed_by": _NOT_SIGNED if plan.rehearsal else _SIGNED,
        "measurements_digest": measurements_digest(measurements),
        "measurements": [
            {"stage": m.stage.name, "sha256": measurements_digest((m,))} for m in measurements
        ],
        "recipe": {"name": made.recipe, "parameters": dict(made.recipe_parameters)},
        **({CANDIDATES: _candidates(plan, selection)} if selection else {}),
        **({"public_reference": asdict(plan.reference.note)} if plan.reference else {}),
        "privacy": _privacy(plan),
        "stages": [_stage(s) for s in plan.stages],
        "sample": {
            "n_records": n_records,
            "n_records_is": "fixed in the plan"
            if plan.n_records
            else "the noisy total, rounded, or as many as one table holds",
            "n_genes": len(made.genes),
            "label_name": plan.label_name,
            "classes": list(plan.classes),
            "scale": plan.normalisation,
            "seed_sha256": sampling_seed(plan, sampled).hex(),
            "measurements_digest": measurements_digest(sampled),
            "seed_rule": "SHA-256 of the plan's and the measurements' digests; one sample",
        },
        "names_in_tables": RULE,
        "licence": plan.licence,
        "joint_evaluation": joint.tree() if joint is not None else None,
        "vote": plan.vote.value,
        "files": [
            {"name": name, "sha256": sha256(body), "size_bytes": len(body)}
            for name, body in sorted(files.items())
        ],
        "claims": {
            "claim": claims.claim(plan),
            "conditions": list(claims.conditions(plan)),
            "not_covered": list(claims.not_covered()),
        },
    }
    return readable(content)


def _candidates(plan: Plan, selection: Selection) -> dict[str, object]:
    """Return among which settings the release was chosen, and by which scores."""
    level = selection.chosen.scores.level
    return {
        "chosen": selection.letter,
        "note": choice_words(len(plan.candidates), level),
        SETTINGS: stated_settings(plan),
        "scores": selection.tree(),
    }


def stated_settings(plan: Plan) -> list[dict[str, object]]:
    """Return what a manifest says of each candidate setting of its plan."""
    return [
        {
            "letter": letter_of(i),
            "recipe": {"name": c.recipe, "parameters": dict(c.recipe_parameters)},
            "n_genes": c.n_genes,
        }
        for i, c in enumerate(plan.candidates)
    ]


def readable(content: Mapping[str, object]) -> bytes:
    """Return JSON for people and programs: UTF-8, indented, in the order given, no NaN."""
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
    return (text + "\n").encode("utf-8")


def _privacy(plan: Plan) -> dict[str, object]:
    local = [s for s in plan.stages if isinstance(s.noise, LocalGaussian)]
    noise = claims.JOINT_NOISE
    if len(local) == len(plan.stages):
        noise = claims.LOCAL_NOISE
    elif local:
        noise = f"{noise}; where a stage has local_noise: {claims.LOCAL_NOISE}"
    return {
        "epsilon": plan.budget.epsilon,
        "epsilon_accounted": plan.epsilon_accounted,
        "delta": plan.budget.delta,
        "adjacency": claims.ADJACENCY,
        "records_per_patient": plan.patient_multiplicity,
        "noise": noise,
        "adversary": "semi-honest, static, computational",
        "threshold": plan.threshold,
        "parties": [{"name": p.name, "has_cohort": p.has_cohort} for p in plan.parties],
        "n_max_per_hospital": plan.n_max,
    }


def _stage(stage: StagePlan) -> dict[str, object]:
    return {
        "name": stage.name,
        "values": stage.values,
        "share_of_mu_squared": stage.share,
        "units": stage.units,
        "l2_sq": stage.l2_sq,
        "linf": stage.linf,
        "touched": stage.touched,
        "patients": stage.patients.value,
        **_noise(stage.noise),
        "noise_sd": stage.sigma_real,
    }


def _noise(noise: StageNoise) -> dict[str, object]:
    match noise:
        case NoiseLadder():
            return {"noise_levels": [list(level) for level in noise.levels]}
        case LocalGaussian():
            own = {
                "own_variance_each": noise.own_variance,
                "contributors": noise.contributors,
                "colluders": noise.colluders,
                "protecting_variance": noise.sigma_sq,
            }
            return {"local_noise": own}
    assert_never(noise)
