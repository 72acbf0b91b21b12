"""core.model.plan and core.model.stage: one digest per study, and every refusal refuses."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.errors import PlanError
from core.model.budget import Budget
from core.model.plan import (
    FORMAT_VERSION,
    Adjacency,
    NoiseLadder,
    Plan,
)
from tests.unit.model.judged import judged

GOLDEN = Path(__file__).resolve().parents[2] / "golden"
#: Digests of the golden plans. If one changes, hospitals with two versions cannot agree.
GOLDEN_DIGESTS = {
    1: "8a7e1627ca1271b1524be88b92196e2d241d27a3d414f584842078b56a7a51a3",
    2: "22b9d85369a1d1b22bbd7f724a8ab8553d81791a49eb9f84ae19d1e3a766940a",
    3: "8f014b3af0a86c589f37b0cbe4d05323b383ebea20dad018cc0670707c6936d1",
}

Make = Callable[..., Any]


# ---------------------------------------------------------------- round trip


@pytest.mark.parametrize("version", GOLDEN_DIGESTS)
def test_the_golden_plans_are_read_for_ever(plan: Make, version: int) -> None:
    content = (GOLDEN / f"plan-{version}.json").read_bytes()
    read = Plan.from_bytes(content)
    assert read == plan(format_version=version)
    assert read.canonical_bytes() == content
    assert read.digest == GOLDEN_DIGESTS[version]
    assert read.adjacency is Adjacency.ADD_OR_REMOVE  # version 1 meant the same one


def test_a_judged_plan_is_read_for_ever(plan: Make) -> None:
    content = (GOLDEN / "plan-3-judged.json").read_bytes()
    read = Plan.from_bytes(content)
    assert read == judged(plan)
    assert read.canonical_bytes() == content
    assert read.digest == "c716a6967ae4c33a67dfdb580a0550a97e25581f41bc10f844f15bfcf18902e2"


def test_a_new_plan_states_its_adjacency(plan: Make) -> None:
    assert plan().format_version == FORMAT_VERSION == max(GOLDEN_DIGESTS)
    assert json.loads(plan().canonical_bytes())["adjacency"] == "add-or-remove-one-patient"


def test_a_plan_comes_back_as_it_was(plan: Make) -> None:
    first = plan(n_records=500)
    again = Plan.from_bytes(first.canonical_bytes())
    assert again == first
    assert again.digest == first.digest
    assert isinstance(again.stages[0].noise.levels[0], tuple)
    hash(again)


def test_canonical_bytes_are_plain_ascii_without_spaces(plan: Make) -> None:
    content = plan().canonical_bytes()
    content.decode("ascii")
    assert b": " not in content.replace(b"1: PAM50", b"")
    tree = json.loads(content)
    assert list(tree) == sorted(tree)


CHANGES: dict[str, Any] = {
    "study_id": "f" * 32,
    "title": "Another",
    "rehearsal": True,
    "recipe": "moments",
    "recipe_parameters": (("bins", 5),),
    "genes": ("ESR1", "MKI67", "ERBB2"),
    "label_name": "type",
    "classes": ("LumB", "LumA"),
    "normalisation": "other",
    "n_max": 9_999,
    "holdout_share": 0.1,
    "budget": Budget(epsilon=0.9946, delta=1e-7),
    "epsilon_accounted": 0.9,
    "n_records": 100,
}


@pytest.mark.parametrize("field", CHANGES)
def test_every_field_is_in_the_digest(plan: Make, field: str) -> None:
    assert plan(**{field: CHANGES[field]}).digest != plan().digest


STAGE_CHANGES: dict[str, Any] = {
    "name": "other",
    "values": 13,
    "units": 2.25,
    "l2_sq": 91,
    "linf": 6,
    "touched": 5,
    "noise": NoiseLadder(levels=((1, 4), (2, 4), (4, 157))),
}


@pytest.mark.parametrize("field", STAGE_CHANGES)
def test_every_field_of_a_stage_is_in_the_digest(plan: Make, stage: Make, field: str) -> None:
    counts, _ = plan().stages
    changed = plan(stages=(counts, stage(**{field: STAGE_CHANGES[field]})))
    assert changed.digest != plan().digest


def test_parties_and_their_certificates_are_in_the_digest(plan: Make, party: Make) -> None:
    others = (party(1), party(2))
    for change in ({"name": "X"}, {"certificate_sha256": "f" * 64}):
        assert plan(parties=(party(0, **change), *others)).digest != plan().digest
    full = plan(parties=(*plan().parties[:2], party(2, has_cohort=True)))
    assert full.digest != plan().digest


def test_stages_and_parameters_are_found_by_name(plan: Make) -> None:
    made = plan()
    assert made.stage("sums").values == 12
    assert made.parameter("clip") == 3.5
    assert made.parameter("note") == ""
    with pytest.raises(PlanError, match=r"PL201.*stages\.x"):
        made.stage("x")
    with pytest.raises(PlanError, match=r"PL201.*recipe_parameters\.x"):
        made.parameter("x")


# ---------------------------------------------------------------- refusals

REFUSED: list[tuple[str, Any]] = [
    ("study_id", "0" * 31),
    ("study_id", "0" * 31 + "G"),
    ("study_id", 7),
    ("title", ""),
    ("title", "x" * 81),
    ("title", "two\nlines"),
    ("title", None),
    ("rehearsal", 1),
    ("threshold", 0),
    ("threshold", 2),
    ("threshold", True),
    ("threshold", 1.0),
    ("recipe", ""),
    ("recipe_parameters", (("", 1),)),
    ("recipe_parameters", (("a", 1), ("a", 2))),
    ("recipe_parameters", ((1, 1),)),
    ("recipe_parameters", (("a", float("nan")),)),
    ("recipe_parameters", (("a", float("inf")),)),
    ("recipe_parameters", (("a", 10**400),)),
    ("recipe_parameters", (("a", (1, 2)),)),
    ("recipe_parameters", (("a", None),)),
    ("recipe_parameters", (("a", "x" * 201),)),
    ("genes", ("ESR1",)),
    ("genes", ("ESR1", "ESR1")),
    ("genes", ("ESR1", "")),
    ("genes", ("ESR1", "x" * 101)),
    ("genes", tuple(f"G{i}" for i in range(30_001))),
    ("label_name", ""),
    ("label_name", "ESR1"),
    ("classes", ("LumA",)),
    ("classes", ("LumA", "LumA")),
    ("classes", ("LumA", "\0")),
    ("classes", tuple(f"C{i}" for i in range(51))),
    ("normalisation", ""),
    ("n_max", 0),
    ("n_max", 1_000_001),
    ("n_max", 10.0),
    ("n_max", True),
    ("holdout_share", -0.1),
    ("holdout_share", 0.51),
    ("holdout_share", float("nan")),
    ("holdout_share", "0.2"),
    ("holdout_share", False),
    ("epsilon_accounted", 0.0),
    ("epsilon_accounted", 1.0),
    ("epsilon_accounted", float("nan")),
    ("epsilon_accounted", "0.9"),
    ("patient_multiplicity", 2),
    ("patient_multiplicity", True),
    ("n_records", 0),
    ("n_records", 1_000_001),
    ("n_records", 10.0),
    ("sampler", 1),
    ("sampler", 2),
    ("sampler", False),
    ("stages", ()),
    ("format_version", 0),
    ("format_version", 5),
    ("format_version", True),
    ("adjacency", "add-or-remove-one-patient"),
]


@pytest.mark.parametrize(("field", "value"), REFUSED, ids=lambda v: str(v)[:30])
def test_a_plan_that_nobody_could_agree_to(plan: Make, field: str, value: Any) -> None:
    with pytest.raises(PlanError, match="PL201") as refused:
        plan(**{field: value})
    assert dict(refused.value.fields)["field"].startswith(field)


def test_two_parties_are_refused_with_the_way_out(plan: Make, party: Make) -> None:
    with pytest.raises(PlanError, match=r"PL203.*compute partner"):
        plan(parties=(party(0), party(1)))


@pytest.mark.parametrize("n_parties", [0, 1, 11])
def test_too_few_and_too_many_parties(plan: Make, party: Make, n_parties: int) -> None:
    with pytest.raises(PlanError, match="PL204"):
        plan(parties=tuple(party(i) for i in range(n_parties)))


def test_parties_that_do_not_fit_together(plan: Make, party: Make) -> None:
    for parties in (
        (party(0), party(2), party(1)),
        (party(0), party(1), party(3)),
        (party(0), party(1), party(2, name="Hospital 0")),
        tuple(party(i, has_cohort=False) for i in range(3)),
    ):
        with pytest.raises(PlanError, match=r"PL201.*parties"):
            plan(parties=parties)


def test_the_sampler_is_the_first_hospital_with_patients(plan: Make, party: Make) -> None:
    parties = (party(0, has_cohort=False), party(1), party(2))
    assert plan(parties=parties, sampler=1).sampler == 1
    with pytest.raises(PlanError, match="sampler"):
        plan(parties=parties, sampler=0)


@pytest.mark.parametrize(("n_parties", "most"), [(3, 1), (4, 1), (5, 2), (10, 4)])
def test_the_threshold_is_below_half(plan: Make, party: Make, n_parties: int, most: int) -> None:
    parties = tuple(party(i) for i in range(n_parties))
    assert plan(parties=parties, threshold=most).threshold == most
    with pytest.raises(PlanError, match="threshold"):
        plan(parties=parties, threshold=most + 1)


@pytest.mark.parametrize(
    "change",
    [
        {"number": -1},
        {"number": True},
        {"number": 1.0},
        {"name": ""},
        {"name": "x" * 81},
        {"name": "a\tb"},
        {"has_cohort": 1},
        {"certificate_sha256": "0" * 63},
        {"certificate_sha256": "A" * 64},
        {"certificate_sha256": None},
    ],
    ids=str,
)
def test_what_is_no_party(party: Make, change: dict[str, Any]) -> None:
    with pytest.raises(PlanError, match=r"PL201.*parties"):
        party(**{"number": 0, **change})


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"name": "x" * 41},
        *[{f: v} for f in ("values", "l2_sq", "linf", "touched") for v in (0, -1, 1.0, True)],
        *[{f: v} for f in ("share", "units") for v in (0, -1.0, float("nan"), float("inf"), "1")],
        {"units": 10**400},
        {"share": True},
        {"share": 1.01},
        {"touched": 13},
        {"l2_sq": 24},  # one value alone may move by linf
        {"l2_sq": 101},  # more than all touched values at linf
        {"exact_shift": True},  # l2_sq is not touched * linf^2
        {"exact_shift": 1, "l2_sq": 100},
    ],
    ids=str,
)
def test_what_is_no_stage(stage: Make, change: dict[str, Any]) -> None:
    with pytest.raises(PlanError, match=r"PL201.*stages"):
        stage(**change)


def test_stages_that_do_not_fit_together(plan: Make, stage: Make) -> None:
    one, two = plan().stages
    for stages in (
        (one, stage(name="counts")),
        (one, dataclasses.replace(two, share=0.7)),
        (one,),
    ):
        with pytest.raises(PlanError, match="stages"):
            plan(stages=stages)


@pytest.mark.parametrize(
    "levels",
    [
        (),
        ((0, 2),),
        ((1, 0),),
        ((1, -2),),
        ((1, 2.0),),
        ((True, 2),),
        ((2, 2), (1, 2)),
        ((1, 2), (1, 2)),
        ((1, 3),),
        ((1, 3), (2, 3), (4, 3), (8, 156)),
    ],
    ids=str,
)
def test_what_is_no_noise(levels: Any) -> None:
    with pytest.raises(PlanError, match="noise"):
        NoiseLadder(levels=levels)


def test_noise_in_numbers(stage: Make) -> None:
    noise = NoiseLadder(levels=((1, 4), (2, 3), (4, 10)))
    assert noise.variance == (4 + 12 + 160) / 4
    assert noise.half_width == (4 + 6 + 40) // 2
    assert noise.bits == 17
    assert noise.opened_variance == noise.variance
    assert stage(noise=noise).sigma_real == pytest.approx(44**0.5 / 2.5)
