"""The manifest: everything public about one release, the same bytes at every hospital.

References:
    privacy.md sections 8.3 (seed) and 12 (claims).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Final

import core
from core.model.measurement import Measurement, measurements_digest
from core.model.plan import Plan, StagePlan
from core.release import claims
from core.synthesis.recipe import sampling_seed

MANIFEST_VERSION: Final = 1


def sha256(content: bytes) -> str:
    """Return the SHA-256 of ``content``, 64 hex digits."""
    return hashlib.sha256(content).hexdigest()


def manifest_bytes(
    plan: Plan,
    measurements: Sequence[Measurement],
    n_records: int,
    files: Mapping[str, bytes],
) -> bytes:
    """Return the manifest as readable JSON.

    Args:
        plan: The study's plan.
        measurements: What was opened.
        n_records: Synthetic records drawn: planned or noisy, never an exact count.
        files: The released files by name.

    Reveals:
        Public facts only: the plan, and hashes of what was opened.
    """
    content = {
        "format": "syncohort-manifest",
        "format_version": MANIFEST_VERSION,
        "application": {"name": "SynCohort", "version": core.__version__},
        "study": {"id": plan.study_id, "title": plan.title, "rehearsal": plan.rehearsal},
        "plan_digest": plan.digest,
        "measurements_digest": measurements_digest(measurements),
        "recipe": {"name": plan.recipe, "parameters": dict(plan.recipe_parameters)},
        "privacy": _privacy(plan),
        "stages": [_stage(s) for s in plan.stages],
        "sample": {
            "n_records": n_records,
            "n_records_is": "fixed in the plan"
            if plan.n_records
            else "the noisy total, rounded, or as many as one table holds",
            "n_genes": len(plan.genes),
            "label_name": plan.label_name,
            "classes": list(plan.classes),
            "scale": plan.normalisation,
            "seed_sha256": sampling_seed(plan, measurements).hex(),
            "seed_rule": "SHA-256 of the plan's and the measurements' digests; one sample",
        },
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


def readable(content: Mapping[str, object]) -> bytes:
    """Return JSON for people and programs: UTF-8, indented, in the order given, no NaN."""
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
    return (text + "\n").encode("utf-8")


def _privacy(plan: Plan) -> dict[str, object]:
    return {
        "epsilon": plan.budget.epsilon,
        "epsilon_accounted": plan.epsilon_accounted,
        "delta": plan.budget.delta,
        "adjacency": claims.ADJACENCY,
        "records_per_patient": plan.patient_multiplicity,
        "noise": "multi-scale binomial, drawn inside the joint computation, known to no party",
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
        "noise_levels": [list(level) for level in stage.noise.levels],
        "noise_sd": stage.sigma_real,
    }
