"""An open cohort with diagnoses: its class means are believed as far as the measurements go."""

import dataclasses
import json

import numpy as np
import pytest

from core.errors import PlanError, WorkerError
from core.model.budget import Budget
from core.model.plan import Plan
from core.synthesis.moments import fit as fitting
from core.synthesis.moments.classes import class_means
from core.synthesis.moments.public import public_alone
from core.synthesis.recipe import Design
from core.synthesis.reference.file import ReferenceFile, build_reference
from core.synthesis.reference.panel import panel_reference
from core.synthesis.registry import recipe_called

MOMENTS = recipe_called("moments")
GENES = tuple(f"G{i}" for i in range(60))


def open_cohort(make_patients, names=("C0", "C1", "C2"), seed=9):
    public = make_patients(300, n_genes=len(GENES), seed=seed)
    return build_reference(
        public.values * 2 + 5,
        GENES,
        title="Open cohort",
        provenance="made here",
        licence="none needed",
        source_sha256="a" * 64,
        labels=[names[i] for i in public.class_index] if names else (),
    )


@pytest.fixture
def plan_with(make_plan, stages):
    def make(file, multiplier):
        reference = file.for_panel(GENES)
        design = Design(
            n_genes=len(GENES),
            n_classes=3,
            n_max=10_000,
            budget=Budget(epsilon=4.0),
            parameters=MOMENTS.parameters(),
            reference=reference,
        )
        return make_plan(
            len(GENES),
            classes=("C0", "C1", "C2"),
            recipe="moments",
            recipe_parameters=MOMENTS.parameters(),
            reference=reference,
            stages=stages(MOMENTS.requests(design), multiplier),
        )

    return make


def error(plan, make_patients, measure, seeds=range(6), *, together=True):
    """Mean squared error of the class differences, against the same patients without noise."""
    patients = make_patients(400, n_genes=len(GENES), seed=1)
    found = []
    for seed in seeds:
        measured = fitting.by_stage(measure(plan, [patients], np.random.default_rng(seed)))
        reference = panel_reference(plan.reference, len(GENES))
        expected = reference.expected(plan.classes)
        means = class_means(measured, reference, expected, together=together)
        exact = fitting.by_stage(measure(plan, [patients]))
        truth = class_means(exact, reference, together=together).noisy
        found.append(np.square(_apart(means.shrunk) - _apart(truth)).mean())
    return float(np.mean(found))


def _apart(means):
    return means - means.mean(axis=0)


def test_a_file_is_read_back_and_an_older_one_has_no_classes(make_patients):
    file = open_cohort(make_patients)
    again = ReferenceFile.from_bytes(file.to_bytes(), "open.json")
    assert again.classes == ("C0", "C1", "C2")
    np.testing.assert_array_equal(again.away, file.away)
    plain = open_cohort(make_patients, names=())
    tree = json.loads(plain.to_bytes())
    del tree["classes"]
    older = ReferenceFile.from_bytes(
        json.dumps({**tree, "format_version": 1}).encode(), "old.json"
    )
    assert older.classes == ()
    np.testing.assert_array_equal(older.loadings, plain.loadings)


@pytest.mark.parametrize(
    "change", [{"classes": ["A", "A"]}, {"classes": ["A"]}, {"classes": 7}, {"format_version": 4}]
)
def test_a_file_with_other_classes_than_numbers_is_refused(make_patients, change):
    tree = json.loads(open_cohort(make_patients).to_bytes())
    with pytest.raises(WorkerError, match="WO606"):
        ReferenceFile.from_bytes(json.dumps({**tree, **change}).encode(), "open.json")


def test_a_class_of_too_few_records_is_left_out(make_patients):
    public = make_patients(50, n_genes=len(GENES), seed=2)
    labels = ["rare"] * 4 + ["usual"] * 46
    facts = {"title": "t", "provenance": "p", "licence": "l", "source_sha256": "a" * 64}
    file = build_reference(public.values, GENES, labels=labels, **facts)
    assert file.classes == ("usual",)


def test_the_plan_carries_the_classes_and_one_without_stays_as_it_was(plan_with, make_patients):
    plan = plan_with(open_cohort(make_patients), 0.05)
    assert Plan.from_bytes(plan.canonical_bytes()) == plan
    assert b'"class_content"' in plan.canonical_bytes()
    plain = plan_with(open_cohort(make_patients, names=()), 0.05)
    assert b'"class_content"' not in plain.canonical_bytes()
    assert Plan.from_bytes(plain.canonical_bytes()) == plain


@pytest.mark.parametrize(
    "change",
    [
        {"class_content": "AAAA"},
        {"class_content": "*"},
        {"class_content": ""},
        {"classes": ("C0", "C0", "C2")},
        {"classes": ("C0", "C1")},
        {"classes": ("", "C1", "C2")},
    ],
    ids=str,
)
def test_classes_that_are_not_the_references_are_refused(plan_with, make_patients, change):
    plan = plan_with(open_cohort(make_patients), 0.05)

    def used():
        changed = dataclasses.replace(plan.reference, **change)
        panel_reference(changed, len(GENES))

    with pytest.raises(PlanError, match="PL201"):
        used()


def test_class_means_of_others_help_where_the_noise_is_heavy(plan_with, make_patients, measure):
    labelled = plan_with(open_cohort(make_patients), 8.0)
    plain = plan_with(open_cohort(make_patients, names=()), 8.0)
    assert error(labelled, make_patients, measure) < 0.7 * error(plain, make_patients, measure)


def test_wrong_class_means_do_little_harm_where_the_measurements_are_good(
    plan_with, make_patients, measure
):
    """The open cohort's diagnoses are mixed up: what it says is not borne out."""
    wrong = plan_with(open_cohort(make_patients, names=("C1", "C2", "C0")), 0.05)
    plain = plan_with(open_cohort(make_patients, names=()), 0.05)
    assert error(wrong, make_patients, measure) < 1.5 * error(plain, make_patients, measure) + 1e-3


def test_names_that_the_plan_does_not_know_change_nothing(plan_with, make_patients, measure):
    patients = make_patients(200, n_genes=len(GENES), seed=1)
    models = []
    for names in ((), ("x", "y", "z")):
        plan = plan_with(open_cohort(make_patients, names=names), 0.3)
        models.append(MOMENTS.fit(plan, measure(plan, [patients], np.random.default_rng(3))))
    np.testing.assert_array_equal(models[0].means.shrunk, models[1].means.shrunk)


def test_public_data_alone_has_the_classes_it_names(make_patients):
    reference = open_cohort(make_patients).for_panel(GENES)
    model = public_alone(reference, GENES, ("C0", "C1", "C2"))
    assert np.abs(model.means.shrunk).max() > 0.5
    alike = public_alone(reference, GENES, ("a", "b", "c"))
    assert not alike.means.shrunk.any()


def test_labels_promise_more(plan_with, make_patients):
    ratios = []
    for names in ((), ("C0", "C1", "C2")):
        plan = plan_with(open_cohort(make_patients, names=names), 0.05)
        ratios.append(MOMENTS.predict(Design.of(plan), 10).ratio)
    assert ratios[1] > ratios[0]
