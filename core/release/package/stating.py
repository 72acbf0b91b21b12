"""What a manifest says of the plan whose digest it names: each statement, and whether it holds."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from core.errors import WorkerError
from core.model.candidate import Candidate
from core.model.plan import Plan
from core.release.manifest import CANDIDATES, PLAIN_VERSION, SETTINGS, stated_settings
from core.release.package.reading import selection_of


def statements(plan: Plan, manifest: Mapping[str, Any]) -> list[tuple[str, bool]]:
    """Return what is stated, in a reader's words, and whether the plan says the same.

    Args:
        plan: The plan that the manifest names.
        manifest: Untrusted; of a known version.
    """
    privacy, sample, study, among, made = (
        _part(manifest, name) for name in ("privacy", "sample", "study", CANDIDATES, "recipe")
    )
    digest = sample.get("measurements_digest", manifest.get("measurements_digest"))
    seed = hashlib.sha256(f"syncohort-sample-1:{plan.digest}:{digest}".encode()).hexdigest()
    letter, chosen = _chosen(plan, manifest)
    recipe, n_genes = plan.recipe, len(plan.genes)
    if chosen is not None:
        recipe, n_genes = chosen.recipe, chosen.n_genes
    stated = [
        ("the chosen setting", letter == among.get("chosen", "")),
        ("the settings", among.get(SETTINGS, []) == stated_settings(plan)),
        ("title", study.get("title") == plan.title),
        ("rehearsal", study.get("rehearsal") == plan.rehearsal),
        ("recipe", made.get("name") == recipe),
        ("epsilon", privacy.get("epsilon") == plan.budget.epsilon),
        ("delta", privacy.get("delta") == plan.budget.delta),
        ("threshold", privacy.get("threshold") == plan.threshold),
        ("classes", sample.get("classes") == list(plan.classes)),
        ("number of genes", sample.get("n_genes") == n_genes),
        ("seed", sample.get("seed_sha256") == seed),
    ]
    if manifest["format_version"] > PLAIN_VERSION:
        keys = [(p.name, p.certificate_sha256) for p in plan.parties]
        named = [(h.get("name"), h.get("key")) for h in manifest.get("hospitals", [])]
        stated.append(("hospitals and their keys", named == keys))
    return stated


def _part(manifest: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return one part of a manifest; empty where there is none, or something else in its place."""
    found = manifest.get(name)
    return found if isinstance(found, Mapping) else {}


def _chosen(plan: Plan, manifest: Mapping[str, Any]) -> tuple[str | None, Candidate | None]:
    """Return the letter of the candidate with the largest stated score, and the candidate.

    Returns:
        An empty letter where the plan has none; no letter where the scores are not those of the
        plan's, or the joint evaluation is another than that of the candidate.
    """
    try:
        found = selection_of(manifest)
    except WorkerError:
        return None, None
    if len(plan.candidates) != (len(found.candidates) if found else 0):
        return None, None
    if found is None:
        return "", None
    scores = manifest[CANDIDATES]["scores"]["candidates"][found.number]["scores"]
    if scores != manifest.get("joint_evaluation"):
        return None, None
    return found.letter, plan.candidates[found.number]
