"""The economy family is for studies that would keep two cores busy for long."""

from __future__ import annotations

import pytest

from core.model.budget import Budget
from core.study.drafting import Agreement
from core.synthesis.registry import recipe_called
from core.worker.noise_family import DEFAULT_TOP_BITS, ECONOMY_TOP_BITS, top_bits_for


def agreement(n_genes: int, n_classes: int) -> Agreement:
    return Agreement(
        study_id="0" * 32,
        title="Test",
        rehearsal=True,
        recipe="marginals",
        recipe_parameters=recipe_called("marginals").parameters(),
        genes=tuple(f"GENE{i}" for i in range(n_genes)),
        label_name="diagnosis",
        classes=tuple(f"class {i}" for i in range(n_classes)),
        budget=Budget(epsilon=1.0),
        n_max=10_000,
        holdout_share=0.2,
        n_records=None,
    )


@pytest.mark.parametrize(
    ("n_genes", "n_classes", "n_parties", "family"),
    [
        (978, 5, 3, DEFAULT_TOP_BITS),
        (978, 5, 10, DEFAULT_TOP_BITS),
        (20_000, 5, 3, DEFAULT_TOP_BITS),
        (20_000, 5, 10, ECONOMY_TOP_BITS),
        (30_000, 20, 3, ECONOMY_TOP_BITS),
    ],
)
def test_the_family_follows_the_predicted_time(n_genes, n_classes, n_parties, family):
    assert top_bits_for(agreement(n_genes, n_classes), n_parties) == family
