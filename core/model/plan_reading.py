"""A plan's JSON back into its values: strictly, because it comes from somebody else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.model.budget import Budget
from core.model.candidate import Candidate
from core.model.judging import Judging, VotePolicy
from core.model.plan_party import Attestation, PlanParty
from core.model.reference import PublicReference
from core.model.stage import Adjacency, LocalGaussian, NoiseLadder, Patients, StagePlan


def plan_fields(tree: Mapping[str, Any], *, states_adjacency: bool) -> dict[str, Any]:
    """Turn decoded JSON back into the plan's field values (lists become tuples and values).

    Args:
        tree: The decoded JSON of a known format version.
        states_adjacency: Whether plans of this version have that field; all but the first.

    Raises:
        TypeError, KeyError, ValueError, OverflowError: If a field is missing, unknown or mistyped.
        SynCohortError: If a value is none that a plan may have.
    """
    fields = dict(tree)
    fields["parties"] = tuple(_party(_object(p)) for p in _list(tree["parties"]))
    fields["stages"] = tuple(_stage(_object(s)) for s in _list(tree["stages"]))
    fields["budget"] = Budget(**_object(tree["budget"]))
    fields["recipe_parameters"] = _pairs(tree["recipe_parameters"])
    if states_adjacency:
        fields["adjacency"] = Adjacency(tree["adjacency"])
    elif "adjacency" in tree:
        raise TypeError("adjacency")
    if "reference" in tree:
        reference = _object(tree["reference"])
        if "classes" in reference:
            reference = {**reference, "classes": tuple(_list(reference["classes"]))}
        fields["reference"] = PublicReference(**reference)
    if "judging" in tree:
        judging = _object(tree["judging"])
        fields["judging"] = Judging(**{**judging, "vote": VotePolicy(judging["vote"])})
    if "candidates" in tree:
        fields["candidates"] = tuple(_candidate(_object(c)) for c in _list(tree["candidates"]))
        if not fields["candidates"]:  # one plan has one digest
            raise ValueError("candidates")
    for name in ("genes", "classes"):
        fields[name] = tuple(_list(tree[name]))
    return fields


def _party(tree: Mapping[str, Any]) -> PlanParty:
    attested = tuple(Attestation(a) for a in _list(tree["attestations"]))
    return PlanParty(**{**tree, "attestations": attested})


def _candidate(tree: Mapping[str, Any]) -> Candidate:
    return Candidate(**{**tree, "recipe_parameters": _pairs(tree["recipe_parameters"])})


def _stage(tree: Mapping[str, Any]) -> StagePlan:
    noise = _object(tree["noise"])
    read = _ladder(noise) if "levels" in noise else LocalGaussian(**noise)
    fields = {**tree, "noise": read}
    if "patients" in tree:
        fields["patients"] = Patients(tree["patients"])
        if fields["patients"] is Patients.TRAINING:  # one plan has one digest
            raise ValueError("patients")
    return StagePlan(**fields)


def _ladder(tree: Mapping[str, Any]) -> NoiseLadder:
    return NoiseLadder(**{**tree, "levels": _pairs(tree["levels"])})


def _object(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError("object")
    return value


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("list")
    return value


def _pairs(value: object) -> tuple[tuple[Any, Any], ...]:
    rows = [tuple(_list(row)) for row in _list(value)]
    if any(len(row) != 2 for row in rows):
        raise TypeError("pairs")
    return tuple((row[0], row[1]) for row in rows)
