"""A plan's reference cut to the first genes of its panel: as if it had been cut to them first."""

import numpy as np
import pytest

from core.errors import PlanError
from core.synthesis.reference.cutting import narrowed_reference
from core.synthesis.reference.file import build_reference
from core.synthesis.reference.panel import panel_reference

GENES = tuple(f"G{i}" for i in range(40))


@pytest.fixture(scope="module")
def file():
    generator = np.random.default_rng(0)
    labels = ["A", "B"] * 30
    factors = generator.normal(size=(60, 3)) @ generator.normal(size=(3, 40))
    apart = np.where(np.arange(40) % 3 == 0, 1.0, 0.0) * (np.arange(60) % 2)[:, None]
    values = generator.normal(7, 2, 40) + 0.5 * factors + apart + generator.normal(size=(60, 40))
    return build_reference(
        values,
        GENES,
        title="Open",
        provenance="simulated",
        licence="CC0",
        source_sha256="0" * 64,
        labels=labels,
    )


def test_all_genes_leave_it_as_it_is(file):
    whole = file.for_panel(GENES)
    assert narrowed_reference(whole, 40, 40) is whole
    assert narrowed_reference(None, 40, 10) is None


def test_cut_from_the_plan_or_from_the_file_it_says_the_same(file):
    """To first order, which is what both are: the scale is that of records over these genes."""
    some = GENES[:16]
    ours = panel_reference(narrowed_reference(file.for_panel(GENES), 40, 16), 16)
    direct = panel_reference(file.for_panel(some), 16)
    assert np.corrcoef(ours.mean, direct.mean)[0, 1] > 0.999
    assert np.abs(ours.mean - direct.mean).max() < 0.15
    assert np.corrcoef(ours.sd, direct.sd)[0, 1] > 0.9
    square = ours.directions.T @ ours.directions
    assert np.allclose(square, np.eye(len(square)), atol=1e-4)  # of four-byte numbers
    first = np.abs(ours.directions[:, 0] @ direct.directions[:, 0])
    assert first > 0.95
    assert np.corrcoef(ours.away.ravel(), direct.away.ravel())[0, 1] > 0.95


def test_a_plan_of_fewer_genes_takes_it(file):
    whole = file.for_panel(GENES)
    cut = narrowed_reference(whole, 40, 10)
    assert (cut.n_covered, cut.title, cut.file_sha256) == (10, whole.title, whole.file_sha256)
    assert panel_reference(cut, 10).sd.shape == (10,)


def test_one_that_lacks_most_of_the_first_genes_is_refused(file):
    panel = tuple(f"X{i}" for i in range(20)) + GENES
    whole = file.for_panel(panel)
    with pytest.raises(PlanError, match="of the first 20 genes"):
        narrowed_reference(whole, 60, 20)
