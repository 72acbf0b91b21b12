"""Agreement and distances of generators with known faults, on real cohorts, without noise."""

import numpy as np
import pytest

from core.evaluation.agreement import AgreementTable
from core.evaluation.distances import DistanceTable
from core.model.release import SyntheticCohort
from core.statistics.statistic import PatientRecord
from tests.unit.quality.planted import KINDS, generated, real_patients

pytestmark = pytest.mark.shared
SEEDS = (1, 2, 3, 4, 5)


def judged(made, test, classes):
    """Return mean agreement, share beyond the last edge, and the middle edge."""
    table = SyntheticCohort(
        label_name="class",
        classes=classes,
        genes=tuple(f"G{j}" for j in range(made.values.shape[1])),
        class_index=made.class_index,
        values=np.round(made.values, 4),
    )
    agreement, distances = AgreementTable.of(table), DistanceTable.of(table)
    records = [
        PatientRecord(values=v, class_index=c, level=0.0, spread=1.0)
        for v, c in zip(test.values, test.class_index.tolist(), strict=True)
    ]
    agree = [np.divide(*agreement.halves(r.values, r.class_index)) for r in records]
    beyond = [distances.cell(r) == distances.cells - 1 for r in records]
    return np.mean(agree), np.mean(beyond), distances.edges[2]


@pytest.mark.parametrize("name", ["scanb-brca-400", "tcga-brca-merged-469"])
def test_every_generator_scores_as_it_must(shared_cohorts, name):
    train, test, classes = real_patients(shared_cohorts, name, 500)
    found = {
        kind: np.array([judged(generated(kind, train, s), test, classes) for s in SEEDS])
        for kind in KINDS
    }
    agree = {kind: values[:, 0] for kind, values in found.items()}
    for kind in ("shuffled", "noise"):
        assert agree[kind] == pytest.approx(0.5, abs=0.1), kind
    assert min(agree["copy"].min(), agree["honest"].min()) > 0.62
    # values are values: labels do not move distances, and copies do not show
    assert found["shuffled"][:, 1:].tolist() == found["honest"][:, 1:].tolist()
    assert found["copy"][:, 1].max() < 0.1
    # noise shows in how far apart its records are, not in shares
    assert found["noise"][:, 2].min() > 1.2
    assert found["honest"][:, 2].max() < 0.9
