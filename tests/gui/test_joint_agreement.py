"""The plan is told in full: no field of it can change without a word on the page changing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from app.presenters.agreement import (
    Fact,
    input_facts,
    opened_facts,
    promise_facts,
    trust_facts,
)
from app.views.pages.joint_plan import GeneNames
from core.model.budget import Budget
from core.model.judging import CONFUSION, Judging, VotePolicy
from core.model.plan import (
    CANDIDATES_VERSION,
    Attestation,
    Candidate,
    LocalGaussian,
    Patients,
    Plan,
)
from core.model.reference import PublicReference
from tests.gui import joint_script as joint
from tests.gui.hands import press

REFERENCE = PublicReference(
    file_sha256="a" * 64,
    source_sha256="b" * 64,
    title="Beat open leukaemia",
    provenance="open repository",
    licence="CC0",
    n_records=672,
    n_covered=958,
    n_factors=2,
    content="AAAA",
)


def choosing(plan: Plan) -> dict[str, object]:
    """Return what another plan has, of which the joint evaluation chooses one of two settings."""
    first = Candidate(recipe=plan.recipe, recipe_parameters=(), n_genes=len(plan.genes))
    held = replace(plan.stages[0], name="joint-confusion", share=1.0, patients=Patients.HOLDOUT)
    halves = tuple(
        replace(s, name=f"{letter}:{s.name}", share=s.share / 2)
        for letter in "ab"
        for s in plan.stages
    )
    return {
        "format_version": CANDIDATES_VERSION,
        "recipe": "",
        "recipe_parameters": (),
        "candidates": (first, replace(first, recipe="moments")),
        "judging": Judging(evaluation=CONFUSION),
        "stages": (*halves, held),
    }


#: Each field of a plan with another value; the reason of those that only the fingerprint tells.
CHANGES: dict[str, Callable[[Plan], dict[str, object]]] = {
    "study_id": lambda _p: {"study_id": "1" * 32},
    "title": lambda _p: {"title": "Another title"},
    "rehearsal": lambda p: {"rehearsal": not p.rehearsal},
    "parties": lambda p: {
        "parties": (*p.parties[:-1], replace(p.parties[-1], has_cohort=False)),
    },
    "threshold": lambda p: {"parties": p.parties + more(p, 1), "threshold": 2},
    "recipe": lambda _p: {"recipe": "moments"},
    "recipe_parameters": lambda _p: {"recipe_parameters": (("bins", 5),)},
    "genes": lambda p: {"genes": p.genes[:-1]},
    "label_name": lambda _p: {"label_name": "subtype"},
    "classes": lambda p: {"classes": p.classes[::-1]},
    "normalisation": lambda _p: {"normalisation": "another"},
    "n_max": lambda _p: {"n_max": 9},
    "holdout_share": lambda _p: {"holdout_share": 0.25},
    "budget": lambda _p: {"budget": Budget(epsilon=0.9946, delta=1e-7)},
    "epsilon_accounted": lambda _p: {"epsilon_accounted": 0.5},
    "n_records": lambda _p: {"n_records": 500},
    "sampler": lambda p: {
        "parties": (replace(p.parties[0], has_cohort=False), *p.parties[1:]),
        "sampler": 1,
    },
    "stages": lambda p: {"stages": (replace(p.stages[0], values=6), *p.stages[1:])},
    "reference": lambda _p: {"reference": REFERENCE},
    "judging": lambda _p: {"judging": Judging(vote=VotePolicy.YES_NO)},
    "licence": lambda _p: {"licence": "CC BY 4.0"},
    "candidates": choosing,
}
#: A plan can have one value only here; the page says which.
FIXED = {"patient_multiplicity", "format_version", "adjacency"}


def more(plan: Plan, count: int) -> tuple[object, ...]:
    last = plan.parties[-1]
    return tuple(
        replace(
            last,
            number=last.number + n,
            name=f"Hospital {n}",
            certificate_sha256=f"{last.number + n:064x}",
        )
        for n in range(1, count + 1)
    )


def told(plan: Plan) -> tuple[Fact, ...]:
    return (
        *promise_facts(plan, 1.0, "leukaemia"),
        *input_facts(plan),
        *opened_facts(plan),
        *trust_facts(plan, joint.RELAY, plan.digest),
    )


def test_every_field_of_a_plan_is_told() -> None:
    plan = joint.to_sign().plan
    named = {name for fact in told(plan) for name in fact.tells}
    assert named == {f.name for f in fields(Plan)}
    assert set(CHANGES) | FIXED == named


@pytest.mark.parametrize("name", sorted(set(CHANGES) - {"study_id", "title"}))
def test_a_changed_field_changes_the_words_that_tell_it(name: str) -> None:
    plan = joint.to_sign().plan
    other = replace(plan, **CHANGES[name](plan))

    def words(of: Plan) -> set[str]:
        return {f"{f.key}: {f.words}" for f in told(of) if name in f.tells}

    assert words(plan) != words(other)


@pytest.mark.parametrize("name", sorted(CHANGES))
def test_every_change_changes_the_fingerprint(name: str) -> None:
    plan = joint.to_sign().plan
    other = replace(plan, **CHANGES[name](plan))
    assert (
        trust_facts(plan, joint.RELAY, plan.digest)[-1]
        != (trust_facts(other, joint.RELAY, other.digest)[-1])
    )


def test_the_plan_says_whose_noise_is_on_a_stage() -> None:
    plan = joint.to_sign().plan
    m, t = len(plan.parties), plan.threshold
    own = LocalGaussian(sigma_sq=(m - t) * 512**2, contributors=m, colluders=t)
    first, *rest = plan.stages
    other = replace(plan, stages=(replace(first, noise=own), *rest))
    before, after = opened_facts(plan)[0].words, opened_facts(other)[0].words
    assert "noise that nobody knows" in before
    assert f"each of the {m} parties adds noise of its own" in after
    assert f"what any {m - t} of them add is enough" in after
    assert opened_facts(plan)[1] == opened_facts(other)[1]


def test_a_compute_partner_pays_nothing_and_reads_the_same_level() -> None:
    plan = joint.to_sign(compute=True).plan
    with_patients, without = promise_facts(plan, 1.0, "leukaemia"), promise_facts(plan, 0.0, "")
    assert with_patients[0] == without[0]
    assert "“leukaemia”" in with_patients[1].words
    assert "no patient of this hospital" in without[1].words


def test_the_page_names_party_statements_and_what_is_missing(reach) -> None:
    made = reach("lobby_plan")
    said = " ".join(w for w in texts(made.window.page))
    for party in made.window.page.plan.plan.parties:
        assert f"{party.name}" in said
    assert said.count("We do not pool our shares with another hospital") >= 4
    assert "Not stated" not in said
    proposed = joint.to_sign()
    parties = proposed.plan.parties
    silent = replace(parties[1], attestations=(Attestation.NO_COLLUSION,))
    changed = replace(proposed.plan, parties=(parties[0], silent, *parties[2:]))
    made.link.play(replace(proposed, plan=changed))
    QApplication.processEvents()
    said = " ".join(texts(made.window.page))
    assert said.count("Not stated: “None of our patients is in another hospital") == 1


def test_gene_names_unfold(reach) -> None:
    made = reach("lobby_plan")
    names = made.window.page.findChild(GeneNames)
    assert not names._list.isVisible()
    press(names, "Show all 958 gene names")
    assert names._list.isVisible()
    assert names._list.toPlainText().split(", ") == list(made.window.page.plan.plan.genes)
    press(names, "Hide the gene names")
    assert not names._list.isVisible()


def texts(page: QWidget) -> list[str]:
    return [label.text() for label in page.findChildren(QLabel) if label.isVisibleTo(page)]
